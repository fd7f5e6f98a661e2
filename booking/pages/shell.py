"""A show's page for strangers: rendered once, with gaps for what a change of the map changes."""

import json
import re
import secrets
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from django.http import HttpRequest
from django.template.loader import render_to_string

from booking.chain import SHORT
from booking.pages.catalogue import SHOW_TEMPLATE, show_context
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
    """A page with gaps; its parts are compressed once."""

    def __init__(self, rendered: bytes) -> None:
        self._parts = GAP.split(rendered)
        self._gaps = [NAMES[number] for number in GAP.findall(rendered)]
        self._deflated = [deflated(part) for part in self._parts]
        self._name = sha256(b"\0".join(self._parts)).hexdigest()[:SHORT]

    def filled(self, states: SeatStates, now: datetime) -> Page:
        """Return the page of the seat map as it is now."""
        available = str(states.count_available(now))
        said = {
            "version": str(states.version),
            "digest": states.digest[:SHORT],
            "states": states.states,
            "held": json.dumps(states.held)[1:-1],
            "available_seats": available,
            "server_time": str(milliseconds(now)),
        }
        values = {name: value.encode() for name, value in said.items()}
        small = {name: deflated(value, level=1) for name, value in values.items()}
        plain, packed = [self._parts[0]], [self._deflated[0]]
        following = zip(self._gaps, self._parts[1:], self._deflated[1:], strict=True)
        for gap, part, deflated_part in following:
            plain += (values[gap], part)
            packed += (small[gap], deflated_part)
        whole = b"".join(plain)
        name = f"{self._name}.{states.checkpoint.name}.{available}"
        return Page(name, whole, gzipped(packed, whole))


def show_shell(request: HttpRequest, show_id: int) -> Shell:
    """Render the page of a show for somebody who is a stranger. Raises ShowNotFound."""
    context = show_context(request, show_id, chosen=[])
    data = context["seat_map"]
    data["show"] |= {"available_seats": GAPS["available_seats"]}
    data |= {name: GAPS[name] for name in ("version", "server_time")}
    data |= {name: str(GAPS[name]) for name in ("digest", "states")}
    data["held"] = [GAPS["held"]]
    return Shell(render_to_string(SHOW_TEMPLATE, context, request).encode())
