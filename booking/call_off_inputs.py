"""What the box office takes to call shows off and move them."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from booking.inputs import RecentField
from foundation.ids import MAX_ID
from foundation.web.inputs import Input, StrictIntegerField


class InstantField(RecentField):
    """A moment that is written in full: with a date alone, or without a zone, it is a guess."""

    default_error_messages = {
        "in_full": "Give a date and a time with its zone, such as 2099-11-22T20:15:00+01:00."
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        written = parse_datetime(value)
        if written is None or written.tzinfo is None:
            self.fail("in_full")
        return moment


class NothingSerializer(Input):
    """An empty body, or none: whoever sends more takes it for something else."""


class MoveSerializer(Input):
    """When a show shall start, and where; what is left out stays."""

    schema_limits = {"minProperties": 1}

    starts_at = InstantField(required=False)
    auditorium = StrictIntegerField(
        min_value=1,
        max_value=MAX_ID,
        required=False,
        help_text="The id of one with the same layout.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return when, and the id of where. Refuses a move that is none."""
        if not attrs:
            message = "Give at least one of starts_at, auditorium."
            raise serializers.ValidationError({"starts_at": message, "auditorium": message})
        return {"starts_at": attrs.get("starts_at"), "auditorium_id": attrs.get("auditorium")}
