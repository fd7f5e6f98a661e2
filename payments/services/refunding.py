"""Money that goes back, and what else becomes of money that was taken."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum

from booking.models import Booking, Taking
from booking.selectors.money import CENT, account_of
from booking.services.post import SETTLE
from booking.services.takings import lock_booking, taking
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from foundation.outbox.models import Message
from foundation.outbox.services import enqueue
from payments.errors import NotRefundable, RefundNotFound
from payments.models import Payment, Refund
from payments.providers import Declined, Dispute, RefundStatus, Seen, SeenRefund
from payments.providers.registry import provider
from payments.services.steps import (
    LOOK_UP_REFUND,
    REFUND,
    REFUND_DISPUTED,
    REFUND_FAILED,
    lock_booking_of,
    tell,
)

NOTHING = Decimal(0)
State = Refund.State
# What has gone back, or is on its way.
GOING_BACK = (State.ASKED, State.SENT, State.DONE)
# A bank takes days, and then some: a refund is looked up so long after it was sent, and again.
LOOKED_UP_AFTER = timedelta(hours=6)
# How a refund is known that was made where we were not asked.
OUTSIDE = "Refunded on the provider's site."
DISPUTE_LOST = "The buyer's bank took it back."


@one_transaction
def settle(*, booking_id: int, now: datetime) -> None:
    """Send back what a booking's buyer is owed of what they paid online, however often it is asked.

    Of a promise that nobody has begun to take, less will be taken; of what was taken, the rest is
    refunded. What is disputed stays, and the buyer is told why: their bank decides about it. Locks
    the booking, then its payments.
    """
    booking = lock_booking(booking_id)
    owed = -account_of(booking).due
    payments = Payment.objects.select_for_update(of=("self",), no_key=True)
    for payment in payments.filter(booking_id=booking.pk).order_by("pk"):
        if owed <= 0:
            return
        if payment.disputed_at is not None:
            tell(REFUND_DISPUTED, payment, now=now)
        back = min(owed, _can_go_back(payment))
        if back <= 0:
            continue
        if payment.state == Payment.State.AUTHORISED:
            payment.to_capture -= back
            payment.save(update_fields=["to_capture"])
        else:
            _ask(Refund(payment=payment, amount=back, asked_at=now), now)
        run(taking(booking, -back, Taking.Method.ONLINE, now=now))
        owed -= back


def settle_late(booking_id: int, *, now: datetime) -> None:
    """Settle a booking whose message was never written."""
    settle(booking_id=booking_id, now=now)


def settle_if_due(booking: Booking, *, now: datetime) -> None:
    """Have a locked booking's buyer sent back what they are owed by now, if anything."""
    if account_of(booking).due < 0:
        enqueue(SETTLE, {"booking": booking.pk}, now=now)


def refund(refund_id: int, *, now: datetime) -> None:
    """Have the provider send a refund. Raises Unreachable, to be called again."""
    asked = Refund.objects.select_related("payment").get(pk=refund_id)
    if asked.state != State.ASKED:
        return
    own, attempt = provider(asked.payment.provider), asked.attempts
    try:
        sent = own.refund(asked)
    except Declined as declined:
        failed = SeenRefund(RefundStatus.FAILED, reason=str(declined))
        seen = own.look_up(asked.payment)
        note_declined(refund_id=refund_id, attempt=attempt, failed=failed, seen=seen, now=now)
    else:
        note_refund(refund_id=refund_id, attempt=attempt, seen=sent, now=now)


def look_up_refund(refund_id: int, *, now: datetime) -> None:
    """Ask how far a refund is. Raises Unreachable."""
    sent = Refund.objects.select_related("payment").get(pk=refund_id)
    if sent.attempts and sent.state in (State.SENT, State.DONE):
        seen = provider(sent.payment.provider).look_up_refund(sent)
        note_refund(refund_id=refund_id, attempt=sent.attempts, seen=seen, now=now)


@one_transaction
def note_refund(*, refund_id: int, attempt: int, seen: SeenRefund, now: datetime) -> None:
    """Note how far an attempt at a refund is, and where it failed, that the money is still here.

    The tickets stay given back; staff see it on their list, and the buyer is told. Locks the
    booking, the payment and the refund.
    """
    found = _lock_refund(refund_id)
    if found.attempts != attempt or found.state == State.FAILED:
        return
    is_new = found.state == State.ASKED
    found.state, found.reason = State(seen.status.value), seen.reason[:200]
    found.reference = seen.reference or found.reference
    found.ended_at = None if found.state == State.SENT else now
    found.save(update_fields=["state", "reason", "reference", "ended_at"])
    booking = found.payment.booking
    if found.state == State.FAILED and booking is not None:
        run(taking(booking, found.amount, Taking.Method.ONLINE, now=now))
        tell(REFUND_FAILED, found.payment, now=now)
    elif (is_new or found.state == State.SENT) and not _is_to_be_looked_up(found):
        enqueue(LOOK_UP_REFUND, {"refund": found.pk}, now=now + LOOKED_UP_AFTER)


