"""How templates say money and days, and draw posters."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

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


@register.inclusion_tag("pages/_poster.html")
def poster(movie: Movie) -> dict[str, Any]:
    """Draw a poster made of the movie's title."""
    return {"poster": poster_of(movie)}
