"""Next in line: whoever waits for a held seat gets it, in turn, when its hold ends.

A place in line is for one held seat of one show. When that seat becomes free, it is held for the
first in line for TURN_TIME instead; if that turn passes unused, the next in line gets it, until
nobody waits. The seat goes from hand to hand under one lock, so a new request can overtake the line
only where a hold has expired and nobody has swept it yet. A turn stays in the table whether it was
used or missed: nobody is skipped silently.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser

from booking.errors import AlreadyInLine, LineFull, NotHeld, NotInLine
from booking.models import Hold, PlaceInLine, ShowSeat, State
from booking.selectors.holds import hash_of
from booking.services.choices import open_show
from booking.services.seat_changes import Change, lock_seats, named
from booking.services.transactions import one_transaction

TURN_TIME = timedelta(seconds=90)
LONGEST_LINE = 20
MAX_PLACES_OF_USER = 5


@one_transaction
def join_line(
    *, show_id: int, seat_number: int, user: AbstractBaseUser, now: datetime
) -> PlaceInLine:
    """Queue the user for a held seat.

    Locks the seat. Raises ShowNotFound, ShowStarted, UnknownSeats, NotHeld, AlreadyInLine,
    LineFull, TooMuchContention.
    """
    open_show(show_id, now)
    [seat] = lock_seats(show_id=show_id, seat_numbers=[seat_number])
    if seat.held_until is None or seat.held_until <= now:
        raise NotHeld(f"Seat {seat.seat.label} is not held by anyone.", seats=named([seat]))
    waiting = PlaceInLine.objects.filter(turn_at=None, left_at=None)
    if waiting.filter(show_seat=seat, user_id=user.pk).exists():
        raise AlreadyInLine(f"You are in line for seat {seat.seat.label} already.")
    if waiting.filter(show_seat=seat).count() >= LONGEST_LINE:
        raise LineFull(f"{LONGEST_LINE} people wait for seat {seat.seat.label} already.")
    if waiting.filter(show_seat__show=show_id, user_id=user.pk).count() >= MAX_PLACES_OF_USER:
        raise LineFull(f"You wait for {MAX_PLACES_OF_USER} seats of this show already.")
    return PlaceInLine.objects.create(show_seat=seat, user_id=user.pk, joined_at=now)


@one_transaction
def leave_line(
    *, show_id: int, seat_number: int, user: AbstractBaseUser, now: datetime
) -> PlaceInLine:
    """Take the user out of the line for a seat. Raises NotInLine, UnknownSeats."""
    [seat] = lock_seats(show_id=show_id, seat_numbers=[seat_number])
    place = PlaceInLine.objects.filter(
        show_seat=seat, user_id=user.pk, turn_at=None, left_at=None
    ).first()
    if place is None:
        raise NotInLine(f"You are not in line for seat {seat.seat.label}.")
    place.left_at = now
    place.save(update_fields=["left_at"])
    return place


def freed(seats: Sequence[ShowSeat], now: datetime) -> list[Change]:
    """Return what becomes of locked seats that are let go: held for the next in line, or free."""
    waiting = PlaceInLine.objects.filter(
        show_seat__in=seats, turn_at=None, left_at=None, user__is_active=True
    ).order_by("joined_at", "pk")
    first_in_line: dict[int, PlaceInLine] = {}
    for place in waiting:
        first_in_line.setdefault(place.show_seat_id, place)
    changes = [
        Change([seat], State.HELD, _take_turn(first_in_line[seat.pk], seat, now))
        for seat in seats
        if seat.pk in first_in_line
    ]
    free = [seat for seat in seats if seat.pk not in first_in_line]
    if free:
        changes.append(Change(free, State.AVAILABLE))
    return changes


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
        client=f"turn:{place.pk}",
        seat_numbers=[seat.seat_number],
        created_at=now,
        expires_at=now + TURN_TIME,
    )
