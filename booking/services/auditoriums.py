"""Building auditoriums from a plan drawn in text."""

import hashlib
import json
from collections.abc import Iterator
from string import ascii_uppercase

from django.db import transaction

from booking.errors import InvalidPlan, LayoutInUse
from booking.models import Auditorium, Kind, Seat

SEAT_LETTERS = {
    "S": Kind.STANDARD,
    "P": Kind.PREMIUM,
    "W": Kind.WHEELCHAIR,
    "C": Kind.COMPANION,
}
AISLE = "."
MAX_ROWS = 100
MAX_COLUMNS = 100
# Enough to tell layouts apart, and every seat map has it twice.
HASH_LENGTH = 16


@transaction.atomic
def create_auditorium(*, name: str, plan: str) -> Auditorium:
    """Build an auditorium with the seats that the plan draws. Raises InvalidPlan."""
    auditorium = Auditorium(name=name)
    _furnish(auditorium, plan)
    return auditorium


@transaction.atomic
def change_auditorium(*, auditorium_id: int, name: str, plan: str) -> Auditorium:
    """Rename an auditorium, and give it new seats when the plan is another one.

    Locks the auditorium. Raises InvalidPlan, and LayoutInUse when it has shows.
    """
    auditorium = Auditorium.objects.select_for_update(no_key=True).get(pk=auditorium_id)
    auditorium.name = name
    if plan == auditorium.plan:
        auditorium.save(update_fields=["name"])
        return auditorium
    if auditorium.shows.exists():
        raise LayoutInUse
    auditorium.seats.all().delete()
    _furnish(auditorium, plan)
    return auditorium


def seats_of_plan(plan: str) -> list[Seat]:
    """Return the unsaved seats that a plan draws, numbered row by row from the screen.

    One line is one row: S is a standard seat, P premium, W a wheelchair space, C a companion seat,
    and a dot an aisle. A line without seats is a cross-aisle and takes no row letter. Raises
    InvalidPlan, which names the line and column.
    """
    lines = [line.rstrip() for line in plan.rstrip().splitlines()]
    if len(lines) > MAX_ROWS or any(len(line) > MAX_COLUMNS for line in lines):
        raise InvalidPlan(f"A plan has at most {MAX_ROWS} lines of {MAX_COLUMNS} characters.")
    rows = _row_names()
    seats: list[Seat] = []
    for y, line in enumerate(lines):
        kinds = [(x, _kind(letter, x, y)) for x, letter in enumerate(line) if letter != AISLE]
        row = next(rows) if kinds else ""
        for position, (x, kind) in enumerate(kinds, start=1):
            seats.append(
                Seat(seat_number=len(seats) + 1, row=row, position=position, kind=kind, x=x, y=y)
            )
    if not seats:
        raise InvalidPlan("The plan has no seat.")
    return seats


def _kind(letter: str, x: int, y: int) -> Kind:
    try:
        return SEAT_LETTERS[letter]
    except KeyError:
        raise InvalidPlan(
            f"Line {y + 1}, column {x + 1}: {letter!r} is none of S, P, W, C and the dot."
        ) from None


def _row_names() -> Iterator[str]:
    """Yield A … Z, AA … AZ, BA …"""
    yield from ascii_uppercase
    for first in ascii_uppercase:
        for second in ascii_uppercase:
            yield first + second


def _furnish(auditorium: Auditorium, plan: str) -> None:
    seats = seats_of_plan(plan)
    auditorium.plan = plan
    auditorium.capacity = len(seats)
    auditorium.layout_hash = _layout_hash(seats)
    auditorium.save()
    for seat in seats:
        seat.auditorium = auditorium
    Seat.objects.bulk_create(seats)


def _layout_hash(seats: list[Seat]) -> str:
    geometry = [[seat.row, seat.position, seat.kind, seat.x, seat.y] for seat in seats]
    return hashlib.sha256(json.dumps(geometry).encode()).hexdigest()[:HASH_LENGTH]
