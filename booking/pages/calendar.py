"""Bookings as calendar entries."""

from datetime import UTC, datetime, timedelta

from booking.models import Booking

MAX_OCTETS = 75


def calendar_entry(booking: Booking, *, url: str) -> str:
    """Return an iCalendar file with the booked show (RFC 5545)."""
    show = booking.show
    seats = ", ".join(ticket.seat.label for ticket in booking.tickets.all())
    ends_at = show.starts_at + timedelta(minutes=show.movie.duration_minutes)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Front Row//Box office//EN",
        "BEGIN:VEVENT",
        f"UID:{booking.reference}@front-row",
        f"DTSTAMP:{_utc(booking.created_at)}",
        f"DTSTART:{_utc(show.starts_at)}",
        f"DTEND:{_utc(ends_at)}",
        f"SUMMARY:{_text(show.movie.title)}",
        f"LOCATION:{_text(show.auditorium.name)}",
        f"DESCRIPTION:{_text(f'Booking {booking.reference}, seats {seats}')}",
        f"URL:{url}",
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
