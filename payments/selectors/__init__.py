"""What is known of payments."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet, Sum

from booking.selectors.money import account_of
from foundation.db.purge import KEPT_FOR
from foundation.errors import refuses
from payments.errors import PaymentNotFound
from payments.models import Notice, Payment, Refund

# Providers send a notification again for some days; after that, none repeats an old one.
NOTICES_KEPT_FOR = timedelta(days=30)


@refuses(PaymentNotFound)
def payment_of(payment_id: int) -> Payment:
    """Return a payment, with its show and its booking."""
    found = Payment.objects.select_related(
        "show__movie", "show__auditorium", "booking", "booking__user"
    )
    payment = found.filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    return payment


@dataclass(frozen=True)
class CameOfIt:
    """What came of a payment whose seats were sold.

    So much of the money was taken, or will be, and so much of it goes back or has gone.
    """

    is_over: bool
    taken: Decimal
    back: Decimal


def what_came_of(payment: Payment) -> CameOfIt | None:
    """Return what came of a payment, if seats were sold for it."""
    booking, state = payment.booking, Payment.State
    if booking is None:
        return None
    taken = payment.to_capture if payment.state == state.AUTHORISED else payment.captured
    gone = payment.refunds.exclude(state=Refund.State.FAILED).aggregate(sum=Sum("amount"))["sum"]
    owed = max(account_of(booking).due_back, Decimal(0))
    is_over = booking.cancelled_at is not None or payment.show.cancelled_at is not None
    return CameOfIt(is_over, taken, min(taken, (gone or Decimal(0)) + owed))


def unneeded_addresses(now: datetime) -> QuerySet[Payment]:
    """Return payments that ended without a booking and still name whom that was told to."""
    ended = Payment.objects.exclude(email="").filter(ended_at__lte=now - KEPT_FOR)
    return ended.order_by("pk")


def unneeded_clients(now: datetime) -> QuerySet[Payment]:
    """Return payments that say who began them, which nobody counts any more."""
    return Payment.objects.exclude(client="").filter(created_at__lte=now - KEPT_FOR)


def old_notices(now: datetime) -> QuerySet[Notice]:
    """Return notifications that nobody asks for any more."""
    return Notice.objects.filter(received_at__lte=now - NOTICES_KEPT_FOR).order_by("received_at")
