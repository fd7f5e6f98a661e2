"""Who booked what."""

from collections.abc import Collection
from datetime import datetime
from operator import attrgetter

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Max, Prefetch, Q, QuerySet, prefetch_related_objects

from booking.chain import Checkpoint
from booking.errors import BookingNotFound, NotYourBooking
from booking.links import booking_id_in, is_token_of
from booking.models import Booking, SeatChange, Ticket
from booking.rules import LONGEST_FILM
from foundation.errors import refuses


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


def valid_and_other_bookings_of(
    user: AbstractBaseUser, now: datetime
) -> tuple[QuerySet[Booking], QuerySet[Booking]]:
    """Return the user's bookings that let somebody in, soonest first, and the others, newest first.

    They do until their film is over. That takes one query of all that may be such.
    """
    mine = bookings_of(user)
    recent = Booking.objects.filter(
        user_id=user.pk, cancelled_at=None, show__starts_at__gt=now - LONGEST_FILM
    )
    facts = recent.select_related("show__movie").only(
        "show__starts_at", "show__movie__duration_minutes"
    )
    valid = [booking.pk for booking in facts if booking.show.film_ends_at > now]
    return (
        mine.filter(pk__in=valid).order_by("show__starts_at", "pk"),
        mine.exclude(pk__in=valid),
    )


def with_receipts(found: "QuerySet[Booking]") -> "QuerySet[Booking]":
    """Return these bookings ready for `receipt_of`, with one query more for all of them."""
    return found.prefetch_related("seat_changes")


def receipt_of(booking: Booking) -> Checkpoint | None:
    """Return under which version and digest of its show's log a booking stands.

    That is the entry of what was last done to it, in one query at most; a booking from before there
    were receipts has none.
    """
    if booking.receipt is None and (entry := newest_entry_of(booking)):
        booking.receipt = entry.checkpoint
    return booking.receipt


def newest_entry_of(booking: Booking) -> SeatChange | None:
    """Return the log entry of what was last done to a booking, in one query at most."""
    prefetch_related_objects([booking], "seat_changes")
    return max(booking.seat_changes.all(), key=attrgetter("version"), default=None)


@refuses(BookingNotFound, NotYourBooking)
def booking_of(user: AbstractBaseUser, booking_id: int) -> Booking:
    booking = bookings().filter(pk=booking_id).first()
    if booking is None:
        raise BookingNotFound
    if booking.user_id != user.pk:
        raise NotYourBooking
    return booking


@refuses(BookingNotFound)
def booking_behind(token: str) -> Booking:
    """Return the guest's booking that a link with this token leads to."""
    named = booking_id_in(token)
    guests = bookings().filter(user=None).exclude(email="")
    found = None if named is None else guests.filter(pk=named).first()
    if found is None or not is_token_of(token, found.pk, found.email):
        raise BookingNotFound
    return found


def revisions_of(booking: Booking) -> tuple[int, datetime]:
    """Return how often what a booking is for has changed since it was made, and when it last did.

    Tickets that were given back or exchanged count, and changes of the show's facts.
    """
    closed = Ticket.objects.filter(booking=booking, cancelled_at__isnull=False)
    tickets = closed.aggregate(count=Count("pk"), last=Max("cancelled_at"))
    changes = SeatChange.objects.filter(
        show_id=booking.show_id, facts__isnull=False, at__gt=booking.created_at
    ).aggregate(count=Count("pk"), last=Max("at"))
    moments = [booking.created_at, tickets["last"], changes["last"]]
    return tickets["count"] + changes["count"], max(filter(None, moments))


def seats_of(user: AbstractBaseUser, show_id: int) -> list[int]:
    """Return the numbers of the seats that the user has at the show."""
    tickets = Ticket.objects.filter(booking__user_id=user.pk, show_id=show_id, cancelled_at=None)
    return list(tickets.order_by("seat_number").values_list("seat_number", flat=True))


def booking_with_seats(
    user: AbstractBaseUser, show_id: int, seat_numbers: Collection[int]
) -> Booking | None:
    """Return the booking in which the user has all of these seats of the show, if there is one."""
    by_seat = bookings_of_seats(show_id, seat_numbers)
    found = {booking.pk: booking for booking in by_seat.values()}
    if len(found) != 1 or len(by_seat) != len(set(seat_numbers)):
        return None
    [booking] = found.values()
    return booking if booking.user_id == user.pk else None


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
