"""How templates say money and days, and draw posters."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import segno
from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from booking.models import Booking, Movie
from booking.pages.posters import poster_of

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """Return an amount of euros for people, such as "€12.50"."""
    return f"€{amount:,.2f}"


@register.filter
def total(booking: Booking) -> Decimal:
    """Return what all tickets of the booking cost together."""
    return sum((ticket.price for ticket in booking.tickets.all()), Decimal(0))


@register.filter
def day(moment: datetime) -> str:
    """Return the day in words, in the cinema's time zone: "Today", "Sunday 22 November"."""
    local = timezone.localtime(moment)
    today = timezone.localdate()
    if local.date() == today:
        return "Today"
    if local.date() == today + timedelta(days=1):
        return "Tomorrow"
    return date_in_words(moment)


@register.filter
def date_in_words(moment: datetime) -> str:
    """Return the date in words, with the year where it is not this one."""
    local = timezone.localtime(moment)
    words = f"{local:%A} {local.day} {local:%B}"
    return words if local.year == timezone.localdate().year else f"{words} {local.year}"


@register.filter
def qr_code(text: str) -> SafeString:
    """Draw a QR code that says this, as SVG without a size or colours of its own."""
    code = segno.make_qr(text)
    # segno writes numbers and the class names given here, nothing of the text.
    return mark_safe(code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=2))  # noqa: S308


@register.inclusion_tag("pages/_poster.html")
def poster(movie: Movie) -> dict[str, Any]:
    """Draw a poster made of the movie's title."""
    return {"poster": poster_of(movie)}
