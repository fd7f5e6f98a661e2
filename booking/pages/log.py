"""The log of a show for people: what happened to its seats, entry by entry."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from booking.errors import ShowNotFound
from booking.models import SeatChange, State
from booking.pages.seat_map import drawing_data, picture
from booking.seating.house import House
from booking.selectors import catalogue, seat_map
from booking.selectors.log import LogPage, log_page_up_to
from booking.terms import facts_in_words
from foundation.instants import clock_time

ROWS = 25
# Of more seats that changed alike, the others are counted.
SEATS_NAMED = 12
# Scripts fetch so many entries at a time. Copies of maps are kept at multiples of it.
BLOCK = 250
WORDS: dict[str, str] = {
    State.AVAILABLE: "Free",
    State.HELD: "Held until",
    State.BOOKED: "Booked",
    State.BLOCKED: "Not on sale",
}
FACTS = "The show is now"


@dataclass(frozen=True)
class Row:
    """An entry for people: what became so, and of what, line by line."""

    version: int
    digest: str
    at: datetime | None
    lines: list[tuple[str, str]]


@require_safe
@cache_control(private=True, no_store=True)
def log(request: HttpRequest, show_id: int) -> HttpResponse:
    """Show the seat map at each version, and what the entries up to one say."""
    asked = re.fullmatch(r"[0-9]{1,18}", request.GET.get("at", ""))
    end = int(asked[0]) if asked else None
    try:
        show = catalogue.show_uncounted(show_id)
        page = log_page_up_to(show_id, end=end, limit=ROWS)
    except ShowNotFound as error:
        raise Http404 from error
    house = seat_map.layout(show.auditorium)
    rows = [_row(entry, house) for entry in reversed(page.entries)]
    data = drawing_data(show) | {
        "version": page.end,
        "head": page.head.version,
        "seats_url": reverse("api:seats", args=[show.pk]),
        "log_url": reverse("api:changes", args=[show.pk]),
        "block": BLOCK,
        "words": WORDS | {"facts": FACTS},
        "seats_named": SEATS_NAMED,
    }
    context = {
        "show": show,
        "log": data,
        "picture": picture(show.auditorium),
        "current": rows[0] if rows else _nothing(page),
        "head": page.head.version,
        "rows": rows,
        "older": page.after or None,
        "newer": None if page.is_last else min(page.end + ROWS, page.head.version),
    }
    return render(request, "pages/log.html", context)


def _nothing(page: LogPage) -> Row:
    return Row(0, page.seat_map.genesis, None, [])


def _row(entry: SeatChange, house: House) -> Row:
    alike: dict[str, list[str]] = {}
    for seat_number, letter, *until in entry.changes:
        ends = [clock_time(_moment(at), seconds=True) for at in until]
        what = " ".join([WORDS.get(letter, letter), *ends])
        alike.setdefault(what, []).append(house.seats[seat_number - 1].label)
    lines = [(what, _names(labels)) for what, labels in alike.items()]
    if entry.facts:
        lines.append((FACTS, facts_in_words(entry.facts["now"])))
    return Row(entry.version, entry.digest, entry.at, lines)


def _names(labels: list[str]) -> str:
    more = len(labels) - SEATS_NAMED
    named = ", ".join(labels[:SEATS_NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _moment(at: Any) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
