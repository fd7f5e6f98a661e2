"""How templates say money and days, and draw posters."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import segno
from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from booking.models import Booking, Movie, Show
from booking.pages.posters import poster_of
from booking.prices import money, name_of, prices_in_words, vat_of
from booking.seating.kinds import ADULT
from booking.selectors import refunds
from booking.terms import terms_of
from foundation.instants import clock_time, milliseconds, moment_in_words
from foundation.web.idempotency import FORM_FIELD

register = template.Library()


@register.simple_tag
def intent() -> SafeString:
    """Return the field that names what a form is sent for, so that it can be sent again."""
    return format_html('<input type="hidden" name="{}" value="{}">', FORM_FIELD, uuid4())


register.filter(money)
register.filter("prices", prices_in_words)
register.filter("vat", vat_of)
register.filter("terms", terms_of)
register.filter("clock", clock_time)


@register.filter
def of_type(code: str, show: Show) -> str:
    """Return what follows the kind of a seat that is not an adult's: ", Child"."""
    return "" if code == ADULT else f", {name_of(show, code)}"


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
def what_comes_back(booking: Booking) -> str:
    """Return what a buyer has to know of the money before they cancel."""
    return refunds.what_comes_back(booking, timezone.now())


@register.simple_tag
def server_time() -> int:
    """Return the server's time in milliseconds, for scripts."""
    return milliseconds(timezone.now())


@register.simple_tag
def time_zone() -> str:
    """Return the name of the cinema's time zone, for scripts."""
    return settings.TIME_ZONE


@register.filter
def day_that_follows(moment: datetime) -> SafeString:
    """Return the day in words, which static/js/days.js keeps true on a page that stays open."""
    return format_html('<span data-day="{}">{}</span>', moment.isoformat(), day(moment))


@register.filter
def date_in_words(moment: datetime) -> str:
    """Return the date in words, with the year where it is not this one."""
    local = timezone.localtime(moment)
    words = f"{local:%A} {local.day} {local:%B}"
    return words if local.year == timezone.localdate().year else f"{words} {local.year}"


@register.filter
def to_the_second(moment: datetime) -> str:
    """Return day and time of day, such as "1 May 2030, 20:15:00"."""
    return moment_in_words(moment, seconds=True)


@register.filter
def numeral(number: int) -> str:
    """Return a number as people write a large one: "12,345"."""
    return f"{number:,}"


@register.filter
def width_taken(left: int, capacity: int) -> int:
    """Return how much of a picture that is 31 wide is taken; static/js/whats-on.js keeps it so.

    It is nothing, or all of it, only where that is so of the seats.
    """
    return min(30, -(-31 * (capacity - left) // capacity)) if left else 31


@register.filter
def qr_code(text: str) -> SafeString:
    """Draw a QR code that says this, as SVG without a size or colours of its own."""
    code = segno.make_qr(text)
    # segno writes numbers and the class names given here, nothing of the text.
    return mark_safe(code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=4))  # noqa: S308


@register.filter
def titled(movie: Movie) -> str:
    """Return the movie's title, or what a link to it says where it has none."""
    return movie.title.strip() or "Untitled film"


@register.inclusion_tag("pages/_poster.html")
def poster(movie: Movie) -> dict[str, Any]:
    """Draw a poster made of the movie's title."""
    return {"poster": poster_of(movie)}
