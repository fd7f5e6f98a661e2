"""What providers tell of their own accord."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from foundation.db.transactions import one_transaction
from foundation.outbox.services import enqueue
from payments.models import Notice, Payment, Refund
from payments.providers import Notification
from payments.providers.registry import provider
from payments.services.finishing import conclude
from payments.services.refunding import look_up_refund, note_money
from payments.services.steps import CANCEL, NOTICE, enqueue_step

# A notification may come before we have noted what it is about. After this time it is not ours:
# another site may share the account.
PATIENCE = timedelta(minutes=10)
LONGEST = 200

logger = logging.getLogger(__name__)


class NotOursYet(Exception):
    """No payment of ours has this name so far."""


def receive(*, way: str, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    """Store a notification, once, for a worker to handle. Raises BadSignature, KeyError."""
    told = provider(way).parse(body, headers)
    if told.is_live:
        store(way=way, told=told, now=now)
    else:
        logger.info("%s sent a notification of a test, %s: ignored", way, told.id[:LONGEST])


@one_transaction
def store(*, way: str, told: Notification, now: datetime) -> None:
    """Store a notification by its own id, unless it is there already."""
    notice, is_new = Notice.objects.get_or_create(
        provider=way,
        notice_id=told.id[:LONGEST],
        defaults={
            "kind": told.kind[:100],
            "payment_id": told.payment_id,
            "reference": told.reference[:LONGEST],
            "received_at": now,
        },
    )
    if is_new:
        enqueue(NOTICE, {"notice": notice.pk}, now=now)


def handle(notice_id: int, *, now: datetime) -> None:
    """Look up what a notification is about, and do what follows from what the provider says then.

    Raises NotOursYet and Unreachable, to be called again.
    """
    notice = Notice.objects.filter(pk=notice_id, handled_at=None).first()
    if notice is None:
        return
    payment = _payment_of(notice)
    if payment is not None:
        look_at(payment, now=now)
    elif now < notice.received_at + PATIENCE:
        raise NotOursYet(f"{notice} of {notice.provider} is about no payment of ours so far")
    else:
        logger.info("%s of %s is about no payment of ours", notice, notice.provider)
    Notice.objects.filter(pk=notice_id).update(handled_at=now)


def look_at(payment: Payment, *, now: datetime) -> None:
    """Ask the provider about a payment in any state, and do what follows. Raises Unreachable."""
    if payment.provider == "" or payment.state == Payment.State.FAILED:
        return
    if payment.state == Payment.State.CANCELLED:
        enqueue_step_again(payment_id=payment.pk, now=now)
        return
    seen = provider(payment.provider).look_up(payment)
    if payment.is_under_way:
        conclude(payment.pk, seen, now=now)
    else:
        note_money(payment_id=payment.pk, seen=seen, now=now)
        for one in payment.refunds.filter(state__in=[Refund.State.SENT, Refund.State.DONE]):
            look_up_refund(one.pk, now=now)


@one_transaction
def enqueue_step_again(*, payment_id: int, now: datetime) -> None:
    """Have a payment that was cancelled given up once more: a late success changes nothing."""
    enqueue_step(CANCEL, Payment(pk=payment_id), now=now)


def _payment_of(notice: Notice) -> Payment | None:
    """Return the payment that a notification names, by our id or else by the provider's name."""
    own = Payment.objects.filter(provider=notice.provider)
    if notice.payment_id is not None and (found := own.filter(pk=notice.payment_id).first()):
        return found
    return own.filter(reference=notice.reference).first() if notice.reference else None
