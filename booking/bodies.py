"""Every JSON body of the box office, from which the API's schema comes too."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.models import Show
from booking.models.catalogue import KINDS
from booking.price_bodies import (
    BillSerializer,
    MoneyBackSerializer,
    NamedSeatSerializer,
    TicketTypeSerializer,
    VatSerializer,
)
from booking.prices import bill_of, known_types, vat_of
from booking.seating.house import House
from booking.selectors import seat_map
from booking.selectors.bookings import receipt_of, tickets_of
from booking.selectors.refunds import account_with_money, refund_now
from booking.selectors.seat_map import SeatStates, house_of
from booking.selectors.waitlist import socket_path
from booking.services.offers import offer_token
from booking.terms import terms_of
from foundation.web.bodies import Body

DIGEST = "^[0-9a-f]{64}$"


class MovieReferenceSerializer(Body):
    """A movie, named."""

    id = serializers.IntegerField()
    title = serializers.CharField()


class MovieSerializer(MovieReferenceSerializer):
    """A movie."""

    synopsis = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    certificate = serializers.CharField()


class AuditoriumReferenceSerializer(Body):
    """An auditorium, named."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class BookedShowSerializer(Body):
    """A show as a booking names it."""

    id = serializers.IntegerField()
    movie = MovieReferenceSerializer()
    auditorium = AuditoriumReferenceSerializer()
    starts_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True, help_text="When it was called off.")
    price = serializers.DecimalField(max_digits=6, decimal_places=2)
    premium_price = serializers.DecimalField(max_digits=7, decimal_places=2)
    currency = serializers.CharField(default=settings.CURRENCY, read_only=True)
    ticket_types = serializers.SerializerMethodField(
        help_text="Who else than an adult, who pays the `price`, there are tickets for."
    )
    vat_rate = serializers.DecimalField(
        max_digits=4, decimal_places=2, help_text="In percent; prices include it."
    )
    companions_free = serializers.BooleanField(
        help_text="Whether a companion seat is free together with its wheelchair space."
    )
    terms = serializers.SerializerMethodField(
        help_text="Names the film, auditorium, start and prices; it changes with any of them."
    )

    @extend_schema_field(TicketTypeSerializer(many=True))
    def get_ticket_types(self, show: Show) -> list[dict[str, str]]:
        """Return the show's types of ticket, as its terms have them."""
        return show.ticket_types

    def get_terms(self, show: Show) -> str:
        """Return the name of the show's terms."""
        return terms_of(show)


class ShowSerializer(BookedShowSerializer):
    """A show with its seats counted."""

    capacity = serializers.IntegerField(source="auditorium.capacity")
    available_seats = serializers.IntegerField()


class TicketSerializer(Body):
    """A seat that was sold, at the price paid."""

    seat_number = serializers.IntegerField()
    # A serializer has such an attribute itself; REST framework keeps declared fields elsewhere.
    label = serializers.CharField(source="seat.label")  # type: ignore[assignment]
    kind = serializers.ChoiceField(KINDS, source="seat.kind")
    type = serializers.CharField(help_text="The code of the type of ticket it was sold as.")
    price = serializers.DecimalField(max_digits=6, decimal_places=2)
    vat_rate = serializers.DecimalField(
        max_digits=4, decimal_places=2, help_text="In percent; the price includes it."
    )
    kept = serializers.DecimalField(
        max_digits=6, decimal_places=2, help_text="What is kept of it where it was given back."
    )


class ReceiptSerializer(Body):
    """A version of a show's log, and the digest by which anyone can check it later."""

    version = serializers.IntegerField()
    digest = serializers.RegexField(DIGEST)


