"""Bookings as calendar entries."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.urls import reverse

from booking.models import Booking
from booking.selectors.bookings import receipt_of, revisions_of

MAX_OCTETS = 75


def calendar_entry(booking: Booking, *, url_of: Callable[[str], str]) -> str:
    """Return an iCalendar entry (RFC 5545) of the booked show, which replaces any older one.

    With it the buyer keeps the digest of the entry of the show's log that the booking stands under.
    `url_of` returns the address of a path of the site. People share calendars: a guest's entry
    leads to the show, and not to the page that nobody else may see.
    """
    show = booking.show
    revisions, revised_at = revisions_of(booking)
    seats = ", ".join(ticket.seat.label for ticket in booking.tickets.all())
    about = f"Booking {booking.reference}, seats {seats}."
    if receipt := receipt_of(booking):
        log = reverse("log", args=[show.pk])
        where = f"Entry {receipt.version} of this show's log, {receipt.digest}"
        about += f" {where}: {url_of(log)}?at={receipt.version}"
    ends_at = show.film_ends_at
    page = reverse("booking", args=[booking.reference])
    if booking.user_id is None:
        page = reverse("show", args=[show.pk])
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Front Row//Box office//EN",
        "BEGIN:VEVENT",
        f"UID:{booking.reference}@front-row",
        f"SEQUENCE:{revisions}",
        f"DTSTAMP:{_utc(revised_at)}",
        f"STATUS:{'CANCELLED' if booking.cancelled_at or show.cancelled_at else 'CONFIRMED'}",
        f"DTSTART:{_utc(show.starts_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SUMMARY:{_text(show.movie.title)}",
        f"LOCATION:{_text(show.auditorium.name)}",
        f"DESCRIPTION:{_text(about)}",
        f"URL:{url_of(page)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Return the text escaped after section 3.3.11."""
    for special in ("\\", ";", ","):
        value = value.replace(special, f"\\{special}")
    return " ".join(value.splitlines())


def _folded(line: str) -> str:
    """Return the line folded after section 3.1: no part is longer than 75 octets."""
    parts = [""]
    for character in line:
        if len((parts[-1] + character).encode()) > MAX_OCTETS:
            parts.append(" ")
        parts[-1] += character
    return "\r\n".join(parts)
