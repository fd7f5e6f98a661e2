"""Every mail with sample data, to look at: in debug mode alone."""

import base64
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking import letters
from booking.models import Auditorium, Booking, Movie, Seat, Show, ShowSeat, Ticket, WaitlistEntry
from booking.money_back import MoneyBack
from booking.selectors.refunds import refund_in_words
from cinema.accounts.letters import confirm_mail, reset_mail
from cinema.accounts.models import User
from foundation.outbox.mail import Mail
from payments import letters as money_letters
from payments.models import Payment

SOME_BACK = refund_in_words(MoneyBack(counter=Decimal("6.25"), kept=Decimal("6.25")))
ALL_BACK = refund_in_words(MoneyBack(online=Decimal(25)))
ADA = User(pk=1, username="ada", email="ada@example.org", confirmed_email="ada@example.org")


def _booking(*, is_cancelled: bool = False, is_guests: bool = False) -> Booking:
    """Return a booking that is nowhere but here."""
    now = timezone.now()
    show = Show(
        pk=1,
        movie=Movie(pk=1, title="Tom & Jerry’s <3", duration_minutes=100),
        auditorium=Auditorium(pk=1, name="Kino 1 “Lumière”"),
        starts_at=now + timedelta(days=2),
        price=Decimal("12.50"),
    )
    booking = Booking(pk=1, show=show, reference="K7MQ-4TXP", created_at=now)
    booking.user, booking.email = (None, ADA.email) if is_guests else (ADA, "")
    booking.cancelled_at = now if is_cancelled else None
    seats = [Seat(seat_number=n, row="F", position=n, kind="standard") for n in (11, 12)]
    booking.just_sold = [
        Ticket(
            pk=seat.seat_number,
            booking=booking,
            show=show,
            seat=seat,
            seat_number=seat.seat_number,
            price=show.price,
        )
        for seat in seats
    ]
    return booking


def _of_booking(
    write: Callable[..., Mail],
    *gone: list[str],
    is_cancelled: bool = False,
    is_guests: bool = False,
    back: str | None = None,
) -> Mail:
    booking = _booking(is_cancelled=is_cancelled, is_guests=is_guests)
    return write(booking, booking.just_sold, *gone, "", *([] if back is None else [back]))


def _offered() -> Mail:
    booking = _booking()
    seat = Seat(seat_number=12, row="F", position=12)
    entry = WaitlistEntry(pk=1, user=ADA, show_seat=ShowSeat(show=booking.show, seat=seat))
    return letters.offered_mail(entry, timezone.now() + timedelta(seconds=90), ADA.email)


def _of_payment(write: Callable[[Payment], Mail]) -> Mail:
    booking = _booking()
    payment = Payment(
        pk=1,
        show=booking.show,
        booking=booking,
        user=ADA,
        to_capture=Decimal("25.00"),
        reason="The hold expired and somebody else has F11 now.",
    )
    return write(payment)


MAILS: dict[str, Callable[[], Mail]] = {
    "booked": lambda: _of_booking(letters.booked_mail),
    "booked-by-a-guest": lambda: _of_booking(letters.booked_mail, is_guests=True),
    "exchanged": lambda: _of_booking(letters.exchanged_mail, ["C3", "C4"]),
    "some-given-back": lambda: _of_booking(letters.cancelled_mail, ["F13"], back=SOME_BACK),
    "cancelled": lambda: _of_booking(letters.cancelled_mail, [], is_cancelled=True, back=""),
    "called_off": lambda: _of_booking(letters.called_off_mail, is_cancelled=True, back=ALL_BACK),
    "moved": lambda: _of_booking(letters.moved_mail),
    "offered": _offered,
    "payment_lost": lambda: _of_payment(money_letters.lost_mail),
    "payment_lapsed": lambda: _of_payment(money_letters.lapsed_mail),
    "refund_disputed": lambda: _of_payment(money_letters.refund_disputed_mail),
    "refund_failed": lambda: _of_payment(money_letters.refund_failed_mail),
    "confirm": lambda: confirm_mail(ADA),
    "reset": lambda: reset_mail(ADA),
}


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """List the mails, each as text with a link to its HTML."""
    _in_debug_mode()
    written = {name: write() for name, write in MAILS.items()}
    shown = {name: (mail, mail.rendered("txt")) for name, mail in written.items()}
    return render(request, "pages/mails.html", {"mails": shown})


# Mails have their styles in attributes, and here their pictures, too.
@csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})  # type: ignore[arg-type]
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML of one."""
    _in_debug_mode()
    if name not in MAILS:
        raise Http404
    written = MAILS[name]()
    html = written.rendered("html")
    for cid, picture in written.pictures.items():
        html = html.replace(f"cid:{cid}", f"data:image/png;base64,{_base64(picture)}")
    return HttpResponse(html)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _in_debug_mode() -> None:
    if not settings.DEBUG:
        raise Http404