class BookingSerializer(Body):
    """A booking with its tickets."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    show = BookedShowSerializer()
    tickets = TicketSerializer(many=True)
    total = serializers.DecimalField(
        max_digits=9, decimal_places=2, read_only=True, help_text="The sum of the tickets' prices."
    )
    paid = serializers.DecimalField(
        max_digits=9, decimal_places=2, help_text="What was paid for it, less what was given back."
    )
    due = serializers.DecimalField(
        max_digits=9,
        decimal_places=2,
        help_text="What is still to be paid; less than 0 is what is owed to you.",
    )
    vat = VatSerializer(many=True, help_text="The VAT that the total contains, rate by rate.")
    currency = serializers.CharField(default=settings.CURRENCY, read_only=True)
    status = serializers.ChoiceField(["confirmed", "cancelled"])
    created_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    refund = MoneyBackSerializer(
        allow_null=True,
        help_text=(
            "What comes back if you cancel all of it now. Null where nothing can be cancelled."
        ),
    )
    receipt = ReceiptSerializer(
        allow_null=True,
        help_text=(
            "The entry of the show's public log that says what was last done to the booking. Keep "
            "it: if that entry, or any before it, is ever altered, the log has another digest "
            "there. Null for a booking from before there were receipts."
        ),
    )

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        tickets, receipt = tickets_of(thing), receipt_of(thing)
        account, refund = account_with_money(thing), refund_now(thing, timezone.now())
        return super().of(
            thing,
            tickets=list(map(TicketSerializer.of, tickets)),
            paid=f"{account.paid:.2f}",
            due=f"{account.due:.2f}",
            vat=list(map(VatSerializer.of, vat_of(tickets))),
            refund=refund and MoneyBackSerializer.of(refund),
            receipt=receipt and ReceiptSerializer.of(receipt),
            **given,
        )


class HoldSerializer(Body):
    """A hold; whoever has the token may change, book or release it."""

    token = serializers.CharField()
    show = serializers.IntegerField(source="show_id")
    seats = NamedSeatSerializer(many=True)
    expires_at = serializers.DateTimeField()
    terms = serializers.CharField(help_text="The show's terms, by which the bill is made out.")
    bill = BillSerializer()

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        """Return the body of a hold; its token, which is nowhere to be read, must be given."""
        house = {seat.seat_number: seat for seat in house_of(thing.show).seats}
        seats = [house[seat_number] for seat_number in thing.seat_numbers]
        types = known_types(thing.show, thing.types)
        return super().of(
            thing,
            seats=[NamedSeatSerializer.of(seat) for seat in seats],
            terms=terms_of(thing.show),
            bill=BillSerializer.of(bill_of(thing.show, seats, types)),
            **given,
        )


class WaitlistEntryOutputSerializer(Body):
    """An entry on the waitlist for a seat; with an offer comes the token of a hold."""

    show = serializers.IntegerField(source="show_seat.show_id")
    seat = NamedSeatSerializer(source="show_seat.seat")
    joined_at = serializers.DateTimeField()
    ahead = serializers.IntegerField(help_text="How many people are before you.")
    offered_at = serializers.DateTimeField(allow_null=True)
    hold = serializers.CharField(allow_null=True, help_text="The token of the hold you got.")
    socket = serializers.CharField(
        help_text="A live socket that tells you of an offer at once. Keep it to yourself."
    )

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        """Return the body of an entry that `entries_of` read."""
        return super().of(
            thing,
            hold=offer_token(thing) if thing.offered_at else None,
            socket=socket_path(thing.show_seat.show_id, thing.user_id),
            **given,
        )


class LayoutReferenceSerializer(Body):
    """Where the geometry of a seat map is; its hash changes when the geometry does."""

    hash = serializers.CharField()
    url = serializers.CharField()


class SeatMapSerializer(Body):
    """The states of all seats of a show: in `states`, the letter at seat_number - 1.

    Version and digest say of which history they are: no other map has both.

    a is available, h held, b booked, x blocked. `held` says of each held seat, by its number, when
    its hold expires, in milliseconds since the epoch.
    """

    show = serializers.IntegerField()
    version = serializers.IntegerField()
    digest = serializers.RegexField(DIGEST)
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
    terms = serializers.CharField(
        help_text="The show's terms now: when they are others, read the show anew."
    )


def seat_map_body(
    show_id: int, seats: SeatStates, *, auditorium_id: int, layout_hash: str, terms: str
) -> dict[str, Any]:
    url = f"{reverse('api:layout', args=[auditorium_id])}?hash={layout_hash}"
    layout = {"hash": layout_hash, "url": url}
    return SeatMapSerializer.of(seats, show=show_id, layout=layout, terms=terms)


class SeatSerializer(Body):
    """A seat and its cell in the grid: row A is nearest the screen, at the smallest y."""

    seat_number = serializers.IntegerField()
    row = serializers.CharField()
    position = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(KINDS)
    x = serializers.IntegerField()
    y = serializers.IntegerField()


class LayoutSerializer(Body):
    """The geometry of an auditorium; cells without a seat are aisles."""

    auditorium = serializers.IntegerField()
    hash = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    seats = SeatSerializer(many=True)

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        """Return the body of an auditorium's layout; it can be newer than the auditorium was."""
        house = seat_map.layout(thing)
        seats = list(map(dict, _seats(house)))
        return super().of(house, auditorium=thing.pk, hash=thing.layout_hash, seats=seats, **given)


@lru_cache(maxsize=64)
def _seats(house: House) -> list[dict[str, Any]]:
    return list(map(SeatSerializer.of, house.seats))
