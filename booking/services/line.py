"""Next in line: whoever waits for a held seat gets it, in turn, when its hold ends.

A place in line is for one held seat of one show. When that seat is let go, it is held for the first
in line for a while instead (`booking.services.turns`); if that turn passes unused, the next in line
gets it, until nobody waits.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from booking.errors import AlreadyInLine, LineFull, NotHeld, NotInLine, ShowNotFound
from booking.models import Hold, PlaceInLine, Show, ShowSeat
from booking.selectors.line import places_of
from booking.services.choices import open_show
from booking.services.purge import KEPT_FOR, purge
from booking.services.seat_changes import lock_seats, named
from booking.services.transactions import one_transaction
from booking.services.turns import expire_holds

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
    if Hold.objects.filter(show_seats=seat, user_id=user.pk).exists():
        raise NotHeld(f"You hold seat {seat.seat.label} yourself.", seats=named([seat]))
    waiting = PlaceInLine.objects.filter(turn_at=None, left_at=None)
    if waiting.filter(show_seat=seat, user_id=user.pk).exists():
        raise AlreadyInLine(f"You are in line for seat {seat.seat.label} already.")
    if waiting.filter(show_seat=seat).count() >= LONGEST_LINE:
        raise LineFull(f"{LONGEST_LINE} people wait for seat {seat.seat.label} already.")
    if waiting.filter(show_seat__show=show_id, user_id=user.pk).count() >= MAX_PLACES_OF_USER:
        raise LineFull(f"You wait for {MAX_PLACES_OF_USER} seats of this show already.")
    _purge(now)
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


def places_in_line(*, show_id: int, user: AbstractBaseUser, now: datetime) -> QuerySet[PlaceInLine]:
    """Return what `places_of` does, when every turn that is due for the user has been given.

    Rooms give turns as soon as they are due, but only while somebody watches the show; who asks
    instead of watching must not wait for a watcher. Raises ShowNotFound, TooMuchContention.
    """
    if not Show.objects.filter(pk=show_id).exists():
        raise ShowNotFound
    due = ShowSeat.objects.filter(
        show_id=show_id,
        held_until__lte=now,
        line__user_id=user.pk,
        line__turn_at=None,
        line__left_at=None,
    )
    if due.exists():
        expire_holds(show_id=show_id, now=now)
    return places_of(user, show_id)


def _purge(now: datetime) -> None:
    """Delete places that nobody can come to any more; the log keeps who had which turn."""
    over = now - KEPT_FOR
    old = Q(turn_at__lte=over) | Q(left_at__lte=over) | Q(show_seat__show__starts_at__lte=over)
    purge(PlaceInLine.objects.filter(old).order_by("pk"))
