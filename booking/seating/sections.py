"""The sections of a hall that is too big to be shown at once on a small screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from booking.seating.house import House

# What a finger can choose from with little scrolling.
WIDEST, LONGEST = 30, 20
SIDES = {1: [""], 2: ["left", "right"], 3: ["left", "middle", "right"]}
SIDES[4] = ["left", "middle left", "middle right", "right"]


@dataclass(frozen=True)
class Section:
    """A part of a hall: its first and last row, which side it is on, and its bounds in cells."""

    first: str
    last: str
    side: str
    bounds: tuple[int, int, int, int]


def sections_of(house: House) -> list[list[Section]]:
    """Return the sections of a hall, line by line from the screen; a small hall is one section.

    Bounds are left, top, right and bottom, of which the last two are outside.
    """
    rows = {seat.y: seat.row for seat in house.seats}
    lines = [sorted(rows)[start:end] for start, end in _parts(len(rows), LONGEST)]
    across = list(_parts(house.width, WIDEST))
    return [
        [
            Section(rows[line[0]], rows[line[-1]], side, (left, line[0], right, line[-1] + 1))
            for side, (left, right) in zip(SIDES[len(across)], across, strict=True)
        ]
        for line in lines
    ]


def _parts(length: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of parts about as long as each other, none longer than `longest`."""
    count = ceil(length / longest)
    for number in range(count):
        yield length * number // count, length * (number + 1) // count
