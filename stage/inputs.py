"""What the stage's page sends."""

from typing import Any

from rest_framework import serializers

from booking.seating.claim import MAX_SEAT_NUMBER
from foundation.web.inputs import Input, StrictIntegerField
from stage.models import Act


class ActSerializer(Input):
    """The act to begin, and the seat that a race is for."""

    from_pages = True
    act = serializers.ChoiceField(Act.choices)
    seat = StrictIntegerField(min_value=1, max_value=MAX_SEAT_NUMBER, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] == Act.RACE and "seat" not in attrs:
            raise serializers.ValidationError({"seat": "A race is for a seat."})
        return attrs
