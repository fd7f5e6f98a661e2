"""What the box office takes from clients."""

from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers

from booking.models import BY_HAND
from booking.rules import SEATS_AT_ONCE
from booking.seating.claim import MAX_SEAT_NUMBER, Best
from booking.seating.kinds import ADULT
from foundation.ids import MAX_ID
from foundation.web.inputs import (
    Input,
    OneOf,
    StrictAmountField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
)

MAX_TOKEN = 100
# As a ticket has room for.
MAX_TYPE = 20
# Of moments that are told late.
FIRST_YEAR = 2000
# Entries of a log in one answer: some 150 kB.
LOG_ENTRIES = 1000


def seat_numbers_field(*, min_length: int = 1, **options: Any) -> serializers.ListField:
    """Return a field of up to SEATS_AT_ONCE seat numbers."""
    return serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER),
        min_length=min_length,
        max_length=SEATS_AT_ONCE,
        error_messages={
            "min_length": "Choose at least one seat.",
            "max_length": "At most {max_length} seats can be had at once.",
        },
        **options,
    )


def terms_field() -> StrictCharField:
    """Return a field for the terms that the client saw."""
    return StrictCharField(
        max_length=MAX_TOKEN,
        required=False,
        help_text="What you agree to: the `terms` of a show, a hold or a refusal.",
    )


class NamedTicketSerializer(Input):
    """A seat, and for whom it is."""

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER)
    type = StrictCharField(
        max_length=MAX_TYPE,
        default=ADULT,
        help_text="The code of one of the show's `ticket_types`; an adult's without it.",
    )


class OneOfWithTickets(OneOf):
    """A body with one of its fields, the terms if the client saw any, and types of tickets.

    Tickets name the seats as well where nothing else does.
    """

    schema_limits = {"minProperties": 1, "maxProperties": 3}
    seats_field: ClassVar[str] = "seat_numbers"
    besides = frozenset({"terms", "tickets"})

    terms = terms_field()
    tickets = serializers.ListField(
        child=NamedTicketSerializer(),
        required=False,
        max_length=SEATS_AT_ONCE,
        help_text="Seats with their types of ticket: instead of their numbers, or beside them.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the fields, and the `types` by seat in place of the tickets; None without them."""
        tickets = attrs.pop("tickets", None)
        types = tickets and {one["seat_number"]: one["type"] for one in tickets}
        if tickets is not None and len(types or ()) < len(tickets):
            raise serializers.ValidationError({"tickets": "Name each seat once."})
        if tickets is not None and "best" in attrs:
            raise serializers.ValidationError({"tickets": "Give tickets or best, not both."})
        if tickets is not None and not attrs.keys() - self.besides:
            if not tickets:
                raise serializers.ValidationError({"tickets": "Choose at least one seat."})
            attrs[self.seats_field] = list(types)
        return {**super().validate(attrs), "types": None if tickets is None else types or {}}


class BookSeatsSerializer(OneOfWithTickets):
    """The seats to book: one, several, or those of a hold."""

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER, required=False)
    seat_numbers = seat_numbers_field(required=False)
    hold = StrictCharField(max_length=MAX_TOKEN, required=False, help_text="A hold's token.")


class BestSerializer(Input):
    """How many seats together, and whether with a wheelchair space."""

    count = StrictIntegerField(min_value=1, max_value=SEATS_AT_ONCE)
    accessible = StrictBooleanField(required=False, default=False)


