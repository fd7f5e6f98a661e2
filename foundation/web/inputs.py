"""What clients may send: strict about types, and refusing what they don't know."""

from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework import serializers


class StrictIntegerField(serializers.IntegerField):
    """A whole number as JSON has it: no text, no fraction, no boolean."""

    default_error_messages = {"invalid": "A whole number is required."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictCharField(serializers.CharField):
    """Text as JSON has it: no number stands for it."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """True or false as JSON has them: no text, no number."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictAmountField(serializers.DecimalField):
    """An amount of money above 0, as text: a number of JSON is rounded on its way."""

    default_error_messages = {"invalid": 'An amount is required, such as "12.50".'}

    def __init__(self, **options: Any) -> None:
        least = Decimal("0.01")
        super().__init__(max_digits=9, decimal_places=2, min_value=least, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Input(serializers.Serializer[Any]):
    """A body or a query; `schema_limits` adds to its JSON schema what the fields can't say.

    Unknown fields are errors, except in what pages send: they may be of another release.
    """

    schema_limits: ClassVar[dict[str, Any]] = {}
    from_pages: ClassVar[bool] = False

    @classmethod
    def checked(cls, data: Any) -> dict[str, Any]:
        """Return the values by field. Raises ValidationError, with messages by field.

        What is blank in a query is a value like any other there, not left out as in a form; nothing
        may be in it twice.
        """
        if isinstance(data, QueryDict):
            twice = [name for name, values in data.lists() if len(values) > 1]
            if twice:
                raise serializers.ValidationError(dict.fromkeys(twice, "Say it once."))
            data = data.dict()
        values: dict[str, Any] = _reader(cls).run_validation(data)
        return values

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().to_internal_value(data)
        unknown = [name for name in data if name not in self.fields]
        if unknown and not self.from_pages:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field."))
        return values


@cache
def _reader(kind: type[Input]) -> Input:
    """Return the one serializer of a kind: making one copies every field, reading keeps nothing."""
    return kind()


class OneOf(Input):
    """A body with exactly one of its fields; those named in `besides` may come with it."""

    schema_limits = {"minProperties": 1, "maxProperties": 1}
    besides: ClassVar[frozenset[str]] = frozenset()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        choices = [name for name in map(str, self.fields) if name not in self.besides]
        if len(attrs.keys() - self.besides) != 1:
            message = f"Give exactly one of {', '.join(choices)}."
            raise serializers.ValidationError(dict.fromkeys(choices, message))
        return attrs
