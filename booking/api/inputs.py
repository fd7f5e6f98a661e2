"""What clients may send: strict about types, and refusing what they don't know."""

from typing import Any, ClassVar

from rest_framework import serializers

from booking.services.bookings import MAX_SEATS

MAX_SEAT_NUMBER, MAX_ID = 2**31 - 1, 2**63 - 1


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


class Input(serializers.Serializer[Any]):
    """A body or a query; `schema_limits` adds to its JSON schema what the fields can't say."""

    schema_limits: ClassVar[dict[str, Any]] = {}

    @classmethod
    def checked(cls, data: Any) -> dict[str, Any]:
        """Return the values by field. Raises ValidationError, with messages by field."""
        received = cls(data=data)
        received.is_valid(raise_exception=True)
        values: dict[str, Any] = received.validated_data
        return values

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values by field. Unknown fields are errors."""
        values: dict[str, Any] = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field."))
        return values


class BookSeatsSerializer(Input):
    """The seats to book: exactly one of the two fields."""

    schema_limits = {"minProperties": 1, "maxProperties": 1}

    seat_number = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER, required=False)
    seat_numbers = serializers.ListField(
        child=StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER),
        min_length=1,
        max_length=MAX_SEATS,
        required=False,
        error_messages={
            "min_length": "Choose at least one seat.",
            "max_length": "A booking takes at most {max_length} seats.",
        },
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the chosen seats as `seat_numbers`."""
        if len(attrs) != 1:
            message = "Give either seat_number or seat_numbers."
            raise serializers.ValidationError(dict.fromkeys(self.fields, message))
        return {"seat_numbers": attrs.get("seat_numbers") or [attrs["seat_number"]]}


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
        required=False, help_text="The layout's hash; with it the answer can be kept for good."
    )
