"""The door, for staff with a phone."""

from typing import Any

from csp.constants import SELF, WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from booking.models import ADMIT, Show
from booking.selectors.door import shows_at_the_door
from booking.selectors.seat_map import house_of
from foundation.instants import milliseconds

READER = "vendor/barcode-detector/zxing_reader.wasm"


@require_safe
@never_cache
@login_required
@permission_required(ADMIT, raise_exception=True)
def doors(request: HttpRequest) -> HttpResponse:
    """List the shows that people come in to now, or soon."""
    return render(request, "pages/doors.html", {"shows": shows_at_the_door(timezone.now())})


@require_safe
@never_cache
@login_required
@permission_required(ADMIT, raise_exception=True)
@ensure_csrf_cookie
@csp_update({"script-src": [SELF, WASM_UNSAFE_EVAL]})  # type: ignore[arg-type]  # no arguments, it says
def door(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the door of a show; what it does, it asks the API for."""
    shows = Show.objects.filter(is_listed=True).select_related("movie", "auditorium")
    show = shows.filter(pk=show_id).first()
    if show is None:
        raise Http404
    return render(request, "pages/door.html", {"show": show, "data": _data(show)})


def _data(show: Show) -> dict[str, Any]:
    """Return what the scripts need; whatever changes, the API has."""
    house = house_of(show)
    return {
        "show": show.pk,
        "until": milliseconds(show.film_ends_at),
        "time_zone": settings.TIME_ZONE,
        "currency": settings.CURRENCY,
        "seats": [[seat.seat_number, seat.x, seat.y, seat.label] for seat in house.seats],
        "width": house.width,
        "height": house.height,
        "list_url": reverse("api:door-list", args=[show.pk]),
        "admit_url": reverse("api:admit"),
        "undo_url": reverse("api:undo-admission", args=[0]),
        "worker_url": reverse("door-worker"),
        "static_url": f"/{settings.STATIC_URL.strip('/')}/",
        "wasm_url": static(READER),
    }


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker; under its path, it has the pages of the door and no others."""
    return render(request, "pages/door_worker.js", content_type="text/javascript; charset=utf-8")
