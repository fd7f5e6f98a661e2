"""How templates tell search engines, and programs that show a link, what a page is about."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from booking.models import Show
from booking.pages.linked_data import film_data, show_data
from booking.pages.programme import Film
from booking.templatetags.box_office import date_in_words
from foundation.instants import clock_time

register = template.Library()

# What could end the element or begin another; JSON has these letters in strings alone.
ESCAPES = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&"}


@register.simple_tag(takes_context=True)
def linked_film(context: dict[str, Any], film: Film) -> SafeString:
    """Return a block of data that says what the film and its next shows are."""
    return _block(film_data(context["request"], film.movie, film.shows))


@register.simple_tag(takes_context=True)
def linked_show(context: dict[str, Any], show: Show, available_seats: int) -> SafeString:
    """Return a block of data that says what the show is."""
    return _block(show_data(context["request"], show, available_seats))


def _block(data: dict[str, Any]) -> SafeString:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped)


@register.inclusion_tag("pages/_link_preview.html", takes_context=True)
def link_preview(
    context: dict[str, Any], path: str, title: str, description: str
) -> dict[str, Any]:
    """Name the page's one address, and say what a link to it is shown with elsewhere."""
    origin = context["request"].build_absolute_uri("/").rstrip("/")
    return {"origin": origin, "path": path, "title": title, "description": description}


@register.simple_tag
def show_in_words(show: Show) -> str:
    """Return when and where a show is."""
    when = f"{date_in_words(show.starts_at)}, {clock_time(show.starts_at)}"
    return f"{when} · {show.auditorium.name}"
