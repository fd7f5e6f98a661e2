"""Changing one's mind about some seats of a booking: cancelling tickets, exchanging seats.

Both lock the booking, its seats and the wanted ones in seat order, then the seat map's version.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import NoSuchTickets, UnequalExchange
from booking.models import Booking, State, Ticket
from booking.services.bookings import issue_tickets, lock_booking
from booking.services.choices import (
    check_choice,
    check_distinct,
    companion_alone,
    lock_choice,
)
from booking.services.seat_changes import Change, change_seats, lock_seats
from booking.services.transactions import one_transaction
from booking.services.turns import freed


def cancel_tickets(
    *, booking_id: int, seat_numbers: Sequence[int], user: AbstractBaseUser, now: datetime
) -> Booking:
    """Cancel the booking's tickets for these seats, and the booking itself with its last ticket.

    Raises what `cancel_booking` raises, and NoSeats, DuplicateSeats, NoSuchTickets, and
    CompanionAlone when a companion seat would stay without its wheelchair space.
    """
    return _cancel_tickets(booking_id=booking_id, seat_numbers=seat_numbers, user=user, now=now)


def cancel_tickets_as_staff(
    *, booking_id: int, seat_numbers: Sequence[int], now: datetime
) -> Booking:
    """Cancel tickets of anybody's booking, otherwise as `cancel_tickets` does."""
    return _cancel_tickets(booking_id=booking_id, seat_numbers=seat_numbers, user=None, now=now)


@one_transaction
def _cancel_tickets(
    *,
    booking_id: int,
    seat_numbers: Sequence[int],
    user: AbstractBaseUser | None,
    now: datetime,
) -> Booking:
    check_distinct(seat_numbers)
    booking = lock_booking(booking_id=booking_id, user=user, now=now)
    kept = _live_seats(booking) - _own_seats(booking, seat_numbers)
    if alone := companion_alone(booking.show, kept, now):
        raise alone
    seats = lock_seats(show_id=booking.show_id, seat_numbers=seat_numbers)
    _cancel(booking, seat_numbers, now)
    if not kept:
        booking.cancelled_at = now
        booking.save(update_fields=["cancelled_at"])
    change_seats(show_id=booking.show_id, changes=freed(seats, now), now=now)
    return booking


@one_transaction
def exchange_seats(
    *,
    booking_id: int,
    give: Sequence[int],
    take: Sequence[int],
    user: AbstractBaseUser,
    now: datetime,
) -> Booking:
    """Give seats of the booking for as many free ones of the same show; the reference stays.

    The new tickets have the prices of their seats. Raises what `cancel_tickets` and `book_seats`
    raise, and UnequalExchange.
    """
    check_choice(give)
    check_choice(take)
    if len(give) != len(take):
        raise UnequalExchange
    booking = lock_booking(booking_id=booking_id, user=user, now=now)
    _own_seats(booking, give)
    locked = lock_choice(
        booking.show, take, now=now, giving_up=give, staying=_live_seats(booking) - set(give)
    )
    given = [seat for seat in locked if seat.seat_number in give]
    taken = [seat for seat in locked if seat.seat_number in take]
    _cancel(booking, give, now)
    issue_tickets(booking, taken)
    changes = [*freed(given, now), Change(taken, State.BOOKED)]
    change_seats(show_id=booking.show_id, changes=changes, now=now)
    return booking


def _live_seats(booking: Booking) -> set[int]:
    tickets = Ticket.objects.filter(booking=booking, cancelled_at=None)
    return set(tickets.values_list("seat_number", flat=True))


def _own_seats(booking: Booking, seat_numbers: Sequence[int]) -> set[int]:
    own = set(seat_numbers)
    others = sorted(own - _live_seats(booking))
    if others:
        numbers = ", ".join(map(str, others))
        raise NoSuchTickets(f"This booking has no ticket for seat number {numbers}.")
    return own


def _cancel(booking: Booking, seat_numbers: Sequence[int], now: datetime) -> None:
    booking.tickets.filter(seat_number__in=seat_numbers, cancelled_at=None).update(cancelled_at=now)
