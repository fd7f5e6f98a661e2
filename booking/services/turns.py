"""What becomes of seats that are let go: whoever waits for one gets it in turn; others are free.

The seat goes from hand to hand under one lock. Who wants a seat whose hold has expired is refused
while somebody waits for it, and that refusal gives the turn: so nobody overtakes the line, whether
or not anyone watches the show. A turn stays in the log whether it was used or missed: nobody is
skipped silently.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.conf import settings

from booking.errors import BookingError
from booking.models import Hold, PlaceInLine, ShowSeat, State
from booking.selectors.holds import hash_of
from booking.services.seat_changes import Change, change_seats
from booking.services.transactions import one_transaction

TURN_TIME = timedelta(seconds=90)


def freed(seats: Sequence[ShowSeat], now: datetime) -> list[Change]:
    """Return what becomes of locked seats that are let go: held for the next in line, or free."""
    # Locked, since whoever waits may be deleted at this moment: then it is the turn of the next.
    waiting = PlaceInLine.objects.select_for_update(of=("self",), no_key=True).waiting()
    waiting = waiting.filter(show_seat__in=seats).order_by("joined_at", "pk")
    first_in_line: dict[int, PlaceInLine] = {}
    for place in waiting:
        first_in_line.setdefault(place.show_seat_id, place)
    changes = [
        Change([seat], State.HELD, _take_turn(first_in_line[seat.pk], seat, now), is_turn=True)
        for seat in seats
        if seat.pk in first_in_line
    ]
    free = [seat for seat in seats if seat.pk not in first_in_line]
    if free:
        changes.append(Change(free, State.AVAILABLE))
    return changes


def awaited(seats: Sequence[ShowSeat], now: datetime) -> frozenset[int]:
    """Return the keys of those locked seats whose hold has expired and that somebody waits for."""
    expired = [seat for seat in seats if seat.held_until is not None and seat.held_until <= now]
    if not expired:
        return frozenset()
    waiting = PlaceInLine.objects.waiting().filter(show_seat__in=expired)
    return frozenset(waiting.values_list("show_seat", flat=True))


def give_turns_after(refusal: BookingError, *, show_id: int, now: datetime) -> None:
    """Let the next in line have their turns once the refused operation has been rolled back."""
    refusal.afterwards = partial(expire_holds, show_id=show_id, now=now)


@one_transaction
def expire_holds(*, show_id: int, now: datetime) -> list[int]:
    """Free the seats of the show whose holds have expired, and return their numbers.

    Those that somebody waits for are held for the next in line. Seats that somebody else has locked
    are passed over: whoever it is decides about them, or the next call frees them. Any number of
    processes may call this at once.
    """
    seats = list(
        ShowSeat.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(show_id=show_id, state=State.HELD, held_until__lte=now)
        .order_by("seat_number")
    )
    if seats:
        change_seats(show_id=show_id, changes=freed(seats, now), now=now)
    return [seat.seat_number for seat in seats]


def turn_token(place: PlaceInLine) -> str:
    """Return the token of the hold that a place in line got, for its owner alone."""
    message = f"turn\n{place.pk}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def _take_turn(place: PlaceInLine, seat: ShowSeat, now: datetime) -> Hold:
    place.turn_at = now
    place.save(update_fields=["turn_at"])
    return Hold.objects.create(
        show_id=seat.show_id,
        token_hash=hash_of(turn_token(place)),
        user_id=place.user_id,
        client=f"turn:{place.pk}",  # no client's own: it counts against nobody's number of holds
        is_turn=True,
        seat_numbers=[seat.seat_number],
        created_at=now,
        expires_at=now + TURN_TIME,
    )
