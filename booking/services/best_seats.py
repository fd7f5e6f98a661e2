"""Which seats are best: pure functions over an auditorium's places and its free seats.

A block is a straight run of neighbouring seats of one row, without an aisle between them. Blocks
are ordered by three rules:

1. blocks that leave no single seat over come first: a lone free seat between the block and the next
   taken seat, aisle or wall;
2. then the mean distance of its seats from the sweet spot: the middle column, two thirds of the way
   back, where a row counts as ROW_WEIGHT columns;
3. then the lower seat number.

Wheelchair spaces and companion seats are kept for those who ask for them.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from booking.models import Kind

ROW_WEIGHT = 1.5
SWEET_SPOT_DEPTH = 2 / 3
ACCESSIBLE = frozenset({Kind.WHEELCHAIR.value, Kind.COMPANION.value})


@dataclass(frozen=True)
class Place:
    """Where a seat is: its grid cell; `y` grows away from the screen."""

    seat_number: int
    label: str
    kind: str
    x: int
    y: int


Block = tuple[Place, ...]


def best_blocks(
    places: Sequence[Place], free: Collection[int], count: int, *, accessible: bool = False
) -> list[Block]:
    """Return all blocks of `count` free seats, best first.

    `free` holds the seat numbers that can be had. An `accessible` block has at least one wheelchair
    space and may have seats of any kind; any other has none of the kinds kept for those who ask.
    """
    return _ordered(places, free, count, _sweet_spot(places), accessible=accessible)


def nearest_blocks(
    places: Sequence[Place], free: Collection[int], wanted: Collection[int]
) -> list[Block]:
    """Return all blocks of as many free seats, nearest to the wanted ones first.

    They are accessible when a wheelchair space was wanted.
    """
    asked = [place for place in places if place.seat_number in wanted]
    accessible = any(place.kind == Kind.WHEELCHAIR for place in asked)
    return _ordered(places, free, len(asked), _centre(asked), accessible=accessible)


def runs(places: Sequence[Place]) -> list[Block]:
    """Return the straight runs of neighbouring seats: a row's pieces between its aisles."""
    found: list[list[Place]] = []
    for place in sorted(places, key=lambda place: (place.y, place.x)):
        last = found[-1][-1] if found else None
        if last is not None and (last.y, last.x + 1) == (place.y, place.x):
            found[-1].append(place)
        else:
            found.append([place])
    return [tuple(run) for run in found]


def _ordered(
    places: Sequence[Place],
    free: Collection[int],
    count: int,
    target: tuple[float, float],
    *,
    accessible: bool,
) -> list[Block]:
    free = frozenset(free)
    ranked = [
        (singles, _distance(block, target), block[0].seat_number, block)
        for run in runs(places)
        for singles, block in _blocks(run, free, count)
        if _suits(block, accessible=accessible)
    ]
    return [block for *_, block in sorted(ranked, key=lambda entry: entry[:3])]


def _blocks(run: Block, free: Collection[int], count: int) -> Iterator[tuple[int, Block]]:
    """Yield the blocks of one run, each with the number of single seats that it leaves over."""
    taken = [-1]
    taken += [i for i, place in enumerate(run) if place.seat_number not in free]
    taken += [len(run)]
    for before, after in pairwise(taken):
        for first in range(before + 1, after - count + 1):
            left, right = first - before - 1, after - first - count
            yield (left == 1) + (right == 1), run[first : first + count]


def _suits(block: Block, *, accessible: bool) -> bool:
    kinds = {place.kind for place in block}
    if accessible:
        return Kind.WHEELCHAIR.value in kinds
    return kinds.isdisjoint(ACCESSIBLE)


def _sweet_spot(places: Sequence[Place]) -> tuple[float, float]:
    xs = [place.x for place in places]
    ys = [place.y for place in places]
    return (min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * SWEET_SPOT_DEPTH


def _centre(places: Sequence[Place]) -> tuple[float, float]:
    return (
        sum(place.x for place in places) / len(places),
        sum(place.y for place in places) / len(places),
    )


def _distance(block: Block, target: tuple[float, float]) -> float:
    x, y = target
    return sum(math.hypot(place.x - x, ROW_WEIGHT * (place.y - y)) for place in block) / len(block)
