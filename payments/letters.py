"""Letters about payments that did not go as whoever pays was told."""

from django.urls import reverse

from booking.buyers import Buyer
from booking.letters import page_of
from booking.prices import money
from foundation.outbox.mail import Mail, send, url
from foundation.outbox.models import Message
from foundation.outbox.worker import handles
from payments.models import Payment
from payments.services.steps import LAPSED, LOST, REFUND_DISPUTED, REFUND_FAILED

NOTHING_CHARGED = "So nothing was charged: what your bank had set aside is given back."


@handles(LOST)
def lost(message: Message) -> None:
    """Tell that seats could not be sold to whoever paid for them, and cost nothing."""
    _send(message, lost_mail(_payment(message)))


@handles(LAPSED)
def lapsed(message: Message) -> None:
    """Tell that the money could not be taken, so that the seats are to be paid at the door."""
    _send(message, lapsed_mail(_payment(message)))


@handles(REFUND_FAILED)
def refund_failed(message: Message) -> None:
    """Tell that money which was on its way back did not arrive."""
    _send(message, refund_failed_mail(_payment(message)))


@handles(REFUND_DISPUTED)
def refund_disputed(message: Message) -> None:
    """Tell why nothing is sent back of a payment that is disputed."""
    _send(message, refund_disputed_mail(_payment(message)))


def lost_mail(payment: Payment) -> Mail:
    if payment.is_booked_already:
        said = f"{payment.reason} Your payment was not needed. {NOTHING_CHARGED}"
        return _mail(payment, payment.buyer, "Your seats are booked, and nothing charged", said)
    said = f"Your seats could not be booked. {payment.reason} {NOTHING_CHARGED}"
    return _mail(payment, payment.buyer, "No seats, and nothing charged", said)


def lapsed_mail(payment: Payment) -> Mail:
    said = (
        f"The payment of {money(payment.to_capture)} did not go through, so nothing was charged. "
        "Your seats stay yours: please pay at the box office before the film."
    )
    return _mail(payment, _buyer(payment), "Please pay at the box office", said)


def refund_failed_mail(payment: Payment) -> Mail:
    said = (
        "The money that we sent back to you did not arrive. Your tickets stay given back, and you "
        "need do nothing: the box office sees to it. Ask there if it takes long."
    )
    return _mail(payment, _buyer(payment), "Your refund is delayed", said)


def refund_disputed_mail(payment: Payment) -> Mail:
    said = (
        "Your tickets are given back. Your bank disputes the payment for them, as it was asked to, "
        "so the bank decides about the money: nothing is sent back by us meanwhile."
    )
    return _mail(payment, _buyer(payment), "Your bank decides about your refund", said)


def _mail(payment: Payment, to: Buyer, title: str, said: str) -> Mail:
    show, booking = payment.show, payment.booking
    return Mail(
        to=to.address,
        subject=f"{title}: {show.movie.title}",
        template="payment",
        context={
            "said": said,
            "show": show,
            "reference": booking.reference if booking else "",
            "url": url(page_of(booking) if booking else reverse("show", args=[show.pk])),
            "why": "you booked tickets" if booking else "you began to pay for tickets",
        },
    )


def _buyer(payment: Payment) -> Buyer:
    return payment.booking.buyer if payment.booking else payment.buyer


def _payment(message: Message) -> Payment:
    found = Payment.objects.select_related(
        "user", "booking__user", "show__movie", "show__auditorium"
    )
    return found.get(pk=message.payload["payment"])


def _send(message: Message, mail: Mail) -> None:
    """Send it where there is an address still: the buyer may be erased by now."""
    if mail.to:
        send(mail, message)
