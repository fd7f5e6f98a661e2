"""What is on, and the seat map of a show."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from rest_framework.exceptions import Throttled

from booking.errors import ShowNotFound
from booking.pages.chosen import seat_numbers_in, seats_text, types_in
from booking.pages.holds import own_hold
from booking.pages.programme import whats_on
from booking.pages.seat_map import picture, seat_map_data, sections_to_start_from
from booking.prices import known_types
from booking.rules import BEST_COUNTS
from booking.seating.kinds import ADULT
from booking.selectors import catalogue, seat_map
from booking.terms import TermsChanged
from foundation.errors import Refusal
from foundation.web.clients import is_stranger
from foundation.web.problems import problem_of

LANDING_TEMPLATE = "pages/landing.html"
SHOW_TEMPLATE = "pages/show.html"
OTHER_TIMES = 6
# What Django's own tag takes for a form that needs no token.
NO_TOKEN = {"to_stranger": True, "csrf_token": "NOTPROVIDED"}


@require_safe
@cache_control(private=True, no_store=True)
def landing(request: HttpRequest) -> HttpResponse:
    """Show what is on, with the seat map of the next show, and how to use the API."""
    return render(request, LANDING_TEMPLATE, landing_context(request))


def landing_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the landing page is made of."""
    programme = whats_on(timezone.now())
    origin = request.build_absolute_uri("/").rstrip("/")
    context: dict[str, Any] = {
        **programme,
        "origin": origin,
        "socket_origin": origin.replace("http", "ws", 1),
        "has_stage": settings.STAGE,
    }
    if programme["next_show"] is None:
        return context
    chosen = seat_numbers_in(request.GET.getlist("seats"))
    return context | _box_office(request, programme["next_show"].pk, chosen=chosen)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers to the icon from pages that don't name it, such as the API's."""
    return redirect(static("icons/favicon.svg"))


@require_safe
@cache_control(private=True, no_store=True)
def show(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the seat map of one show, with the seats chosen that the address names."""
    return show_page(request, show_id, chosen=seat_numbers_in(request.GET.getlist("seats")))


def show_page(
    request: HttpRequest,
    show_id: int,
    *,
    chosen: Sequence[int],
    refusal: Refusal | Throttled | None = None,
) -> HttpResponse:
    """Show the seat map of one show, and why what was asked of it is refused."""
    try:
        context = show_context(request, show_id, chosen=chosen)
    except ShowNotFound as error:
        raise Http404 from error
    if refusal is None:
        return render(request, SHOW_TEMPLATE, context)
    agreement = _agreement_to_book(show_id, refusal, email=request.POST.get("email"))
    context |= {"refusal": refusal, "agreement": agreement}
    problem = problem_of(refusal)
    response = render(request, SHOW_TEMPLATE, context, status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def show_context(request: HttpRequest, show_id: int, *, chosen: Sequence[int]) -> dict[str, Any]:
    """Return what the page of a show is made of. Raises ShowNotFound."""
    context = _box_office(request, show_id, chosen=chosen)
    others = catalogue.other_times(context["show"], now=timezone.now(), limit=OTHER_TIMES)
    return context | {"other_times": others}


def _agreement_to_book(
    show_id: int, refusal: Exception, *, email: str | None
) -> dict[str, object] | None:
    """Return what asks for agreement anew if that is what a booking was refused for."""
    if not isinstance(refusal, TermsChanged):
        return None
    types = {seat.seat_number: seat.type for seat in refusal.bill.seats if seat.type != ADULT}
    seats = seats_text([seat.seat_number for seat in refusal.bill.seats], types)
    return {
        "refusal": refusal,
        "show_id": show_id,
        "action": reverse("book", args=[show_id]),
        "fields": [("seats", seats), *([("email", email)] if email else [])],
        "label": "Agree and book these seats",
        "done": "booked",
    }


def _box_office(request: HttpRequest, show_id: int, *, chosen: Sequence[int]) -> dict[str, Any]:
    """Return what a box office shows; the show is read last, see `seat_map_data`.

    A stranger's has no token against forgery: its scripts make one (static/js/server.js), and who
    runs none gets one with the list of free seats (`booking.pages.seat_list`).
    """
    now = timezone.now()
    held = own_hold(request, show_id)
    states = seat_map.states(show_id)
    show = catalogue.show_uncounted(show_id)
    data = seat_map_data(
        show=show, states=states, user=request.user, held=held, chosen=chosen, now=now
    )
    named = [*request.GET.getlist("seats"), *request.POST.getlist("seats")]
    house = seat_map.layout(show.auditorium)
    to_stranger = is_stranger(request) and not request.META.get("QUERY_STRING")
    return {
        **(NO_TOKEN if to_stranger else {}),
        "show": show,
        "is_to_come": now < show.starts_at,
        "seat_map": data,
        "chosen_text": seats_text(data["chosen"], known_types(show, types_in(named))),
        "picture": picture(show.auditorium),
        "best_counts": BEST_COUNTS,
        "has_wheelchair_spaces": bool(house.wheelchair_spaces),
        "sections": sections_to_start_from(house),
    }
