"""Selling seats and taking them back."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import (
    AlreadyCancelled,
    BookingNotFound,
    HoldExpired,
    HoldNotFound,
    NotYourBooking,
    ShowStarted,
)
from booking.models import Booking, Show, ShowSeat, State, Ticket
from booking.services.choices import check_choice, lock_choice, open_show, open_show_with_seats
from booking.services.holds import end_hold, lock_hold
from booking.services.seat_changes import (
    Change,
    change_seats,
    is_free,
    lock_seats,
    named,
)
from booking.services.transactions import one_transaction
from booking.services.turns import awaited, freed, give_turns_after
from booking.statements import Statement, instant

# No vowels and no look-alikes: a reference spells no word and survives being read out aloud.
REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def book_seats(
    *, show_id: int, seat_numbers: Sequence[int], user: AbstractBaseUser, now: datetime
) -> Booking:
    """Sell these seats of the show to the user, all of them or none.

    Takes 1 to MAX_SEATS different seat numbers. Locks the seats, then the seat map's version; logs
    one change and publishes it after the commit. Raises NoSeats, TooManySeats, DuplicateSeats,
    UnknownSeats, ShowNotFound, ShowStarted, SeatTaken, ShowFull, TooMuchContention.
    """
    check_choice(seat_numbers)
    return _book_seats(show_id=show_id, seat_numbers=seat_numbers, user=user, now=now)


@one_transaction
def _book_seats(
    *, show_id: int, seat_numbers: Sequence[int], user: AbstractBaseUser, now: datetime
) -> Booking:
    show, locked = open_show_with_seats(show_id, seat_numbers, now)
    seats = lock_choice(show, seat_numbers, now=now, locked=locked)
    return _sell(show=show, seats=seats, user=user, now=now)


@one_transaction
def book_hold(*, show_id: int, token: str, user: AbstractBaseUser, now: datetime) -> Booking:
    """Sell the very seats of a hold to the user, all of them or none.

    A hold that expired less than holds.GRACE ago is as good as a live one while its seats are free
    and nobody waits in line for them.
    Locks the hold, its seats, then the seat map's version; logs one change and publishes it after
    the commit. Raises HoldNotFound, HoldEnded, NotYourHold, ShowStarted, TooMuchContention, and
    HoldExpired, which names the seats that somebody else has by now.
    """
    hold = lock_hold(token=token, user=user, now=now)
    if hold.show_id != show_id:
        raise HoldNotFound
    show = open_show(show_id, now)
    seats = lock_seats(show_id=show_id, seat_numbers=hold.seat_numbers)
    in_line = awaited(seats, now)
    lost = named(
        [seat for seat in seats if seat.pk in in_line or not is_free(seat, now=now, hold=hold)]
    )
    if lost:
        labels = ", ".join(seat.label for seat in lost)
        refusal = HoldExpired(f"The hold expired and somebody else has {labels} now.", seats=lost)
        if in_line:
            give_turns_after(refusal, show_id=show_id, now=now)
        raise refusal
    end_hold(hold, now)
    return _sell(show=show, seats=seats, user=user, now=now)


def _sell(
    *, show: Show, seats: Sequence[ShowSeat], user: AbstractBaseUser, now: datetime
) -> Booking:
    booking = Booking(user_id=user.pk, show=show, reference=_new_reference(), created_at=now)
    tickets = _tickets(booking, seats)
    [[booking.pk]], *_ = change_seats(
        show_id=show.pk,
        changes=[Change(seats, State.BOOKED)],
        now=now,
        first=[_booking_row(booking), *(_ticket_row(booking, ticket) for ticket in tickets)],
    )
    booking.just_sold = tickets
    return booking


def _booking_row(booking: Booking) -> Statement:
    return Statement(
        "INSERT INTO booking_booking (user_id, show_id, reference, created_at) "
        "VALUES (%s, %s, %s, %s) RETURNING id",
        [booking.user_id, booking.show_id, booking.reference, instant(booking.created_at)],
    )


def _ticket_row(booking: Booking, ticket: Ticket) -> Statement:
    """Return what writes the ticket of a booking by its reference, its key being unknown yet."""
    return Statement(
        "INSERT INTO booking_ticket (booking_id, show_id, seat_id, seat_number, price) "
        "SELECT id, show_id, %s, %s, %s FROM booking_booking WHERE reference = %s",
        [ticket.seat_id, ticket.seat_number, str(ticket.price), booking.reference],
    )


def cancel_booking(*, booking_id: int, user: AbstractBaseUser, now: datetime) -> Booking:
    """Cancel the user's booking and free its seats.

    Locks the booking, its seats, then the seat map's version; logs one change and publishes it
    after the commit. Raises BookingNotFound, NotYourBooking, AlreadyCancelled, ShowStarted,
    TooMuchContention.
    """
    return _cancel_booking(booking_id=booking_id, user=user, now=now)


def cancel_booking_as_staff(*, booking_id: int, now: datetime) -> Booking:
    """Cancel anybody's booking, otherwise as `cancel_booking` does."""
    return _cancel_booking(booking_id=booking_id, user=None, now=now)


@one_transaction
def _cancel_booking(*, booking_id: int, user: AbstractBaseUser | None, now: datetime) -> Booking:
    booking = lock_booking(booking_id=booking_id, user=user, now=now)
    tickets = booking.tickets.filter(cancelled_at=None)
    seats = lock_seats(
        show_id=booking.show_id, seat_numbers=tickets.values_list("seat_number", flat=True)
    )
    booking.cancelled_at = now
    booking.save(update_fields=["cancelled_at"])
    tickets.update(cancelled_at=now)
    change_seats(show_id=booking.show_id, changes=freed(seats, now), now=now)
    return booking


def lock_booking(*, booking_id: int, user: AbstractBaseUser | None, now: datetime) -> Booking:
    """Lock a booking that can still be changed, the user's own if one is given.

    Raises BookingNotFound, NotYourBooking, AlreadyCancelled, ShowStarted.
    """
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("show__movie", "show__auditorium")
        .filter(pk=booking_id)
        .first()
    )
    if booking is None:
        raise BookingNotFound
    if user is not None and booking.user_id != user.pk:
        raise NotYourBooking
    if booking.cancelled_at:
        raise AlreadyCancelled
    if now >= booking.show.starts_at:
        raise ShowStarted
    return booking


def issue_tickets(booking: Booking, seats: Sequence[ShowSeat]) -> None:
    """Write the tickets for these locked seats, at the prices of the show."""
    Ticket.objects.bulk_create(_tickets(booking, seats))


def _tickets(booking: Booking, seats: Sequence[ShowSeat]) -> list[Ticket]:
    return [
        Ticket(
            booking=booking,
            show=booking.show,
            seat=show_seat.seat,
            seat_number=show_seat.seat_number,
            price=booking.show.price_of(show_seat.seat.kind),
        )
        for show_seat in seats
    ]


def _new_reference() -> str:
    """Return a new reference such as "K7MQ-4TXP": 27^8, some 280 thousand million, are possible."""
    number, letters = secrets.randbelow(len(REFERENCE_ALPHABET) ** 8), ""
    for _ in range(8):
        number, position = divmod(number, len(REFERENCE_ALPHABET))
        letters += REFERENCE_ALPHABET[position]
    return f"{letters[:4]}-{letters[4:]}"
