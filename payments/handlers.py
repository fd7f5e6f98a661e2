"""What a worker does about payments: each step of `payments.services.steps`."""

from django.utils import timezone

from booking.services.post import SETTLE
from foundation.outbox.models import Message
from foundation.outbox.worker import handles
from payments.providers import Unreachable
from payments.services import finishing, notices, refunding
from payments.services.capturing import capture
from payments.services.reconciling import reconcile_by_the_way
from payments.services.starting import begin_again
from payments.services.steps import (
    CANCEL,
    CAPTURE,
    FINISH,
    LOOK_UP_REFUND,
    NOTICE,
    RECONCILE,
    REFUND,
)


@handles(FINISH, is_urgent=True)
def finish(message: Message) -> None:
    """See how far a payment is; where its provider never began it, begin it once more.

    For a page that is open it is done once: the page asks again.
    """
    now, payment_id = timezone.now(), message.payload["payment"]
    try:
        finishing.finish(payment_id, now=now)
        begin_again(payment_id, now=now)
    except Unreachable:
        if not message.payload.get("once"):
            raise


@handles(CANCEL, is_urgent=True)
def cancel(message: Message) -> None:
    """Give up what was promised."""
    finishing.release(message.payload["payment"], now=timezone.now())


@handles(CAPTURE, is_urgent=True)
def take(message: Message) -> None:
    """Take what was promised."""
    capture(message.payload["payment"], now=timezone.now())


@handles(SETTLE)
def settle(message: Message) -> None:
    """Send back what is owed to a buyer."""
    refunding.settle(booking_id=message.payload["booking"], now=timezone.now())


@handles(REFUND)
def refund(message: Message) -> None:
    """Have a refund sent."""
    refunding.refund(message.payload["refund"], now=timezone.now())


@handles(LOOK_UP_REFUND)
def look_up_refund(message: Message) -> None:
    """See how far a refund is."""
    refunding.look_up_refund(message.payload["refund"], now=timezone.now())


@handles(NOTICE, is_urgent=True)
def handle_notice(message: Message) -> None:
    """See to what a provider told."""
    notices.handle(message.payload["notice"], now=timezone.now())


@handles(RECONCILE)
def reconcile(message: Message) -> None:
    """Ask about all that is overdue."""
    reconcile_by_the_way(now=timezone.now())
