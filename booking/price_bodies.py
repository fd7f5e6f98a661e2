"""The JSON bodies of what seats cost, and of what has changed about it."""

from dataclasses import replace

from django.conf import settings
from rest_framework import serializers

from booking.errors import UnknownTicketType
from booking.models.catalogue import KINDS
from booking.terms import FACTS, TermsChanged
from foundation.errors import Conflict, Invalid
from foundation.web.bodies import Body
from foundation.web.problems import Problem, problem_of


class TicketTypeSerializer(Body):
    """A type of ticket: `code` names it in requests; a premium seat has the surcharge on top."""

    code = serializers.CharField()
    name = serializers.CharField()
    price = serializers.DecimalField(max_digits=6, decimal_places=2)
    premium_surcharge = serializers.DecimalField(max_digits=6, decimal_places=2)


class VatSerializer(Body):
    """VAT that is contained in prices, and its rate in percent."""

    rate = serializers.DecimalField(max_digits=4, decimal_places=2)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2)


class NamedSeatSerializer(Body):
    """A seat, named."""

    seat_number = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]


class BilledSeatSerializer(NamedSeatSerializer):
    """A seat and what it costs."""

    kind = serializers.ChoiceField(KINDS)
    type = serializers.CharField(help_text="The code of the type of ticket.")
    price = serializers.DecimalField(max_digits=7, decimal_places=2)


class BillSerializer(Body):
    """What seats cost, each and together."""

    seats = BilledSeatSerializer(many=True)
    total = serializers.DecimalField(max_digits=9, decimal_places=2)
    currency = serializers.CharField(default=settings.CURRENCY, read_only=True)


class ChangedFactSerializer(Body):
    """A fact that is not what the client agreed to.

    `was` and `now` are as in a show: an id with a title or a name, a time, an amount.
    """

    what = serializers.ChoiceField(list(FACTS))
    was = serializers.JSONField(help_text="Null where that is not known.")
    now = serializers.JSONField()


class TermsChangedSerializer(Body):
    """What a problem says besides when the show is not what the client agreed to."""

    changed = ChangedFactSerializer(
        many=True, required=False, help_text='What changed, when the code is "terms_changed".'
    )
    terms = serializers.CharField(
        required=False, help_text="The show's terms now: send them to agree to these."
    )
    bill = BillSerializer(required=False, help_text="What the seats cost by these terms.")


@problem_of.register
def _(error: TermsChanged) -> Problem:
    problem = problem_of.dispatch(Conflict)(error)
    return replace(problem, members=TermsChangedSerializer.of(error))


@problem_of.register
def _(error: UnknownTicketType) -> Problem:
    problem = problem_of.dispatch(Invalid)(error)
    return replace(problem, errors={"tickets": [error.detail]})


class MoneyBackSerializer(Body):
    """What comes back of what was paid for tickets that are given back, and what is kept."""

    total = serializers.DecimalField(max_digits=9, decimal_places=2)
    kept = serializers.DecimalField(max_digits=9, decimal_places=2)
