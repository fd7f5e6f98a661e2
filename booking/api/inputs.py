"""What clients may send: strict about types, and refusing what they don't know."""

from functools import cache
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework import serializers

from booking.services.choices import MAX_ID, MAX_SEAT_NUMBER, MAX_SEATS
from booking.services.holds import Best

MAX_TOKEN = 100


class StrictIntegerField(serializers.IntegerField):
    """A whole number as JSON has it: no text, no fraction, no boolean."""

    default_error_messages = {"invalid": "A whole number is required."}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """Text as JSON has it: no number stands for it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """True or false as JSON has them: no text, no number."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Input(serializers.Serializer[Any]):
    """A body or a query; `schema_limits` adds to its JSON schema what the fields can't say."""

    schema_limits: ClassVar[dict[str, Any]] = {}

    @classmethod
    def checked(cls, data: Any) -> dict[str, Any]:
        """Return the values by field. Raises ValidationError, with messages by field.

        What is blank in a query is a value like any other there, not left out as in a form.
        """
        if isinstance(data, QueryDict):
            data = data.dict()
        values: dict[str, Any] = _reader(cls).run_validation(data)
        return values

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values by field. Unknown fields are errors."""
        values: dict[str, Any] = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field."))
        return values


@cache
def _reader(kind: type[Input]) -> Input:
    """Return the one serializer that reads all bodies of a kind, as a nested one would.

    Reading keeps nothing in it, and making one copies every field.
    """
    return kind()


def seat_numbers_field(**options: Any) -> serializers.ListField:
    """Return a field of 1 to MAX_SEATS seat numbers."""
    return serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER),
        min_length=1,
        max_length=MAX_SEATS,
        error_messages={
            "min_length": "Choose at least one seat.",
            "max_length": "At most {max_length} seats can be had at once.",
        },
        **options,
    )


class OneOf(Input):
    """A body with exactly one of its fields."""

    schema_limits = {"minProperties": 1, "maxProperties": 1}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse none and several."""
        if len(attrs) != 1:
            message = f"Give exactly one of {', '.join(self.fields)}."
            raise serializers.ValidationError(dict.fromkeys(self.fields, message))
        return attrs


class BookSeatsSerializer(OneOf):
    """The seats to book: one, several, or those of a hold."""

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER, required=False)
    seat_numbers = seat_numbers_field(required=False)
    hold = StrictCharField(max_length=MAX_TOKEN, required=False, help_text="A hold's token.")


class BestSerializer(Input):
    """How many seats together, and whether with a wheelchair space."""

    count = StrictIntegerField(min_value=1, max_value=MAX_SEATS)
    accessible = StrictBooleanField(required=False, default=False)


class WishSerializer(OneOf):
    """The seats that a hold shall have: those named, or the best ones."""

    seat_numbers = seat_numbers_field(required=False)
    best = BestSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the `wish`: seat numbers, or Best."""
        [wish] = super().validate(attrs).values()
        return {"wish": Best(**wish) if isinstance(wish, dict) else wish}


class ExchangeSerializer(Input):
    """The booking's seats to give, and as many to take for them."""

    give = seat_numbers_field()
    take = seat_numbers_field()


class CancelSerializer(Input):
    """The seats to give back; without them, all."""

    seat_numbers = seat_numbers_field(required=False)


class PlaceInLineSerializer(Input):
    """The held seat to wait for."""

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER)


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


class LayoutHashSerializer(Input):
    """Which layout the client expects."""

    hash = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="The layout's hash; with it the answer can be kept for good.",
    )
