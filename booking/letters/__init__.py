"""Letters to moviegoers: what they say, and to whom they go.

Each says what is true when it is sent. What is no longer worth telling by then is not sent: a
booking that was cancelled meanwhile has a letter of its own.
"""

import io
from collections.abc import Collection, Sequence
from datetime import datetime

import segno
from django.urls import reverse
from django.utils import timezone

from booking.buyers import Buyer
from booking.letters.calendar import calendar_entry
from booking.links import token_of
from booking.models import Booking, Ticket, WaitlistEntry
from booking.money_back import MoneyBack
from booking.rules import OFFER_TIME
from booking.selectors.bookings import bookings, tickets_of
from booking.selectors.refunds import account_with_money, refund_in_words
from booking.services import post
from foundation.instants import clock_time, milliseconds
from foundation.outbox.mail import Mail, send, url
from foundation.outbox.models import Message
from foundation.outbox.worker import handles


@handles(post.BOOKED)
def booked(message: Message) -> None:
    """Send the tickets of a booking."""
    booking = _booking(message)
    if booking is not None and _is_valid(booking):
        _send(message, booked_mail(booking, tickets_of(booking), _calendar(booking)))


@handles(post.CANCELLED)
def cancelled(message: Message) -> None:
    """Tell that a booking, or some tickets of it, were cancelled."""
    booking = _booking(message)
    if booking is not None:
        gone = _given_up(booking, message.payload["seats"])
        mail = cancelled_mail(
            booking, tickets_of(booking), gone, _calendar(booking), _money_back(message)
        )
        _send(message, mail)


@handles(post.EXCHANGED)
def exchanged(message: Message) -> None:
    """Send the new tickets of a booking."""
    booking = _booking(message)
    if booking is not None and _is_valid(booking):
        gone = _given_up(booking, message.payload["seats"])
        mail = exchanged_mail(booking, tickets_of(booking), gone, _calendar(booking))
        _send(message, mail)


@handles(post.CALLED_OFF)
def called_off(message: Message) -> None:
    """Tell that a show was called off, and the booking with it."""
    booking = _booking(message)
    if booking is not None:
        back = _money_back(message)
        _send(message, called_off_mail(booking, tickets_of(booking), _calendar(booking), back))


@handles(post.MOVED)
def moved(message: Message) -> None:
    """Tell where and when a show is by now, unless it has moved again since."""
    booking = _booking(message)
    if booking is None or not _is_valid(booking):
        return
    moved_at = booking.show.moved_at
    if moved_at is not None and milliseconds(moved_at) == message.payload["moved"]:
        _send(message, moved_mail(booking, tickets_of(booking), _calendar(booking)))


@handles(post.OFFERED)
def offered(message: Message) -> None:
    """Tell somebody who waited that their seat is held for them, while it is."""
    entries = WaitlistEntry.objects.select_related(
        "user", "show_seat__seat", "show_seat__show__movie", "show_seat__show__auditorium"
    )
    entry = entries.filter(pk=message.payload["entry"], offered_at__isnull=False).first()
    if entry is None or entry.offered_at is None:
        return
    to, until = Buyer(entry.user).address, entry.offered_at + OFFER_TIME
    if to and timezone.now() < until and not entry.show_seat.show.cancelled_at:
        send(offered_mail(entry, until, to), message)


def booked_mail(booking: Booking, tickets: Sequence[Ticket], calendar: str) -> Mail:
    return _mail(booking, tickets, calendar, title="Your tickets", said="Your seats are booked.")


def cancelled_mail(
    booking: Booking, tickets: Sequence[Ticket], gone: Sequence[str], calendar: str, back: str
) -> Mail:
    if booking.cancelled_at:
        said = f"Your booking is cancelled, and its tickets let nobody in any more. {back}"
        return _mail(booking, tickets, calendar, title="Cancelled", said=said)
    said = f"You gave back {_named(gone)}. {back} These are the tickets that you keep."
    return _mail(booking, tickets, calendar, title="Tickets given back", said=said)


