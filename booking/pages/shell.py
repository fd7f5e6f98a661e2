"""Pages for strangers: rendered once, with gaps for what a change of the seat map changes."""

import json
import re
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.chain import SHORT
from booking.pages.catalogue import LANDING_TEMPLATE, SHOW_TEMPLATE, landing_context, show_context
from booking.pages.programme import (
    MOVIE_TEMPLATE,
    MOVIES_TEMPLATE,
    movie_context,
    movies_context,
)
from booking.selectors.seat_map import SeatStates
from foundation.instants import milliseconds
from foundation.web.gzipped import deflated, gzipped

# What stands in a rendered page for what is filled in: numbers that nobody can know beforehand.
GAPS = {
    name: secrets.randbelow(9 * 10**14) + 10**14
    for name in ("version", "digest", "states", "held", "available_seats", "server_time")
}
GAP = re.compile("|".join(map(str, GAPS.values())).encode())
NAMES = {str(number).encode(): name for name, number in GAPS.items()}


class Page(NamedTuple):
    """A page as it is sent; its `name` is the same for pages that differ by their time alone."""

    name: str
    plain: bytes
    gzipped: bytes


class Shell:
    """A page with gaps; its parts are compressed once.

    One with a seat map says of which show it is, and the `terms` that it shows.
    """

    def __init__(self, rendered: bytes, show_id: int | None = None, terms: str = "") -> None:
        self.show_id = show_id
        self.terms = terms
        self._parts = GAP.split(rendered)
        self._gaps = [NAMES[number] for number in GAP.findall(rendered)]
        self._deflated = [deflated(part) for part in self._parts]
        self._name = sha256(b"\0".join(self._parts)).hexdigest()[:SHORT]

    def filled(self, states: SeatStates | None, now: datetime) -> Page:
        """Return the page as it is now, with the seat map if it has one."""
        said, name = {"server_time": str(milliseconds(now))}, self._name
        if states is not None:
            said |= _said_of(states, now)
            name = f"{name}.{states.checkpoint.name}.{said['available_seats']}"
        values = {name: value.encode() for name, value in said.items()}
        small = {name: deflated(value, level=1) for name, value in values.items()}
        plain, packed = [self._parts[0]], [self._deflated[0]]
        following = zip(self._gaps, self._parts[1:], self._deflated[1:], strict=True)
        for gap, part, deflated_part in following:
            plain += (values[gap], part)
            packed += (small[gap], deflated_part)
        whole = b"".join(plain)
        return Page(name, whole, gzipped(packed, whole))


def show_shell(request: HttpRequest, show_id: int) -> Shell:
    """Render the page of a show for somebody who is a stranger. Raises ShowNotFound."""
    return _shell(request, SHOW_TEMPLATE, show_context(request, show_id, chosen=[]))


def landing_shell(request: HttpRequest) -> Shell:
    """Render the landing page for a stranger."""
    return _shell(request, LANDING_TEMPLATE, landing_context(request))


def movies_shell(request: HttpRequest) -> Shell:
    """Render the page of all films for a stranger."""
    return _shell(request, MOVIES_TEMPLATE, movies_context(request))


def movie_shell(request: HttpRequest, movie_id: int) -> Shell:
    """Render the page of a film for a stranger. Raises MovieNotFound."""
    return _shell(request, MOVIE_TEMPLATE, movie_context(request, movie_id))


def _shell(request: HttpRequest, template: str, context: dict[str, Any]) -> Shell:
    context["server_time"] = GAPS["server_time"]
    data = context.get("seat_map")
    if data is None:
        return Shell(render_to_string(template, context, request).encode())
    terms = data["show"]["terms"]
    data["show"] |= {"available_seats": GAPS["available_seats"]}
    data |= {name: GAPS[name] for name in ("version", "server_time")}
    data |= {name: str(GAPS[name]) for name in ("digest", "states")}
    data["held"] = [GAPS["held"]]
    rendered = render_to_string(template, context, request).encode()
    return Shell(rendered, context["show"].pk, terms)


def _said_of(states: SeatStates, now: datetime) -> dict[str, str]:
    return {
        "version": str(states.version),
        "digest": states.digest[:SHORT],
        "states": states.states,
        "held": json.dumps(states.held)[1:-1],
        "available_seats": str(states.count_available(now)),
    }
