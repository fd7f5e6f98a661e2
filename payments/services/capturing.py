"""Taking the money that was promised, once its seats are sold."""

from datetime import datetime
from decimal import Decimal

from booking.models import Booking, Taking
from booking.selectors.money import account_of
from booking.services.takings import taking
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from payments.models import Payment
from payments.providers import Declined, Seen, Status
from payments.providers.registry import provider
from payments.services.finishing import give_up
from payments.services.refunding import note_money, settle_if_due
from payments.services.steps import CANCEL, LAPSED, enqueue_step, lock_booking_of, tell

State = Payment.State
NOTHING = Decimal(0)


def capture(payment_id: int, *, now: datetime) -> None:
    """Take what the tickets that are left cost, once. Raises Unreachable, to be called again.

    Where all of them were given back by now, the promise is given up. One that the provider won't
    keep has failed: the booking is to be paid at the door then, and the buyer is told.
    """
    payment = begin_capture(payment_id=payment_id, now=now)
    if payment.state != State.AUTHORISED:
        return
    own = provider(payment.provider)
    try:
        seen = own.capture(payment, payment.to_capture)
    except Declined as declined:
        seen = own.look_up(payment)
        if seen.status != Status.CAPTURED:
            fail_capture(payment_id=payment_id, reason=str(declined), now=now)
            return
    if seen.status == Status.CAPTURED:
        note_captured(payment_id=payment_id, seen=seen, now=now)
        if seen.dispute:
            note_money(payment_id=payment_id, seen=seen, now=now)
    else:
        fail_capture(payment_id=payment_id, reason=seen.reason, now=now)


@one_transaction
def begin_capture(*, payment_id: int, now: datetime) -> Payment:
    """Note that a payment is being captured: from then on its amount stays. Locks the booking."""
    payment = lock_booking_of(payment_id)
    if payment.state == State.AUTHORISED and payment.capturing_at is None:
        if payment.to_capture == 0:
            give_up(payment, "All tickets were given back.", now=now)
        else:
            payment.capturing_at = now
            payment.save(update_fields=["capturing_at"])
    return payment


@one_transaction
def note_captured(*, payment_id: int, seen: Seen, now: datetime) -> None:
    """Note what was taken. Locks the booking and the payment."""
    payment = lock_booking_of(payment_id)
    if payment.state != State.AUTHORISED or payment.booking is None:
        return
    payment.state, payment.captured = State.CAPTURED, seen.amount_captured
    payment.captured_at = payment.ended_at = now
    payment.save(update_fields=["state", "captured", "captured_at", "ended_at"])
    _correct(payment.booking, seen.amount_captured - payment.to_capture, now)
    settle_if_due(payment.booking, now=now)


@one_transaction
def fail_capture(*, payment_id: int, reason: str, now: datetime) -> None:
    """Note that a promise is not kept: the seats stay sold, and are to be paid at the door.

    Locks the booking and the payment.
    """
    payment = lock_booking_of(payment_id)
    if payment.state != State.AUTHORISED or payment.booking is None:
        return
    payment.state, payment.reason = State.FAILED, reason[:200]
    payment.ended_at = now
    payment.save(update_fields=["state", "reason", "ended_at"])
    # The provider may have the promise still.
    enqueue_step(CANCEL, payment, now=now)
    payment.booking.pays_online = False
    payment.booking.save(update_fields=["pays_online"])
    _correct(payment.booking, -payment.to_capture, now)
    _keep_what_is_paid(payment.booking)
    if payment.booking.cancelled_at is None:
        tell(LAPSED, payment, now=now)


def _keep_what_is_paid(booking: Booking) -> None:
    """Keep no more of a locked booking's cancelled tickets than was paid: nobody owes for going."""
    left = account_of(booking).paid
    for ticket in booking.tickets.filter(kept__gt=0).order_by("pk"):
        kept = min(ticket.kept, left)
        booking.tickets.filter(pk=ticket.pk).update(kept=kept)
        left -= kept


def _correct(booking: Booking, amount: Decimal, now: datetime) -> None:
    """Note that another amount came in than was promised."""
    if amount != NOTHING:
        run(taking(booking, amount, Taking.Method.ONLINE, now=now))
