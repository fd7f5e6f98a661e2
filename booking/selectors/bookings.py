"""Who booked what."""

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Prefetch, Q, QuerySet, prefetch_related_objects

from booking.errors import BookingNotFound, NotYourBooking
from booking.models import Booking, Ticket


def bookings() -> QuerySet[Booking]:
    """Return all bookings, newest first, with show and tickets, in two queries."""
    return Booking.objects.select_related("show__movie", "show__auditorium").prefetch_related(
        _tickets()
    )


def tickets_of(booking: Booking) -> list[Ticket]:
    """Return the tickets of a booking that a service made or changed, in one query at most."""
    if booking.just_sold is not None:
        return booking.just_sold
    prefetch_related_objects([booking], _tickets())
    return list(booking.tickets.all())


def bookings_of(user: AbstractBaseUser) -> QuerySet[Booking]:
    """Return the user's bookings, newest first, with show and tickets."""
    return bookings().filter(user_id=user.pk)


def booking_of(user: AbstractBaseUser, booking_id: int) -> Booking:
    """Return one booking of the user. Raises BookingNotFound, NotYourBooking."""
    booking = bookings().filter(pk=booking_id).first()
    if booking is None:
        raise BookingNotFound
    if booking.user_id != user.pk:
        raise NotYourBooking
    return booking


def seats_of(user: AbstractBaseUser, show_id: int) -> list[int]:
    """Return the numbers of the seats that the user has at the show."""
    tickets = Ticket.objects.filter(booking__user_id=user.pk, show_id=show_id, cancelled_at=None)
    return list(tickets.order_by("seat_number").values_list("seat_number", flat=True))


def bookings_of_seats(show_id: int, seat_numbers: Collection[int]) -> dict[int, Booking]:
    """Return whose booking each of these seats of the show is in, by seat; unsold ones in none."""
    tickets = Ticket.objects.filter(
        show_id=show_id, seat_number__in=seat_numbers, cancelled_at=None
    )
    return {ticket.seat_number: ticket.booking for ticket in tickets.select_related("booking")}


def _tickets() -> "Prefetch[str]":
    """Those that still hold, or of a cancelled booking those that were cancelled with it."""
    shown = Q(cancelled_at=None) | Q(cancelled_at=F("booking__cancelled_at"))
    tickets = Ticket.objects.select_related("seat").filter(shown).order_by("seat_number")
    return Prefetch("tickets", tickets)
