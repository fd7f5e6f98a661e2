"""The steps of payments that a worker takes, as messages of the outbox, and locks."""

from datetime import datetime

from booking.services.takings import lock_booking
from foundation.db.statements import Columns, Statement
from foundation.outbox.services import enqueue, enqueueing
from payments.errors import PaymentNotFound
from payments.models import Payment, Refund

FINISH = "payments.finish"
CANCEL = "payments.cancel"
CAPTURE = "payments.capture"
REFUND = "payments.refund"
LOOK_UP_REFUND = "payments.look_up_refund"
OBSERVE = "payments.observe"
NOTICE = "payments.notice"
RECONCILE = "payments.reconcile"
LOST = "mail.payment_lost"
LAPSED = "mail.payment_lapsed"
REFUND_FAILED = "mail.refund_failed"
REFUND_DISPUTED = "mail.refund_disputed"

PAYMENT, REFUND_ROW = Columns(Payment), Columns(Refund)


def step(kind: str, payment: Payment, *, now: datetime) -> Statement:
    """Return what enqueues a step of a payment; a `now` to come puts it off until then."""
    return enqueueing(kind, {"payment": payment.pk}, now=now)


def enqueue_step(kind: str, payment: Payment, *, now: datetime) -> None:
    enqueue(kind, {"payment": payment.pk}, now=now)


def tell(kind: str, payment: Payment, *, now: datetime) -> None:
    """Enqueue a letter to whoever pays, if they have an address."""
    buyer = payment.booking.buyer if payment.booking else payment.buyer
    if buyer.address:
        enqueue(kind, {"payment": payment.pk}, about=buyer.client, now=now)


def lock_payment(payment_id: int) -> Payment:
    """Lock a payment until the end of the operation. Raises PaymentNotFound.

    The hold is locked before it, and the booking, whichever of them is.
    """
    found = Payment.objects.select_for_update(of=("self",), no_key=True)
    payment = found.filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    return payment


def lock_booking_of(payment_id: int) -> Payment:
    """Lock the booking of a payment, if it has one, then the payment."""
    booking_id = Payment.objects.filter(pk=payment_id).values_list("booking_id", flat=True).first()
    if booking_id is not None:
        lock_booking(booking_id)
    return lock_payment(payment_id)
