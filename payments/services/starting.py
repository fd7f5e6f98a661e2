"""Beginning to pay for the seats of a hold."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings

from booking.buyers import Buyer
from booking.errors import HoldEnded, HoldExpired
from booking.models import Booking, Hold, Show
from booking.prices import money
from booking.rules import PAYMENTS_COUNTED_FOR, PAYMENTS_LEFT
from booking.services.paying import (
    Payable,
    WhichHold,
    keep_for_payment,
    lock_hold_to_pay,
    payable,
    paying_until,
)
from booking.services.sales import book_paid_hold
from foundation.db.locks import lock
from foundation.db.statements import Statement
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from payments.addresses import BACK, page_url
from payments.errors import (
    AmountTooSmall,
    NoBuyer,
    NothingToPay,
    TooManyPayments,
    WayNotOffered,
)
from payments.models import Payment
from payments.providers import Declined, Started, Unreachable
from payments.providers.registry import offered_provider, provider
from payments.services.finishing import give_up, note_not_known
from payments.services.reconciling import reconcile_later
from payments.services.steps import FINISH, PAYMENT, enqueue_step, lock_payment, step

State = Payment.State
LIVE = (State.STARTED, State.UNKNOWN, State.AUTHORISED, State.CAPTURED)
UNDER_WAY = (State.STARTED, State.UNKNOWN)


@refuses(NoBuyer, WayNotOffered)
def start_payment(
    which: WhichHold, *, way: str, buyer: Buyer, client: str, now: datetime
) -> Payment:
    """Begin to pay for a hold in this way; the payment has the page to pay on, if there is one.

    Asked again, also at the same time, it returns the same payment. The provider is asked outside
    of any transaction; where its answer is lost, the payment is UNKNOWN until a worker has looked
    it up. A total of 0 is booked at once for an account; a guest books such seats instead.
    """
    least = offered_provider(way).least
    if not buyer.address and buyer.user is None:
        raise NoBuyer
    payment = open_payment(which, way=way, least=least, buyer=buyer, client=client, now=now)
    if payment.state == State.STARTED and not payment.url:
        return ask_to_start(payment, now=now)
    return payment


@one_transaction
@refuses(
    *(lock_hold_to_pay, payable, HoldEnded, HoldExpired),
    *(WayNotOffered, NothingToPay, AmountTooSmall, TooManyPayments),
)
def open_payment(
    which: WhichHold, *, way: str, least: Decimal, buyer: Buyer, client: str, now: datetime
) -> Payment:
    """Note that somebody begins to pay, and keep the seats for it; or return what is under way.

    Locks the hold, the client, its payment, the buyer and the seats, then the seat map's version;
    logs one change and publishes it after the commit.
    """
    hold = lock_hold_to_pay(which, buyer.user)
    show = Show.objects.get(pk=hold.show_id)
    if not show.is_listed:
        raise WayNotOffered("Nobody pays for this show.")
    before = Payment.objects.filter(hold_id=hold.pk, state__in=LIVE).first()
    is_on = show.cancelled_at is None and now < show.starts_at
    wanted = _wanted(hold, which, way, buyer)
    if before and (not before.is_under_way or (is_on and _goes_on(before, wanted, now))):
        return before
    if hold.ended_at is not None:
        raise HoldEnded
    lock(f"payments of {client}")
    _check_left(client, now)
    if before:
        give_up(before, "You began to pay anew.", now=now)
    found = payable(hold, buyer, now, terms=which.terms)
    until = paying_until(hold, now)
    if until <= now:
        raise HoldExpired
    payment = _payment(found, way, buyer, client, now, until)
    if found.total == 0:
        if buyer.user is None:  # bookings of guests are counted
            raise NothingToPay
        return _book_free(payment, buyer, now)
    if found.total < least:
        raise AmountTooSmall(
            f"{money(found.total)} is too little to be paid this way: {money(least)} is the least. "
            "Please pay at the box office."
        )
    overdue = step(FINISH, payment, now=until)
    keep_for_payment(found, until=until, now=now, first=[PAYMENT.insertion(payment), overdue])
    return payment


def ask_to_start(payment: Payment, *, now: datetime) -> Payment:
    """Ask the provider to begin a payment, and note what it says, or that nobody knows."""
    try:
        return begin(payment, now=now)
    except Unreachable:
        return note_unknown(payment_id=payment.pk, now=now)


def begin_again(payment_id: int, *, now: datetime) -> None:
    """Begin a payment whose provider has not heard of it. Raises Unreachable, to be called again.

    It is to be looked up before that.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == State.STARTED and not payment.url:
        try:
            begin(payment, now=now)
        except Unreachable:
            note_not_known(payment_id=payment_id)
            raise


