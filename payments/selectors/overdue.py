"""What should have come to its end by now."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from booking.models import Booking
from booking.selectors.money import accounts_of
from payments.models import Payment, Refund

State = Payment.State
# Messages of the outbox take their steps sooner than this.
PATIENCE = timedelta(minutes=15)
# What a release left undone is found for so long.
LATELY = timedelta(days=7)


def overdue_payments(now: datetime) -> QuerySet[Payment]:
    """Return those under way whose time to pay is over."""
    return Payment.objects.filter(state__in=[State.STARTED, State.UNKNOWN], until__lte=now)


def unreleased_payments(now: datetime) -> QuerySet[Payment]:
    """Return those given up of which the provider has not said so."""
    over = Payment.objects.filter(state__in=[State.CANCELLED, State.FAILED])
    return over.filter(released_at=None, ended_at__lte=now - PATIENCE)


def overdue_promises(now: datetime) -> QuerySet[Payment]:
    """Return those whose money should have been taken."""
    return Payment.objects.filter(state=State.AUTHORISED, authorised_at__lte=now - PATIENCE)


def unsettled_bookings(now: datetime) -> list[Booking]:
    """Return those of which tickets were given back lately, and money did not go back.

    The release before sends none back. What has failed, or is disputed, is for staff.
    """
    lately = (now - LATELY, now - PATIENCE)
    given_back = Booking.objects.filter(
        payments__state=State.CAPTURED, tickets__cancelled_at__range=lately
    )
    for_staff = Payment.objects.filter(
        Q(disputed_at__isnull=False) | Q(refunds__state=Refund.State.FAILED)
    )
    found = list(given_back.exclude(payments__in=for_staff).distinct().order_by("pk"))
    accounts = accounts_of(found)
    return [booking for booking in found if accounts[booking.pk].due < 0]


def overdue_refunds(now: datetime, state: Refund.State) -> QuerySet[Refund]:
    """Return refunds that were asked for and stay in this state."""
    return Refund.objects.filter(state=state, asked_at__lte=now - PATIENCE)
