"""Holding seats from a seat map: what its script asks for, in JSON."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from booking.clients import client_of, user_of
from booking.errors import BookingError, HoldEnded
from booking.instants import milliseconds
from booking.pages.kept_hold import KeptHold, keep, kept_hold, successor
from booking.pages.limits import limited
from booking.pages.seat_map_data import hold_data
from booking.problems import Problem, json_problem, problem_of
from booking.selectors import seat_map
from booking.services.choices import MAX_SEAT_NUMBER, MAX_SEATS
from booking.services.holds import HOLD_TIME, Best, change_hold, place_hold, release_hold

Wish = Sequence[int] | Best


@require_POST
@limited
def hold(request: HttpRequest, show_id: int) -> HttpResponse:
    """Hold the seats that the moviegoer wishes to have, instead of those held so far.

    Takes {"seats": [12, 13]}, none of them to give back all, or {"best": {"count": 2,
    "accessible": false}}. Answers the hold as it is then, also with a refusal.
    """
    now = timezone.now()
    wish = _wish(request.body)
    if wish is None:
        return json_problem(Problem(400, "invalid", "That is no choice of seats."))
    kept, refusal = _decide(request, show_id, wish, now)
    return answer(show_id, kept, now=now, refusal=refusal)


def answer(
    show_id: int,
    kept: KeptHold,
    *,
    now: datetime,
    refusal: BookingError | None = None,
    **more: Any,
) -> JsonResponse:
    """Answer the browser's hold and let it keep the token.

    A `refusal` makes it a problem, which says why the hold is not another one.
    """
    body: dict[str, Any] = {"hold": None, "server_time": milliseconds(now), **more}
    if live := kept.live(now):
        body["hold"] = hold_data(live, version=seat_map.version(show_id))
    response = json_problem(problem_of(refusal), **body) if refusal else JsonResponse(body)
    keep(response, show_id, kept)
    return response


def _decide(
    request: HttpRequest, show_id: int, wish: Wish, now: datetime
) -> tuple[KeptHold, BookingError | None]:
    """Fulfil the wish, or return the hold as it is and why it is not another one.

    A page that waited too long sends its wish again while the first sending may be under way. The
    second then finds no hold, and its own seats taken: so whoever meets a hold that was placed
    meanwhile changes that one. What a later request placed or changed stands, without a refusal:
    the page knows by now whether it wishes for something else.
    """
    kept = kept_hold(request, show_id, now)
    while True:
        try:
            return _fulfil(request, show_id, wish, kept=kept, now=now), None
        except BookingError as refusal:
            before, kept = kept, kept_hold(request, show_id, now)
            placed = kept.live(now)
            if before.live(now) or placed is None:
                return kept, refusal
            if placed.expires_at > now + HOLD_TIME:
                return kept, None


def _fulfil(
    request: HttpRequest, show_id: int, wish: Wish, *, kept: KeptHold, now: datetime
) -> KeptHold:
    user, live = user_of(request), kept.live(now)
    if wish == []:
        if live:
            with suppress(HoldEnded):  # by another sending
                release_hold(token=kept.token, user=user, now=now)
            return KeptHold(successor(kept.token))
        return KeptHold(kept.next_token)
    if live:
        changed = change_hold(token=kept.token, wish=wish, user=user, now=now)
        return KeptHold(kept.token, changed)
    placed = place_hold(
        show_id=show_id,
        wish=wish,
        client=client_of(request),
        user=user,
        now=now,
        token=kept.next_token,
    )
    return KeptHold(placed.token, placed.hold)


def _wish(body: bytes) -> Wish | None:
    """Return the wish in a request's body, or None where there is none."""
    try:
        wanted = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match wanted:
        case {"seats": list(seats)} if all(map(is_seat_number, seats)):
            return seats
        case {"best": {"count": int(count), "accessible": bool(accessible)}}:
            return Best(count, accessible) if 1 <= count <= MAX_SEATS else None
    return None


def is_seat_number(value: Any) -> bool:
    """Tell whether a value from JSON can be the number of a seat."""
    return type(value) is int and 0 < value <= MAX_SEAT_NUMBER