class SelectionSerializer(OneOfWithTickets):
    """The seats that a hold shall have: those named, or the best ones."""

    seat_numbers = seat_numbers_field(required=False)
    best = BestSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the `selection`, seat numbers or Best, and `terms` and `types` or None."""
        checked = super().validate(attrs)
        terms, types = checked.pop("terms", None), checked.pop("types")
        [selection] = checked.values()
        return {
            "selection": Best(**selection) if isinstance(selection, dict) else selection,
            "terms": terms,
            "types": types,
        }


class PageSelectionSerializer(SelectionSerializer):
    """What a page's script wants to hold: no seats at all to give back those held so far."""

    from_pages = True
    seat_numbers = None  # type: ignore[assignment]  # not taken
    besides = frozenset({"terms", "tickets", "types"})
    seats_field = "seats"
    seats = seat_numbers_field(required=False, min_length=0)
    types = serializers.DictField(child=StrictCharField(max_length=MAX_TYPE), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what the API's body does; the script knows types of seats given back, too."""
        types = attrs.pop("types", None)
        checked = super().validate(attrs)
        if types is not None and not isinstance(checked["selection"], Best):
            wanted = {str(number): number for number in checked["selection"]}
            checked["types"] = {wanted[one]: types[one] for one in types if one in wanted}
        return checked


class ExchangeSerializer(Input):
    """The booking's seats to give, and as many to take for them."""

    give = seat_numbers_field()
    take = seat_numbers_field()
    terms = terms_field()


class CancelSerializer(Input):
    """The seats to give back; without them, all."""

    seat_numbers = seat_numbers_field(required=False)


class RecentField(serializers.DateTimeField):
    """A moment of this century: some earlier ones are in no time zone's calendar."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment: datetime = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        if moment.year < FIRST_YEAR:
            self.fail("overflow")
        return moment


class AdmitSerializer(Input):
    """Whom to let in: by a ticket's code, or by a booking's reference and a seat."""

    schema_limits = {"minProperties": 2}

    show = StrictIntegerField(min_value=1, max_value=MAX_ID)
    code = StrictCharField(max_length=MAX_TOKEN, required=False, help_text="What a QR code says.")
    reference = StrictCharField(max_length=MAX_TOKEN, required=False)
    seat_number = StrictIntegerField(
        min_value=1,
        max_value=MAX_SEAT_NUMBER,
        required=False,
        help_text="Which of the booking's seats; not needed where it has one.",
    )
    key = serializers.UUIDField(
        required=False,
        help_text="Names this admission: sent again, it gets the same answer, at any time.",
    )
    at = RecentField(
        required=False,
        help_text=(
            "When somebody was let in without asking, for want of a network. It is recorded in any "
            "case; what it contradicts is named in `conflict`."
        ),
    )

    amount = StrictAmountField(
        required=False, help_text="What was paid at the door: all that is due for the booking."
    )
    method = serializers.ChoiceField(choices=BY_HAND, required=False, help_text="How it was paid.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two names of a ticket, or none, and half of a payment."""
        if ("code" in attrs) == ("reference" in attrs):
            message = "Give exactly one of code, reference."
            raise serializers.ValidationError({"code": message, "reference": message})
        if "code" in attrs and "seat_number" in attrs:
            raise serializers.ValidationError({"seat_number": "A code has its own seat."})
        if ("amount" in attrs) != ("method" in attrs):
            raise serializers.ValidationError({"method": "Give amount and method together."})
        return attrs


class WaitlistEntrySerializer(Input):
    """The held seat to wait for."""

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER)


class PageSeatSerializer(Input):
    """The held seat that a page's script is about."""

    from_pages = True
    seat = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER)


class SeatNumberQuerySerializer(Input):
    """The seat that the request is about."""

    seat_number = serializers.IntegerField(min_value=1, max_value=MAX_SEAT_NUMBER)


class ShowFilterSerializer(Input):
    """Which shows to list."""

    movie = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="Only shows of this movie."
    )
    date = serializers.DateField(
        required=False, help_text="Only shows on this day, in the cinema's time zone."
    )


class VersionSerializer(Input):
    """Which version of a seat map to read."""

    at = serializers.IntegerField(
        min_value=0,
        max_value=MAX_ID,
        required=False,
        help_text="An earlier version of the seat map.",
    )


class LogRangeSerializer(Input):
    """Which entries of a log to read."""

    after = serializers.IntegerField(
        min_value=0, max_value=MAX_ID, default=0, help_text="The version that they follow."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=LOG_ENTRIES, default=LOG_ENTRIES, help_text="How many at most."
    )


class LayoutHashSerializer(Input):
    """Which layout the client expects."""

    hash = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="The layout's hash; with it the answer can be kept for good.",
    )
