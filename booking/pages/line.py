"""Waiting for a held seat from a seat map: what its script asks for, in JSON."""

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from booking.clients import user_of
from booking.errors import BookingError
from booking.pages.holding import answer, is_seat_number
from booking.pages.kept_hold import KeptHold, kept_hold
from booking.pages.limits import limited
from booking.selectors.holds import hold_of
from booking.selectors.line import places_of
from booking.services.line import join_line
from booking.services.turns import turn_token


@require_POST
@limited
def join(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put the moviegoer in line for a held seat, as in {"seat": 12}, or say why not."""
    user, seat_number = user_of(request), _seat_number(request.body)
    if user is None or seat_number is None:
        return _refused()
    try:
        join_line(show_id=show_id, seat_number=seat_number, user=user, now=timezone.now())
    except BookingError as error:
        return JsonResponse({"code": error.code, "detail": error.detail}, status=error.status)
    return JsonResponse({})


@require_POST
@limited
def turn(request: HttpRequest, show_id: int) -> HttpResponse:
    """Answer the browser's hold; it keeps that of the moviegoer's turn if it has no other.

    `my_turn` tells whether the seat, as in {"seat": 12}, is held for the moviegoer.
    """
    now, seat_number = timezone.now(), _seat_number(request.body)
    if seat_number is None:
        return _refused()
    kept = kept_hold(request, show_id, now)
    if turned := _turn_of(request, show_id, seat_number, now):
        return answer(show_id, kept if kept.live(now) else turned, now=now, my_turn=True)
    return answer(show_id, kept, now=now, my_turn=False)


def _turn_of(
    request: HttpRequest, show_id: int, seat_number: int, now: datetime
) -> KeptHold | None:
    user = user_of(request)
    if user is None:
        return None
    places = places_of(user, show_id).filter(show_seat__seat_number=seat_number)
    place = places.exclude(turn_at=None).order_by("-turn_at").first()
    if place is None:
        return None
    token = turn_token(place)
    try:
        turned = KeptHold(token, hold_of(token=token, user=user))
    except BookingError:
        return None
    return turned if turned.live(now) else None


def _refused() -> JsonResponse:
    detail = "Sign in and name a seat to wait for."
    return JsonResponse({"code": "invalid", "detail": detail}, status=400)


def _seat_number(body: bytes) -> int | None:
    try:
        wanted = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match wanted:
        case {"seat": seat_number} if is_seat_number(seat_number):
            return int(seat_number)
    return None