@one_transaction
def note_declined(
    *, refund_id: int, attempt: int, failed: SeenRefund, seen: Seen, now: datetime
) -> None:
    """Note that an attempt was declined, and what else went back: maybe the money has, by hand."""
    note_refund(refund_id=refund_id, attempt=attempt, seen=failed, now=now)
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    note_money(payment_id=payment_id, seen=seen, now=now)


@one_transaction
@refuses(RefundNotFound, NotRefundable)
def ask_again(*, refund_id: int, now: datetime) -> None:
    """Try once more to send a refund that failed, if it is owed still.

    Locks the booking, the payment and the refund.
    """
    found = _lock_refund(refund_id)
    payment, booking = found.payment, found.payment.booking
    if found.state != State.FAILED or booking is None:
        raise NotRefundable("This refund has not failed.")
    if payment.disputed_at is not None:
        raise NotRefundable("The buyer's bank disputes this payment, and decides about it.")
    if found.amount > min(_can_go_back(payment), -account_of(booking).due):
        raise NotRefundable("This is not owed to the buyer any more.")
    found.attempts += 1
    found.state, found.ended_at = State.ASKED, None
    _ask(found, now)
    run(taking(booking, -found.amount, Taking.Method.ONLINE, now=now))


@one_transaction
def note_money(*, payment_id: int, seen: Seen, now: datetime) -> None:
    """Note what became of captured money where we were not asked: refunded there, or disputed.

    However often and in whatever order it is told: what counts is what the provider says now. Locks
    the booking and the payment.
    """
    payment = lock_booking_of(payment_id)
    if payment.state != Payment.State.CAPTURED or payment.booking is None:
        return
    was_disputed = payment.disputed_at is not None
    is_disputed = seen.dispute in (Dispute.OPEN, Dispute.LOST)
    if is_disputed != was_disputed:
        payment.disputed_at = now if is_disputed else None
        payment.save(update_fields=["disputed_at"])
    for reference, amount in seen.outside.items():
        noted = _sum(payment.refunds.filter(attempts=0, reference=reference), GOING_BACK)
        _note_gone(payment, amount - noted, OUTSIDE, now, reference=reference)
    if seen.dispute == Dispute.LOST:
        _note_gone(payment, _can_be_lost(payment), DISPUTE_LOST, now)
    # Nothing else makes anything due: a refund that failed is for staff to ask again.
    if was_disputed and not is_disputed:
        settle_if_due(payment.booking, now=now)


def _note_gone(
    payment: Payment, amount: Decimal, reason: str, now: datetime, *, reference: str = ""
) -> None:
    """Note that so much has gone back, and no more than we have taken and not sent back."""
    amount = min(amount, _can_be_lost(payment))
    if amount <= 0 or payment.booking is None:
        return
    Refund.objects.create(
        payment=payment,
        amount=amount,
        state=State.DONE,
        reference=reference[:200],
        reason=reason,
        attempts=0,
        asked_at=now,
        ended_at=now,
    )
    run(taking(payment.booking, -amount, Taking.Method.ONLINE, now=now))


def _is_to_be_looked_up(found: Refund) -> bool:
    waiting = Message.objects.waiting().filter(kind=LOOK_UP_REFUND, attempts=0)
    return waiting.filter(payload__refund=found.pk).exists()


def _ask(asked: Refund, now: datetime) -> None:
    asked.save()
    enqueue(REFUND, {"refund": asked.pk}, now=now)


def _lock_refund(refund_id: int) -> Refund:
    """Lock a refund, after its booking and payment. Raises RefundNotFound."""
    known = Refund.objects.filter(pk=refund_id).first()
    if known is None:
        raise RefundNotFound
    payment = lock_booking_of(known.payment_id)
    found = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    found.payment = payment
    return found


def _can_go_back(payment: Payment) -> Decimal:
    """Return how much of a locked payment could be given back now."""
    if payment.disputed_at is not None:
        return NOTHING
    if payment.state == Payment.State.AUTHORISED:
        return payment.to_capture if payment.capturing_at is None else NOTHING
    return _can_be_lost(payment) if payment.state == Payment.State.CAPTURED else NOTHING


def _can_be_lost(payment: Payment) -> Decimal:
    return payment.captured - _sum(payment.refunds.all(), GOING_BACK)


def _sum(refunds: object, states: tuple[str, ...]) -> Decimal:
    found: Decimal | None = refunds.filter(state__in=states).aggregate(sum=Sum("amount"))["sum"]  # type: ignore[attr-defined]
    return (found or NOTHING).quantize(CENT)
