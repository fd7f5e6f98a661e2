"""The page of one booking, and what can be done there: by an account, or behind a guest's link."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from booking.letters.calendar import calendar_entry
from booking.models import Booking, State
from booking.money_back import MoneyBack
from booking.pages.catalogue import OTHER_TIMES
from booking.pages.chosen import seat_numbers_in
from booking.rules import MINUTE
from booking.selectors import bookings as booking_selectors
from booking.selectors import catalogue, seat_map
from booking.selectors.money import account_of
from booking.selectors.refunds import refund_in_words
from booking.services import amendments
from booking.terms import TermsChanged
from foundation.errors import Refusal
from foundation.idempotency.services import idempotent
from foundation.web.idempotency import sending_of_form
from foundation.web.problems import problem_of

# For so long the page of a booking says that it was made. To keep that as a message until the page
# is asked for would write the session, at a time when everybody books, and one for each guest.
NEW_FOR = MINUTE


@dataclass(frozen=True)
class Desk:
    """A booking, the path of its page, and whose it is: a user's, or a guest's by the address."""

    booking: Booking
    page: str
    user: AbstractBaseUser | None = None
    guest: str = ""

    @property
    def owner(self) -> dict[str, Any]:
        """Whose it is, as services take it."""
        return {"user": self.user, "guest": self.guest}


def booking_page(
    request: HttpRequest,
    desk: Desk,
    *,
    agreement: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the booking."""
    now, found = timezone.now(), desk.booking
    is_on = not found.cancelled_at and not found.show.cancelled_at
    changeable = now < found.show.starts_at and is_on
    context = {
        "booking": found,
        "desk": desk,
        "is_over": now >= found.show.film_ends_at,
        "is_valid": is_on and now < found.show.film_ends_at,
        "other_times": catalogue.other_times(found.show, now=now, limit=OTHER_TIMES)
        if found.show.cancelled_at
        else None,
        "changeable": changeable,
        "is_new": is_on and now < found.created_at + NEW_FOR,
        "free_seats": seat_map.free_seats(found.show_id, now) if changeable else [],
        "agreement": agreement,
        "receipt": _receipt(found),
        "account": account_of(found),
    }
    return render(request, "pages/booking.html", context, status=status)


def _receipt(found: Booking) -> dict[str, object] | None:
    """Return the entry of the log that a booking stands under, and which of its seats it sold."""
    entry = booking_selectors.newest_entry_of(found)
    if entry is None:
        return None
    sold = {number for number, letter, *_ in entry.changes if letter == State.BOOKED}
    tickets = [ticket for ticket in found.tickets.all() if ticket.seat_number in sold]
    return {
        "entry": entry,
        "letter": State.BOOKED.value,
        "seats": [ticket.seat_number for ticket in tickets],
        "labels": [ticket.seat.label for ticket in tickets],
    }


def calendar_file(request: HttpRequest, found: Booking) -> HttpResponse:
    """Give the booking as a file for calendars."""
    entry = calendar_entry(found, url_of=request.build_absolute_uri)
    return HttpResponse(
        entry,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.reference}.ics"'},
    )


def cancel(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Cancel the booking, or some of its tickets, and show what came of it."""
    found, now = desk.booking, timezone.now()
    # All of them where the form has nothing to tick.
    ticked = seat_numbers_in(request.POST.getlist("seats")) if "some" in request.POST else None

    def perform() -> Booking:
        return amendments.cancel_booking(
            booking_id=found.pk, now=now, seat_numbers=ticked, **desk.owner
        )

    try:
        sent = idempotent(sending_of_form(request), perform=perform, answer=answer_of, now=now)
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        if sent.performed:
            messages.success(request, _cancelled(found, sent.performed))
    return redirect(desk.page)


def exchange(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Exchange seats of the booking, and show what came of it."""
    give = seat_numbers_in(request.POST.getlist("give"))
    take = seat_numbers_in(request.POST.getlist("take"))
    now = timezone.now()

    def perform() -> Booking:
        return amendments.exchange_seats(
            booking_id=desk.booking.pk,
            give=give,
            take=take,
            now=now,
            terms=request.POST.get("terms"),
            **desk.owner,
        )

    try:
        sent = idempotent(sending_of_form(request), perform=perform, answer=answer_of, now=now)
    except TermsChanged as refusal:
        agreement: dict[str, object] = {
            "refusal": refusal,
            "action": request.path,
            "fields": [("give", ",".join(map(str, give))), ("take", ",".join(map(str, take)))],
            "label": "Agree and exchange",
            "done": "exchanged",
        }
        status = problem_of(refusal).status
        return booking_page(request, desk, agreement=agreement, status=status)
    except Refusal as error:
        messages.error(request, error.detail)
    else:
        if sent.performed:
            messages.success(request, "Your seats are exchanged. The reference stays the same.")
    return redirect(desk.page)


def answer_of(booking: Booking) -> dict[str, str]:
    """Return what is stored of a form's answer."""
    return {"reference": booking.reference}


def _cancelled(before: Booking, left: Booking) -> str:
    """Return the sentence that says which seats of a booking were given back just now."""
    back = refund_in_words(left.money_back or MoneyBack())
    if left.cancelled_at:
        return f"Booking {left.reference} is cancelled. Its seats are free. {back}".rstrip()
    kept = {ticket.seat_number for ticket in booking_selectors.tickets_of(left)}
    labels = [t.seat.label for t in before.tickets.all() if t.seat_number not in kept]
    free = f"Cancelled and free again: {', '.join(labels)}. Your other seats are still yours."
    return f"{free} {back}".rstrip()
