"""Selling at the till: seats for money, in one step."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.models import Booking
from booking.prices import ADULTS, Types
from booking.services.sales import book_seats
from booking.services.takings import taking
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from foundation.errors import refuses


@one_transaction
@refuses(book_seats)
def sell_at_till(
    *,
    show_id: int,
    seat_numbers: Sequence[int],
    user: AbstractBaseUser | None,
    by: AbstractBaseUser,
    method: str,
    now: datetime,
    terms: str | None = None,
    types: Types = ADULTS,
) -> Booking:
    """Sell these seats to the user, or to nobody's account, and take their price by the `method`.

    The tickets are of these `types`. Without a method the booking is left to be paid later. Locks
    what `book_seats` locks.
    """
    booking = book_seats(
        show_id=show_id,
        seat_numbers=seat_numbers,
        user=user,
        now=now,
        terms=terms,
        types=types,
        at_counter=True,
    )
    if method and booking.total:
        run(taking(booking, booking.total, method, now=now, by=by))
    return booking
