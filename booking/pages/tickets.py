"""A guest's booking, behind the link that has been sent to the guest.

Nothing but its forms changes anything: what looks at links in mails opens them. The link is as good
as an account, so nobody keeps the page, nor finds it by a search, and what the link says stands in
no log (`cinema.logs`).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from booking.errors import BookingNotFound
from booking.pages import one_booking
from booking.pages.one_booking import Desk, booking_page, calendar_file
from booking.selectors.bookings import booking_behind

View = Callable[[HttpRequest, str], HttpResponse]


def for_whoever_has_the_link(show: Callable[[HttpRequest, Desk], HttpResponse]) -> View:
    """Let a view have the booking behind a link, and say of one that is no good what to do."""

    def view(request: HttpRequest, token: str) -> HttpResponse:
        try:
            found = booking_behind(token)
        except BookingNotFound:
            return render(request, "pages/no_tickets.html", status=404)
        desk = Desk(found, page=reverse("tickets", args=[token]), guest=found.email)
        response = show(request, desk)
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(view)


@require_safe
@for_whoever_has_the_link
def tickets(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the guest's booking."""
    return booking_page(request, desk)


@require_safe
@for_whoever_has_the_link
def calendar(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Give the guest's booking as a file for calendars."""
    return calendar_file(request, desk.booking)


@require_POST
@for_whoever_has_the_link
def cancel(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Cancel the guest's booking, or some of its tickets."""
    return one_booking.cancel(request, desk)


@require_POST
@for_whoever_has_the_link
def exchange(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Exchange seats of the guest's booking."""
    return one_booking.exchange(request, desk)
