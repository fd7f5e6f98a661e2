"""What the API answers."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.models import Auditorium, Booking, Kind
from booking.selectors.seat_map import SeatStates

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


class LayoutReferenceSerializer(serializers.Serializer[Any]):
    """Where the geometry of a seat map is; its hash changes when the geometry does."""

    hash = serializers.CharField()
    url = serializers.CharField()


class SeatMapSerializer(serializers.Serializer[Any]):
    """The states of all seats of a show: in `states`, the letter at seat_number - 1.

    a is available, h held, b booked, x blocked.
    """

    show = serializers.IntegerField()
    version = serializers.IntegerField()
    states = serializers.RegexField("^[ahbx]+$")
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


def seat_map_body(show_id: int, seats: SeatStates, auditorium: Auditorium) -> dict[str, Any]:
    """Return what SeatMapSerializer describes, without its cost."""
    layout = reverse("api:layout", args=[auditorium.pk])
    return {
        "show": show_id,
        "version": seats.version,
        "states": seats.states,
        "capacity": len(seats.states),
        "available_seats": seats.available_seats,
        "layout": {
            "hash": auditorium.layout_hash,
            "url": f"{layout}?hash={auditorium.layout_hash}",
        },
    }
