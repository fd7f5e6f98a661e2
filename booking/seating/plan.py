"""Auditoriums drawn in text: reading the seats from a plan."""

import re
from collections.abc import Iterator
from itertools import groupby
from string import ascii_uppercase

from booking.errors import InvalidPlan
from booking.rules import LONGEST_PLAN, WIDEST_PLAN
from booking.seating.house import House, SeatPosition
from booking.seating.kinds import Kind

KINDS = {kind.letter: kind for kind in Kind}
AISLE = "."
# I and O read like one and nought.
ROW_LETTERS = [letter for letter in ascii_uppercase if letter not in "IO"]
NAMED_ROW = re.compile(r"(?P<name>[A-Z]{1,3}):")


def seats_of_plan(plan: str) -> list[SeatPosition]:
    """Return the seats that a plan draws, numbered row by row from the screen.

    One line is one row: each letter is a seat of the kind that has it, a dot is an aisle. A line
    without seats is a cross-aisle and takes no row letter. A line may begin with its row's name and
    a colon, such as "I:SSSS"; the others are named A, B, C … without I and O. Raises InvalidPlan,
    which names the line and column.
    """
    lines = [_Line(text.rstrip(), y) for y, text in enumerate(plan.rstrip().splitlines())]
    if len(lines) > LONGEST_PLAN or any(len(line.places) > WIDEST_PLAN for line in lines):
        raise InvalidPlan(f"A plan has at most {LONGEST_PLAN} lines of {WIDEST_PLAN} characters.")
    named = [line.name for line in lines if line.name]
    if twice := [name for name in named if named.count(name) > 1]:
        raise InvalidPlan(f"Two rows are named {twice[0]}.")
    unused = (name for name in _row_names() if name not in named)
    seats: list[SeatPosition] = []
    for line in lines:
        kinds = line.kinds()
        row = (line.name or next(unused)) if kinds else ""
        for position, (x, kind) in enumerate(kinds, start=1):
            seats.append(SeatPosition(len(seats) + 1, row, position, kind, x, line.y))
    if not seats:
        raise InvalidPlan("The plan has no seat.")
    return seats


def plan_in_runs(house: House) -> str:
    """Return the plan of a house in short: "A:12S2.12S" for two blocks of twelve with an aisle.

    A number stands before what there is more than one of, and each row has its name.
    """
    lines = [[AISLE] * house.width for _ in range(house.height)]
    names = [""] * house.height
    for seat in house.seats:
        lines[seat.y][seat.x] = seat.kind.letter
        names[seat.y] = f"{seat.row}:"
    return "\n".join(
        name + _in_runs("".join(line).rstrip(AISLE))
        for name, line in zip(names, lines, strict=True)
    )


def _in_runs(places: str) -> str:
    runs = ((letter, len(list(run))) for letter, run in groupby(places))
    return "".join(f"{count}{letter}" if count > 1 else letter for letter, count in runs)


class _Line:
    """A line of a plan: its row's name if it gives one, and what stands at its places."""

    def __init__(self, text: str, y: int) -> None:
        named = NAMED_ROW.match(text)
        self.name = named["name"] if named else ""
        self.first_column = named.end() if named else 0
        self.places = text[self.first_column :]
        self.y = y

    def kinds(self) -> list[tuple[int, Kind]]:
        """Return x and kind of each seat. Raises InvalidPlan."""
        return [(x, self._kind(x, c)) for x, c in enumerate(self.places) if c != AISLE]

    def _kind(self, x: int, letter: str) -> Kind:
        try:
            return KINDS[letter]
        except KeyError:
            raise InvalidPlan(
                f"Line {self.y + 1}, column {self.first_column + x + 1}: {letter!r} is none of "
                f"{', '.join(KINDS)} and the dot."
            ) from None


def _row_names() -> Iterator[str]:
    """Yield A … Z, AA … AZ, BA … without I and O."""
    yield from ROW_LETTERS
    for first in ROW_LETTERS:
        for second in ROW_LETTERS:
            yield first + second
