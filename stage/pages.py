"""The page of the stage. Where settings.STAGE is off, there is none."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import Throttled

from booking.pages.scripts import for_scripts, sent_by_script
from booking.pages.seat_map import picture, seat_map_data
from booking.selectors import catalogue, seat_map
from foundation.errors import Refusal
from foundation.web.throttling import LoginThrottle, throttled
from stage import rules, services
from stage.inputs import ActSerializer
from stage.models import Act

View = Callable[[HttpRequest], HttpResponse]


class StageThrottle(LoginThrottle):
    """Limits what an address may have played."""

    scope = "stage"


def where_there_is_a_stage(view: View) -> View:
    """Answer 404 where settings.STAGE is off."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if not settings.STAGE:
            raise Http404
        return view(request)

    return answer


@where_there_is_a_stage
@require_safe
@cache_control(private=True, no_store=True)
def stage(request: HttpRequest) -> HttpResponse:
    """Show the stage and what can be tried on it."""
    now = timezone.now()
    show_id = services.open_stage(now=now)
    states = seat_map.states(show_id)
    show = catalogue.show_uncounted(show_id)
    # Nobody's own map: the stage looks the same to everyone.
    data = seat_map_data(
        show=show, states=states, user=AnonymousUser(), held=None, chosen=(), now=now
    )
    context = {"show": show, "seat_map": data, "picture": picture(show.auditorium), "rules": rules}
    return render(request, "pages/stage.html", context)


@where_there_is_a_stage
@for_scripts
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an act, and answer where it is played."""
    _count(request)
    wanted = ActSerializer.checked(sent_by_script(request))
    act, now = Act(wanted["act"]), timezone.now()
    cue = services.begin(act=act, seat_number=wanted.get("seat"), now=now)
    return JsonResponse({"play": f"/stage/acts/{cue}/"})


@where_there_is_a_stage
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Clear the stage, and show it."""
    try:
        _count(request)
        services.clear_stage(now=timezone.now())
    except (Refusal, Throttled) as error:
        messages.error(request, str(error.detail))
    return redirect("stage")


def _count(request: HttpRequest) -> None:
    wait = throttled(request, StageThrottle)
    if wait is not None:
        raise Throttled(wait)
