"""The blocks that a house has when it is empty, made once for each size, and how far away they are.

A row counts as ROW_WEIGHT columns.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import heappop, heappush
from itertools import chain
from typing import NamedTuple

from booking.seating.house import Block, House, SeatPosition

ROW_WEIGHT = 1.5
SWEET_SPOT_DEPTH = 2 / 3

Point = tuple[float, float]


class Candidate(NamedTuple):
    """A block of an empty house: the seats of a run from `first` to before `end`.

    `numbers` are those of its seats, and `run_numbers` those of all seats of the run.
    """

    run: Block
    run_numbers: tuple[int, ...]
    numbers: tuple[int, ...]
    first: int
    end: int

    @property
    def block(self) -> Block:
        return self.run[self.first : self.end]

    def left_over(self, free: frozenset[int]) -> tuple[int, int]:
        """Return how many free seats there are on either side up to the next one that is taken."""
        left, right = self.first, self.end
        while left > 0 and self.run_numbers[left - 1] in free:
            left -= 1
        while right < len(self.run) and self.run_numbers[right] in free:
            right += 1
        return self.first - left, right - self.end

    def singles(self, free: frozenset[int]) -> int:
        """Return how many single free seats the block would leave over."""
        numbers, left, right, last = self.run_numbers, self.first - 1, self.end, len(self.run) - 1
        on_left = left >= 0 and numbers[left] in free
        on_right = right <= last and numbers[right] in free
        return (on_left and not (left > 0 and numbers[left - 1] in free)) + (
            on_right and not (right < last and numbers[right + 1] in free)
        )

    def waste(self, free: frozenset[int]) -> int:
        """Return how much the block would spoil: 0 is nothing, 1 two seats for pairs to come, and
        beyond that the single free seats beside it.
        """
        left, right = over = self.left_over(free)
        return 1 + over.count(1) if 1 in over else left % 2 & right % 2


# How far a row is from the screen, and its blocks.
Row = tuple[int, list[Candidate]]


@lru_cache(maxsize=32)
def _rows(house: House, count: int) -> list[Row]:
    """Return all blocks of `count` seats, by row."""
    rows: dict[int, list[Candidate]] = {}
    for run in house.runs:
        numbers = tuple(seat.seat_number for seat in run)
        rows.setdefault(run[0].y, []).extend(
            Candidate(run, numbers, numbers[first : first + count], first, first + count)
            for first in range(len(run) - count + 1)
        )
    return list(rows.items())


@lru_cache(maxsize=64)
def _suitable_rows(house: House, count: int, accessible: bool) -> list[Row]:
    """Return those for somebody who needs a wheelchair space, or for somebody else."""
    marked = house.wheelchair_spaces if accessible else house.on_request
    return [
        (y, [one for one in row if marked.isdisjoint(one.numbers) is not accessible])
        for y, row in _rows(house, count)
    ]


def suitable(house: House, count: int, *, accessible: bool) -> Iterator[Candidate]:
    """Yield the blocks that suit, in the order of their places."""
    return chain.from_iterable(row for _, row in _suitable_rows(house, count, accessible))


@lru_cache(maxsize=64)
def ranking(house: House, count: int, accessible: bool) -> list[Candidate]:
    """Return the blocks that suit, nearest to the sweet spot first."""
    far = _far_from_sweet_spot(house).__getitem__
    return sorted(
        suitable(house, count, accessible=accessible),
        key=lambda one: (sum(map(far, one.numbers)) / count, one.numbers[0]),
    )


@lru_cache(maxsize=32)
def _far_from_sweet_spot(house: House) -> dict[int, float]:
    xs, ys = [seat.x for seat in house.seats], [seat.y for seat in house.seats]
    sweet_spot = (min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * SWEET_SPOT_DEPTH
    return distances(house.seats, sweet_spot)


def nearest(
    house: House, count: int, free: frozenset[int], point: Point, *, accessible: bool
) -> Iterator[Candidate]:
    """Yield the blocks of free seats that suit, nearest to the point first.

    No block is nearer than its row, so a row is looked at when nothing nearer is left. Mostly, one
    wants the first block or a few.
    """

    def away(row: Row) -> float:
        return ROW_WEIGHT * abs(row[0] - point[1])

    found: list[tuple[float, int, Candidate]] = []
    for row in sorted(_suitable_rows(house, count, accessible), key=away):
        while found and found[0][0] < away(row):
            yield heappop(found)[-1]
        for one in row[1]:
            if free.issuperset(one.numbers):
                far = mean(distances(one.block, point), one.numbers)
                heappush(found, (far, one.numbers[0], one))
    while found:
        yield heappop(found)[-1]


def distances(seats: Iterable[SeatPosition], point: Point) -> dict[int, float]:
    """Return how far each of these seats is from there, by its number."""
    x, y = point
    return {seat.seat_number: math.hypot(seat.x - x, ROW_WEIGHT * (seat.y - y)) for seat in seats}


def mean(distances: Mapping[int, float], seat_numbers: Collection[int]) -> float:
    return sum(map(distances.__getitem__, seat_numbers)) / len(seat_numbers)
