"""What becomes of a payment that was begun: the seats are sold, or nothing comes of it."""

from datetime import datetime, timedelta

from booking.buyers import Buyer
from booking.errors import HoldChanged, HoldEnded
from booking.models import Booking, Hold, Taking
from booking.selectors.holds import HOLD
from booking.services.holds import finding_holds
from booking.services.sales import book_paid_hold
from booking.services.takings import taking
from foundation.db.statements import Statement, run
from foundation.db.transactions import one_transaction
from foundation.errors import Refusal, TooMuchContention, refuses
from foundation.outbox.services import enqueue
from payments.models import BOOKED_ALREADY, Payment
from payments.providers import Seen, Status, Unreachable
from payments.providers.registry import provider
from payments.services.steps import (
    CANCEL,
    CAPTURE,
    FINISH,
    LOST,
    PAYMENT,
    enqueue_step,
    lock_payment,
    step,
    tell,
)

# For pages that are open, and programs that ask, the provider is asked no more often than this.
ASKED_EVERY = timedelta(seconds=4)
State = Payment.State
NOTHING_COMES = (Status.CANCELLED, Status.FAILED)


def finish(payment_id: int, *, now: datetime) -> None:
    """Ask the provider how far a payment is, and do what follows, however often it is asked.

    Raises Unreachable, and TooMuchContention.
    """
    payment = Payment.objects.get(pk=payment_id)
    if not payment.is_under_way:
        return
    try:
        seen = provider(payment.provider).look_up(payment)
    except Unreachable:
        note_not_known(payment_id=payment_id)
        raise
    conclude(payment_id, seen, now=now)


def conclude(payment_id: int, seen: Seen, *, now: datetime) -> None:
    """Do what follows from what the provider says of a payment under way."""
    if seen.status == Status.OPEN:
        note_open(payment_id=payment_id, now=now)
    elif seen.status in NOTHING_COMES:
        note_over(payment_id=payment_id, seen=seen, now=now)
    else:
        try:
            sell_paid(payment_id=payment_id, seen=seen, now=now)
        except TooMuchContention:
            raise
        except HoldEnded:
            lose(payment_id=payment_id, reason=BOOKED_ALREADY, now=now)
        except Refusal as refusal:
            lose(payment_id=payment_id, reason=refusal.detail, now=now)


@one_transaction
@refuses(book_paid_hold, HoldChanged)
def sell_paid(*, payment_id: int, seen: Seen, now: datetime) -> None:
    """Sell the seats that a promise of money is for, and note both, once.

    Refused, it leaves everything as it was. Locks the hold and the payment, then what
    `book_paid_hold` does.
    """
    hold = _lock_hold_of(payment_id)
    payment = lock_payment(payment_id)
    if not payment.is_under_way:
        return
    if payment.buyer == Buyer():
        raise HoldChanged("Whoever paid asked to be forgotten.")
    if hold is None or _of(hold) != _of(payment):
        raise HoldChanged("Your seats changed while you paid for them.")
    if payment.user_id is None and not payment.email:
        raise HoldChanged("The account that paid was deleted.")
    if max(seen.amount_authorised, seen.amount_captured) < payment.amount:
        raise HoldChanged("Less was paid than the seats cost.")

    def also(booking: Booking) -> list[Statement]:
        if booking.total != payment.amount:
            raise HoldChanged("The seats cost something else by now.")
        payment.state, payment.booking_id, payment.email = State.AUTHORISED, booking.pk, ""
        payment.reference = seen.reference or payment.reference
        payment.to_capture = payment.amount
        payment.authorised_at = payment.seen_at = now
        return [
            PAYMENT.update(payment),
            taking(booking, payment.amount, Taking.Method.ONLINE, now=now),
            step(CAPTURE, payment, now=now),
        ]

    book_paid_hold(
        hold_id=payment.hold_id, buyer=payment.buyer, now=now, terms=payment.terms, also=also
    )


