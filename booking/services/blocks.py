"""Taking seats out of sale, and putting them back."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import NotBlocked
from booking.models import State
from booking.services.choices import check_distinct, open_show
from booking.services.seat_changes import Change, change_seats, check_free, lock_seats, named
from booking.services.transactions import one_transaction
from booking.services.turns import freed


@one_transaction
def block_seats(
    *,
    show_id: int,
    seat_numbers: Sequence[int],
    reason: str,
    staff: AbstractBaseUser,
    now: datetime,
) -> None:
    """Take these free seats of the show out of sale, all of them or none.

    The log keeps the reason and who gave it. Who waits in line for one of them goes on waiting.
    Raises NoSeats, DuplicateSeats, UnknownSeats,
    ShowNotFound, ShowStarted, SeatTaken, ShowFull, TooMuchContention.
    """
    check_distinct(seat_numbers)
    open_show(show_id, now)
    seats = lock_seats(show_id=show_id, seat_numbers=seat_numbers)
    check_free(seats, now=now)
    change_seats(
        show_id=show_id,
        changes=[Change(seats, State.BLOCKED)],
        now=now,
        note=f"blocked by {staff.get_username()}: {reason}",
    )


@one_transaction
def unblock_seats(
    *, show_id: int, seat_numbers: Sequence[int], staff: AbstractBaseUser, now: datetime
) -> None:
    """Put these blocked seats of the show back on sale, all of them or none.

    Those that somebody still waits for are held for the next in line.

    Raises NoSeats, DuplicateSeats, UnknownSeats, ShowNotFound, ShowStarted, NotBlocked,
    TooMuchContention.
    """
    check_distinct(seat_numbers)
    open_show(show_id, now)
    seats = lock_seats(show_id=show_id, seat_numbers=seat_numbers)
    others = named([seat for seat in seats if seat.state != State.BLOCKED])
    if others:
        labels = ", ".join(seat.label for seat in others)
        raise NotBlocked(f"{labels}: not blocked.", seats=others)
    change_seats(
        show_id=show_id,
        changes=freed(seats, now),
        now=now,
        note=f"unblocked by {staff.get_username()}",
    )