def exchanged_mail(
    booking: Booking, tickets: Sequence[Ticket], gone: Sequence[str], calendar: str
) -> Mail:
    said = f"You exchanged {_named(gone)}. These are your tickets now; earlier ones are void."
    return _mail(booking, tickets, calendar, title="Your new tickets", said=said)


def called_off_mail(booking: Booking, tickets: Sequence[Ticket], calendar: str, back: str) -> Mail:
    said = f"We are sorry: this show is called off, and your booking with it. {back}"
    return _mail(booking, tickets, calendar, title="Called off", said=said)


def moved_mail(booking: Booking, tickets: Sequence[Ticket], calendar: str) -> Mail:
    said = (
        "This show has moved: here is when and where it is now. Your seats stay yours. If you "
        "can’t come, cancel free of charge until it starts."
    )
    return _mail(booking, tickets, calendar, title="Moved", said=said)


def offered_mail(entry: WaitlistEntry, until: datetime, to: str) -> Mail:
    seat, show = entry.show_seat.seat, entry.show_seat.show
    return Mail(
        to=to,
        subject=f"Seat {seat.label} is yours until {clock_time(until, seconds=True)}",
        template="offered",
        context={
            "seat": seat,
            "show": show,
            "until": clock_time(until, seconds=True),
            "url": url(reverse("show", args=[show.pk])),
        },
    )


def _mail(
    booking: Booking, tickets: Sequence[Ticket], calendar: str, *, title: str, said: str
) -> Mail:
    shown = [] if booking.cancelled_at else tickets
    return Mail(
        to=booking.buyer.address,
        subject=f"{title}: {booking.show.movie.title}",
        template="booking",
        context={
            "booking": booking,
            "show": booking.show,
            "tickets": tickets,
            "said": " ".join(said.split()),
            "account": account_with_money(booking) if shown else None,
            "url": url(page_of(booking)),
        },
        pictures={f"seat-{ticket.seat_number}": _qr(ticket.code) for ticket in shown},
        calendar=calendar,
    )


def _qr(code: str) -> bytes:
    picture = io.BytesIO()
    # Dark on white with a border, which readers want; large enough for a phone's screen.
    segno.make_qr(code).save(picture, kind="png", scale=6, border=4, dark="black", light="white")
    return picture.getvalue()


def _named(labels: Sequence[str]) -> str:
    return f"seat{'' if len(labels) == 1 else 's'} {', '.join(labels)}"


def _send(message: Message, mail: Mail) -> None:
    """Send it where there is an address still: the account may be erased by now."""
    if mail.to:
        send(mail, message)


def _booking(message: Message) -> Booking | None:
    return bookings().select_related("user").filter(pk=message.payload["booking"]).first()


def _money_back(message: Message) -> str:
    """Return what a cancellation says of the money."""
    return refund_in_words(MoneyBack.of_payload(message.payload.get("refund", {})))


def _is_valid(booking: Booking) -> bool:
    """Tell whether its tickets are good for a show that takes place."""
    return not booking.cancelled_at and not booking.show.cancelled_at


def _given_up(booking: Booking, seat_numbers: Collection[int]) -> list[str]:
    """Return the labels of these seats, which the booking once had."""
    gone = Ticket.objects.filter(booking=booking, seat_number__in=seat_numbers)
    seats = {ticket.seat_number: ticket.seat.label for ticket in gone.select_related("seat")}
    return [seats[seat_number] for seat_number in sorted(seats)]


def page_of(booking: Booking) -> str:
    """Return the path of a booking's page; a guest's is a secret."""
    if booking.user_id is None:
        return reverse("tickets", args=[token_of(booking.pk, booking.email)])
    return reverse("booking", args=[booking.reference])


def _calendar(booking: Booking) -> str:
    return calendar_entry(booking, url_of=url)