@one_transaction
def lose(*, payment_id: int, reason: str, now: datetime) -> None:
    """Give up a payment whose seats can't be sold to whoever pays, and tell them. Locks it."""
    payment = lock_payment(payment_id)
    if payment.is_under_way:
        give_up(payment, reason, now=now)
        tell(LOST, payment, now=now)


def give_up(payment: Payment, reason: str, *, now: datetime) -> None:
    """Note that nothing is to come of a locked payment; a worker sees to it that nothing does."""
    payment.state, payment.reason, payment.ended_at = State.CANCELLED, reason[:200], now
    payment.save(update_fields=["state", "reason", "ended_at"])
    enqueue_step(CANCEL, payment, now=now)


@one_transaction
def cancel_payment(*, payment_id: int, now: datetime) -> Payment:
    """Give up a payment that the buyer does not want to make any more, if it is under way."""
    payment = lock_payment(payment_id)
    if payment.is_under_way:
        give_up(payment, "You cancelled the payment.", now=now)
    return payment


@one_transaction
def note_open(*, payment_id: int, now: datetime) -> None:
    """Note that nobody has paid yet; one that is overdue is given up. Locks the payment."""
    payment = lock_payment(payment_id)
    if not payment.is_under_way:
        return
    payment.seen_at = now
    # Without a page to pay on, nothing is known but that nobody has paid: it may be begun again.
    payment.state = State.STARTED
    payment.save(update_fields=["seen_at", "state"])
    if now >= payment.until:
        give_up(payment, "The time to pay was over.", now=now)


@one_transaction
def note_over(*, payment_id: int, seen: Seen, now: datetime) -> None:
    """Note that nothing can come of a payment: it was declined, or the buyer left. Locks it."""
    payment = lock_payment(payment_id)
    if payment.is_under_way:
        is_failed = seen.status == Status.FAILED
        payment.state = State.FAILED if is_failed else State.CANCELLED
        payment.reason = seen.reason[:200]
        payment.seen_at = payment.ended_at = payment.released_at = now
        payment.save(update_fields=["state", "reason", "seen_at", "ended_at", "released_at"])


@one_transaction
def note_not_known(*, payment_id: int) -> None:
    """Note that the provider could not say how far a payment is. Locks it."""
    payment = lock_payment(payment_id)
    if payment.is_under_way:
        payment.state = State.UNKNOWN
        payment.save(update_fields=["state"])


def release(payment_id: int, *, now: datetime) -> None:
    """Have the provider give up what nothing is to come of, until it says that it has.

    Raises Unreachable, and StillPromised where it has not.
    """
    payment = Payment.objects.get(pk=payment_id)
    is_failed = payment.state == State.FAILED and payment.released_at is None
    if payment.state != State.CANCELLED and not is_failed:
        return
    seen = provider(payment.provider).cancel(payment)
    if seen.status not in NOTHING_COMES:
        raise StillPromised(f"{payment} is {seen.status} at {payment.provider}")
    Payment.objects.filter(pk=payment_id, released_at=None).update(released_at=now)


class StillPromised(Exception):
    """A provider keeps what it was asked to give up; it is asked again."""


@one_transaction
def ask_how_far(*, payment_id: int, now: datetime, every: timedelta) -> bool:
    """Have a worker look a payment up, if it is under way and was not asked for a moment ago.

    Returns whether it will, since it was asked now.
    """
    asked = Payment.objects.filter(pk=payment_id, state__in=[State.STARTED, State.UNKNOWN])
    lately = asked.filter(asked_at__gt=now - every)
    if lately.exists() or not asked.update(asked_at=now):
        return False
    enqueue(FINISH, {"payment": payment_id, "once": True}, now=now)
    return True


def _lock_hold_of(payment_id: int) -> Hold | None:
    hold_id = Payment.objects.values_list("hold_id", flat=True).get(pk=payment_id)
    [rows] = run(finding_holds("id = %s", hold_id))
    return HOLD.instance(rows[0]) if rows else None


def _of(one: Hold | Payment) -> tuple[object, ...]:
    return sorted(one.seat_numbers), one.ticket_types
