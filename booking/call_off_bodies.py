"""The JSON bodies of calling shows off and moving them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from booking.models import Show, Taking
from booking.selectors.affected import affected
from booking.services.left_over import left_over
from foundation.web.bodies import Body


class PaidSerializer(Body):
    """What was paid in one way."""

    method = serializers.ChoiceField(Taking.Method.choices)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2)


class AffectedSerializer(Body):
    """Whom it affects if the show is called off or moved now: who has live tickets."""

    bookings = serializers.IntegerField()
    tickets = serializers.IntegerField()
    paid = PaidSerializer(many=True, help_text="What was paid for them.")
    with_address = serializers.IntegerField(help_text="People who get a mail.")
    without_address = serializers.IntegerField(help_text="People who have to be told otherwise.")

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        paid = [{"method": how, "amount": f"{amount:.2f}"} for how, amount in thing.paid.items()]
        return super().of(thing, paid=paid, **given)


class LeftSerializer(Body):
    """A booking that there is something left to do for."""

    reference = serializers.CharField()
    why = serializers.CharField()


class OwedSerializer(LeftSerializer):
    """Money that has yet to go back."""

    amount = serializers.DecimalField(max_digits=9, decimal_places=2)


class LeftOverSerializer(Body):
    """What is left to do of calling a show off; all of it is empty when everything is done."""

    live = LeftSerializer(many=True, help_text="Bookings that are not cancelled yet.")
    refunds = OwedSerializer(many=True, help_text="Money that was paid online, on its way back.")
    to_give_back = OwedSerializer(many=True, help_text="Money that the box office gives back.")
    untold = LeftSerializer(many=True, help_text="Bookings whose buyers no mail reaches.")

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        kinds = {"live": LeftSerializer, "untold": LeftSerializer}
        kinds |= {"refunds": OwedSerializer, "to_give_back": OwedSerializer}
        lists = {name: list(map(kind.of, getattr(thing, name))) for name, kind in kinds.items()}
        return super().of(thing, **lists, **given)


class CallOffSerializer(Body):
    """A show, whom it affects if it is called off or moved, and what is left where it was."""

    show = serializers.IntegerField(source="pk")
    starts_at = serializers.DateTimeField()
    auditorium = serializers.IntegerField(source="auditorium_id")
    cancelled_at = serializers.DateTimeField(allow_null=True)
    moved_at = serializers.DateTimeField(allow_null=True)
    affected = AffectedSerializer()
    left = LeftOverSerializer()
    currency = serializers.CharField(default=settings.CURRENCY, read_only=True)

    @classmethod
    def of(cls, thing: Show, **given: Any) -> dict[str, Any]:
        return super().of(
            thing,
            affected=AffectedSerializer.of(affected(thing.pk)),
            left=LeftOverSerializer.of(left_over(thing.pk)),
            **given,
        )
