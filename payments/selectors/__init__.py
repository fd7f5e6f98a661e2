"""What is known of payments."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from foundation.db.purge import KEPT_FOR
from foundation.errors import refuses
from payments.errors import PaymentNotFound
from payments.models import Notice, Payment

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


def unneeded_addresses(now: datetime) -> QuerySet[Payment]:
    """Return payments that ended without a booking and still name whom that was told to."""
    ended = Payment.objects.exclude(email="").filter(ended_at__lte=now - KEPT_FOR)
    return ended.order_by("pk")


def old_notices(now: datetime) -> QuerySet[Notice]:
    """Return notifications that nobody asks for any more."""
    return Notice.objects.filter(received_at__lte=now - NOTICES_KEPT_FOR).order_by("received_at")