def begin(payment: Payment, *, now: datetime) -> Payment:
    """Ask the provider to begin a payment, and note what it says. Raises Unreachable."""
    url = f"{page_url(payment)}?{BACK}"
    try:
        started = provider(payment.provider).start(payment, success_url=url, cancel_url=url)
    except Declined as declined:
        return note_declined(payment_id=payment.pk, reason=str(declined), now=now)
    reconcile_later(now=now)
    return note_started(payment_id=payment.pk, started=started)


@one_transaction
def note_started(*, payment_id: int, started: Started) -> Payment:
    """Note where a payment can be made. Locks it."""
    payment = lock_payment(payment_id)
    if payment.is_under_way and not payment.url:
        payment.reference, payment.url = started.reference, started.url
        payment.state = State.STARTED
        payment.save(update_fields=["reference", "url", "state"])
    return payment


@one_transaction
def note_unknown(*, payment_id: int, now: datetime) -> Payment:
    """Note that nobody knows how far a payment is, and have it looked up. Locks it."""
    payment = lock_payment(payment_id)
    if payment.state == State.STARTED and not payment.url:
        payment.state = State.UNKNOWN
        payment.save(update_fields=["state"])
        enqueue_step(FINISH, payment, now=now)
    return payment


@one_transaction
def note_declined(*, payment_id: int, reason: str, now: datetime) -> Payment:
    """Note that the provider won't take this payment. Locks it."""
    payment = lock_payment(payment_id)
    if payment.is_under_way:
        payment.state, payment.reason = State.FAILED, reason[:200]
        payment.ended_at = payment.released_at = now
        payment.save(update_fields=["state", "reason", "ended_at", "released_at"])
    return payment


def _goes_on(before: Payment, wanted: tuple[object, ...], now: datetime) -> bool:
    """Tell whether a payment that is under way is the one that is asked for.

    One that nobody knows of may be paid already: nothing else is begun before that is known.
    """
    if before.state == State.UNKNOWN:
        return True
    had = (before.seat_numbers, before.ticket_types, before.terms, before.provider)
    return wanted == (*had, before.user_id, before.email) and before.until > now


def _wanted(hold: Hold, which: WhichHold, way: str, buyer: Buyer) -> tuple[object, ...]:
    """Return what is to be paid, in which way, and who gets the tickets."""
    terms = hold.terms if which.terms is None else which.terms
    return (hold.seat_numbers, hold.ticket_types, terms, way, *_payer(buyer))


def _payer(buyer: Buyer) -> tuple[int | None, str]:
    return (None, buyer.email) if buyer.user is None else (buyer.user.pk, "")


@refuses(TooManyPayments)
def _check_left(client: str, now: datetime) -> None:
    since = now - PAYMENTS_COUNTED_FOR
    left = Payment.objects.filter(client=client, created_at__gt=since, authorised_at=None)
    if left.count() >= PAYMENTS_LEFT:
        raise TooManyPayments


def _payment(
    found: Payable, way: str, buyer: Buyer, client: str, now: datetime, until: datetime
) -> Payment:
    user_id, email = _payer(buyer)
    return Payment(
        provider=way,
        amount=found.total,
        currency=settings.CURRENCY,
        show=found.show,
        hold_id=found.hold.pk,
        seat_numbers=found.hold.seat_numbers,
        ticket_types=found.hold.ticket_types,
        terms=found.hold.terms,
        user_id=user_id,
        email=email,
        client=client,
        created_at=now,
        until=until,
    )


def _book_free(payment: Payment, buyer: Buyer, now: datetime) -> Payment:
    """Sell what costs nothing: there is nobody to ask."""
    payment.provider, payment.state = "", State.CAPTURED
    payment.authorised_at = payment.captured_at = payment.ended_at = now

    def also(booking: Booking) -> list[Statement]:
        payment.booking = booking
        payment.email = ""
        return [PAYMENT.insertion(payment)]

    book_paid_hold(hold_id=payment.hold_id, buyer=buyer, now=now, terms=payment.terms, also=also)
    return payment
