"""What the API answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.models import Booking, Hold, Kind, Ticket
from booking.selectors.line import socket_path
from booking.selectors.seat_map import SeatStates
from booking.services.choices import places
from booking.services.turns import turn_token

CURRENCY = "EUR"


class MovieSerializer(serializers.Serializer[Any]):
    """A movie."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    synopsis = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    certificate = serializers.CharField()


class MovieReferenceSerializer(serializers.Serializer[Any]):
    """A movie, named."""

    id = serializers.IntegerField()
    title = serializers.CharField()


class AuditoriumReferenceSerializer(serializers.Serializer[Any]):
    """An auditorium, named."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class BookedShowSerializer(serializers.Serializer[Any]):
    """A show as a booking names it."""

    id = serializers.IntegerField()
    movie = MovieReferenceSerializer()
    auditorium = AuditoriumReferenceSerializer()
    starts_at = serializers.DateTimeField()
    price = serializers.DecimalField(max_digits=6, decimal_places=2)
    premium_price = serializers.DecimalField(max_digits=7, decimal_places=2)
    currency = serializers.CharField(default=CURRENCY, read_only=True)


class ShowSerializer(BookedShowSerializer):
    """A show with its seats counted."""

    capacity = serializers.IntegerField(source="auditorium.capacity")
    available_seats = serializers.IntegerField()


class TicketSerializer(serializers.Serializer[Any]):
    """A seat that was sold, at the price paid."""

    seat_number = serializers.IntegerField()
    # A serializer has such an attribute itself; REST framework keeps declared fields elsewhere.
    label = serializers.CharField(source="seat.label")  # type: ignore[assignment]
    kind = serializers.ChoiceField(Kind.choices, source="seat.kind")
    price = serializers.DecimalField(max_digits=6, decimal_places=2)


class BookingSerializer(serializers.Serializer[Any]):
    """A booking with its tickets, which must have been read with it."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    show = BookedShowSerializer()
    tickets = TicketSerializer(many=True)
    total = serializers.SerializerMethodField(help_text="The sum of the tickets' prices.")
    currency = serializers.CharField(default=CURRENCY, read_only=True)
    status = serializers.ChoiceField(["confirmed", "cancelled"])
    created_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.DecimalField(max_digits=9, decimal_places=2))
    def get_total(self, booking: Booking) -> str:
        """Return the sum with two decimal places."""
        return f"{sum(ticket.price for ticket in booking.tickets.all()):.2f}"


class NamedSeatSerializer(serializers.Serializer[Any]):
    """A seat, named."""

    seat_number = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]


class HoldSerializer(serializers.Serializer[Any]):
    """A hold; whoever has the token may change, book or release it."""

    token = serializers.CharField()
    show = serializers.IntegerField()
    seats = NamedSeatSerializer(many=True)
    expires_at = serializers.DateTimeField()


class PlaceInLineOutputSerializer(serializers.Serializer[Any]):
    """A place in line for a seat; with one's turn comes the token of a hold."""

    show = serializers.IntegerField()
    seat = NamedSeatSerializer()
    joined_at = serializers.DateTimeField()
    ahead = serializers.IntegerField(help_text="How many people are before you.")
    turn_at = serializers.DateTimeField(allow_null=True)
    hold = serializers.CharField(allow_null=True, help_text="The token of the hold you got.")
    socket = serializers.CharField(
        help_text="A live socket that tells you at once when it is your turn. Keep it to yourself."
    )


class LayoutReferenceSerializer(serializers.Serializer[Any]):
    """Where the geometry of a seat map is; its hash changes when the geometry does."""

    hash = serializers.CharField()
    url = serializers.CharField()


