"""Waiting for a held seat from a seat map: what its script asks for, in JSON."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from booking.clients import user_of
from booking.errors import BookingError
from booking.models import Hold
from booking.pages.holding import answer, is_seat_number
from booking.pages.kept_hold import KeptHold, kept_hold
from booking.pages.limits import limited
from booking.problems import Problem, json_problem, problem_of
from booking.selectors.holds import hold_of
from booking.selectors.line import places_of
from booking.services.holds import LONGEST_HOLD_TIME, change_hold
from booking.services.line import join_line, leave_line
from booking.services.turns import turn_token


@require_POST
@limited
def join(request: HttpRequest, show_id: int) -> HttpResponse:
    """Put the moviegoer in line for a held seat, as in {"seat": 12}, or say why not."""
    return _done(join_line, request, show_id)


@require_POST
@limited
def leave(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take the moviegoer out of the line for a seat, as in {"seat": 12}, or say why not."""
    return _done(leave_line, request, show_id)


@require_POST
@limited
def turn(request: HttpRequest, show_id: int) -> HttpResponse:
    """Answer the browser's hold, with the seat that is held for the moviegoer in turn in it.

    `my_turn` tells whether the seat, as in {"seat": 12}, is held for the moviegoer. A browser
    without a hold gets that of the turn. To one that has a hold the seat comes, unless the hold has
    no room for it, may not have it, or would end before the turn does: then the answer is without.
    """
    now, seat_number = timezone.now(), _seat_number(request.body)
    if seat_number is None:
        return _refused()
    kept = kept_hold(request, show_id, now)
    live = kept.live(now)
    if live and seat_number in live.seat_numbers:
        return answer(show_id, kept, now=now, my_turn=True)
    turned = _turn_of(request, show_id, seat_number, now)
    if turned and live:
        with suppress(BookingError):
            kept = _with_turn(kept, live, turned, user=user_of(request), now=now)
    elif turned:
        kept = turned
    return answer(show_id, kept, now=now, my_turn=turned is not None)


def _done(change: Callable[..., object], request: HttpRequest, show_id: int) -> HttpResponse:
    user, seat_number = user_of(request), _seat_number(request.body)
    if user is None or seat_number is None:
        return _refused()
    try:
        change(show_id=show_id, seat_number=seat_number, user=user, now=timezone.now())
    except BookingError as error:
        return json_problem(problem_of(error))
    return JsonResponse({})


def _with_turn(
    kept: KeptHold,
    live: Hold,
    turned: KeptHold,
    *,
    user: AbstractBaseUser | None,
    now: datetime,
) -> KeptHold:
    turn = turned.live(now)
    if turn is None or live.created_at + LONGEST_HOLD_TIME < turn.expires_at:
        return kept
    wish = sorted({*live.seat_numbers, *turn.seat_numbers})
    return KeptHold(kept.token, change_hold(token=kept.token, wish=wish, user=user, now=now))


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


def _refused() -> HttpResponse:
    return json_problem(Problem(400, "invalid", "Sign in and name a seat to wait for."))


def _seat_number(body: bytes) -> int | None:
    try:
        wanted = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match wanted:
        case {"seat": seat_number} if is_seat_number(seat_number):
            return int(seat_number)
    return None
