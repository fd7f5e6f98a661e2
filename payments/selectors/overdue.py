"""What should have come to its end by now."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from payments.models import Payment, Refund

State = Payment.State
# Messages of the outbox take their steps sooner than this.
PATIENCE = timedelta(minutes=15)


def overdue_payments(now: datetime) -> QuerySet[Payment]:
    """Return those under way whose time to pay is over."""
    return Payment.objects.filter(state__in=[State.STARTED, State.UNKNOWN], until__lte=now)


def unreleased_payments(now: datetime) -> QuerySet[Payment]:
    """Return those given up of which the provider has not said so."""
    over = now - PATIENCE
    return Payment.objects.filter(state=State.CANCELLED, released_at=None, ended_at__lte=over)


def overdue_promises(now: datetime) -> QuerySet[Payment]:
    """Return those whose money should have been taken."""
    return Payment.objects.filter(state=State.AUTHORISED, authorised_at__lte=now - PATIENCE)


def overdue_refunds(now: datetime, state: Refund.State) -> QuerySet[Refund]:
    """Return refunds that were asked for and stay in this state."""
    return Refund.objects.filter(state=state, asked_at__lte=now - PATIENCE)