class SeatMapSerializer(serializers.Serializer[Any]):
    """The states of all seats of a show: in `states`, the letter at seat_number - 1.

    a is available, h held, b booked, x blocked. `held` says of each held seat, by its number, when
    its hold expires, in milliseconds since the epoch.
    """

    show = serializers.IntegerField()
    version = serializers.IntegerField()
    states = serializers.RegexField("^[ahbx]+$")
    held = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=1), min_length=2, max_length=2
        ),
        help_text="Pairs of a held seat's number and when its hold expires, in milliseconds.",
    )
    capacity = serializers.IntegerField()
    available_seats = serializers.IntegerField()
    layout = LayoutReferenceSerializer()


class SeatSerializer(serializers.Serializer[Any]):
    """A seat and its cell in the grid: row A is nearest the screen, at the smallest y."""

    seat_number = serializers.IntegerField()
    row = serializers.CharField()
    position = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(Kind.choices)
    x = serializers.IntegerField()
    y = serializers.IntegerField()


class LayoutSerializer(serializers.Serializer[Any]):
    """The geometry of an auditorium; cells without a seat are aisles."""

    auditorium = serializers.IntegerField()
    name = serializers.CharField()
    hash = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    seats = SeatSerializer(many=True)


def seat_map_body(
    show_id: int, seats: SeatStates, *, auditorium_id: int, layout_hash: str
) -> dict[str, Any]:
    """Return what SeatMapSerializer describes, without its cost."""
    layout = reverse("api:layout", args=[auditorium_id])
    return {
        "show": show_id,
        "version": seats.version,
        "states": seats.states,
        "held": sorted(seats.held_until.items()),
        "capacity": len(seats.states),
        "available_seats": seats.available_seats,
        "layout": {
            "hash": layout_hash,
            "url": f"{layout}?hash={layout_hash}",
        },
    }


def booking_body(booking: Booking, tickets: Sequence[Ticket]) -> dict[str, Any]:
    """Return what BookingSerializer describes, without its cost."""
    show = booking.show
    return {
        "id": booking.pk,
        "reference": booking.reference,
        "show": {
            "id": show.pk,
            "movie": {"id": show.movie_id, "title": show.movie.title},
            "auditorium": {"id": show.auditorium_id, "name": show.auditorium.name},
            "starts_at": _instant(show.starts_at),
            "price": f"{show.price:.2f}",
            "premium_price": f"{show.premium_price:.2f}",
            "currency": CURRENCY,
        },
        "tickets": [
            {
                "seat_number": ticket.seat_number,
                "label": ticket.seat.label,
                "kind": ticket.seat.kind,
                "price": f"{ticket.price:.2f}",
            }
            for ticket in tickets
        ],
        "total": f"{sum(ticket.price for ticket in tickets):.2f}",
        "currency": CURRENCY,
        "status": booking.status,
        "created_at": _instant(booking.created_at),
        "cancelled_at": booking.cancelled_at and _instant(booking.cancelled_at),
    }


def _instant(moment: datetime) -> str:
    """Return a moment in the cinema's time zone, as REST framework writes it."""
    return timezone.localtime(moment).isoformat().replace("+00:00", "Z")


def place_in_line_body(place: Any) -> dict[str, Any]:
    """Return what PlaceInLineOutputSerializer describes of a place read by `places_of`."""
    return {
        "show": place.show_seat.show_id,
        "seat": {
            "seat_number": place.show_seat.seat_number,
            "label": place.show_seat.seat.label,
        },
        "joined_at": timezone.localtime(place.joined_at).isoformat(),
        "ahead": place.ahead,
        "turn_at": place.turn_at and timezone.localtime(place.turn_at).isoformat(),
        "hold": turn_token(place) if place.turn_at else None,
        "socket": socket_path(place.show_seat.show_id, place.user_id),
    }


def hold_body(hold: Hold) -> dict[str, Any]:
    """Return what HoldSerializer describes, but for the token, which is nowhere to be read."""
    labels = {place.seat_number: place.label for place in places(hold.show)}
    return {
        "show": hold.show_id,
        "seats": [{"seat_number": n, "label": labels[n]} for n in hold.seat_numbers],
        "expires_at": timezone.localtime(hold.expires_at).isoformat(),
    }
