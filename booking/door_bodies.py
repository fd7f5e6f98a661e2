"""The JSON bodies of the door."""

from typing import Any

from rest_framework import serializers

from booking.models import Admission
from booking.selectors.door import name_of
from foundation.web.bodies import Body


class AdmittedSerializer(Body):
    """When somebody came in, and who let them in."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField()


class DoorTicketSerializer(Body):
    """A live ticket, as the door knows it."""

    code = serializers.CharField()
    reference = serializers.CharField()
    seat_number = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    due = serializers.CharField(
        help_text="What is to be paid for all of its booking; below 0 it is owed to the buyer."
    )
    admission = AdmittedSerializer(allow_null=True, help_text="Null while nobody has come in.")


class DoorListSerializer(Body):
    """All live tickets of a show: whoever has it can let people in without a network."""

    show = serializers.IntegerField()
    tickets = DoorTicketSerializer(many=True)

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        return {"show": thing.show, "tickets": thing.tickets, **given}


class AdmissionSerializer(Body):
    """Somebody let in."""

    id = serializers.IntegerField()
    show = serializers.IntegerField(source="ticket.show_id")
    reference = serializers.CharField(source="ticket.booking.reference")
    seat_number = serializers.IntegerField(source="ticket.seat_number")
    label = serializers.CharField(source="ticket.seat.label")  # type: ignore[assignment]
    admitted_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    admitted_by = serializers.CharField()
    conflict = serializers.CharField(
        allow_null=True,
        help_text=(
            "What it contradicts where somebody was let in without asking: already_admitted, "
            "ticket_cancelled or show_cancelled. Such an admission does not count. Null for all "
            "others."
        ),
    )
    undone_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, thing: Admission, **given: Any) -> dict[str, Any]:
        return super().of(
            thing,
            admitted_by=name_of(thing.admitted_by),
            conflict=thing.conflict or None,
            **given,
        )
