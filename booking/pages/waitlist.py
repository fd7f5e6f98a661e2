"""Waiting for a held seat from a seat map: what its script asks for, in JSON."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from booking.inputs import PageSeatSerializer
from booking.pages.holds import answer
from booking.pages.scripts import for_scripts, sent_by_script
from booking.services.browser_holds import take_offer
from booking.services.waitlist import join_waitlist, leave_waitlist
from foundation.errors import Invalid
from foundation.web.clients import browser_of, client_of, user_of


@for_scripts
def join(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put the moviegoer on the waitlist for a held seat, as in {"seat": 12}."""
    return _done(join_waitlist, request, show_id)


@for_scripts
def leave(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take the moviegoer off the waitlist for a seat, as in {"seat": 12}."""
    return _done(leave_waitlist, request, show_id)


@for_scripts
def offer(request: HttpRequest, show_id: int) -> HttpResponse:
    """Answer the browser's hold with the offered seat in it, and whether it `is_offered` at all."""
    now, seat_number = timezone.now(), _seat_number(request)
    browser = browser_of(request) or secrets.token_hex(32)
    held, is_offered = take_offer(
        browser=browser,
        show_id=show_id,
        seat_number=seat_number,
        client=client_of(request),
        user=user_of(request),
        now=now,
    )
    return answer(show_id, browser, held, now=now, is_offered=is_offered)


def _done(change: Callable[..., object], request: HttpRequest, show_id: int) -> HttpResponse:
    seat_number, user = _seat_number(request), user_of(request)
    if user is None:
        raise Invalid("Sign in to wait for a seat.")
    change(show_id=show_id, seat_number=seat_number, user=user, now=timezone.now())
    return JsonResponse({})


def _seat_number(request: HttpRequest) -> int:
    seat_number: int = PageSeatSerializer.checked(sent_by_script(request))["seat"]
    return seat_number
