"""Blocks of free seats: the best ones, the nearest ones, and those that leave no gap.

A block is a straight run of neighbouring seats of one row, without an aisle between them. The best
ones are ordered by four rules:

1. blocks that leave no single seat over come first: a lone free seat between the block and the next
   taken seat, aisle or wall;
2. then those that don't leave an odd number of free seats on both sides: pairs, which are most of
   what is wanted, would in the end leave a single seat on either;
3. then the mean distance of its seats from the sweet spot: the middle column, two thirds of the way
   back, where a row counts as ROW_WEIGHT columns;
4. then the lower seat number.

Seats on request, such as wheelchair spaces, are kept for those who ask for them.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from booking.seating.house import Block, House, SeatPosition
from booking.seating.kinds import Kind

ROW_WEIGHT = 1.5
# So many may have to be passed over where a show wants no gaps.
BLOCKS_OF_A_SPACE = 5
SWEET_SPOT_DEPTH = 2 / 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block of an empty house, and what is on either side of it in its run, from it outwards."""

    block: Block
    numbers: frozenset[int]
    sides: tuple[tuple[int, ...], tuple[int, ...]]

    def left_over(self, free: frozenset[int]) -> list[int]:
        """Return how many free seats there are on either side up to the next one that is taken."""
        return [
            next((i for i, number in enumerate(side) if number not in free), len(side))
            for side in self.sides
        ]

    def singles(self, free: frozenset[int]) -> int:
        """Return how many single free seats the block would leave over."""
        return self.left_over(free).count(1)

    def waste(self, free: frozenset[int]) -> int:
        """Return how much the block would spoil: 0 is nothing, 1 two seats for pairs to come, and
        beyond that the single free seats beside it.
        """
        left, right = over = self.left_over(free)
        return 1 + over.count(1) if 1 in over else left % 2 & right % 2

    def suits(self, *, accessible: bool) -> bool:
        """Tell whether it is for somebody who needs a wheelchair space, or for somebody else."""
        if accessible:
            return any(seat.kind is Kind.WHEELCHAIR for seat in self.block)
        return not any(seat.kind.on_request for seat in self.block)


@lru_cache(maxsize=32)
def _candidates(house: House, count: int) -> list[Candidate]:
    """Return all blocks of `count` seats that a house has when it is empty, made once."""
    found = []
    for run in house.runs:
        numbers = tuple(seat.seat_number for seat in run)
        for first in range(len(run) - count + 1):
            end = first + count
            sides = numbers[:first][::-1], numbers[end:]
            found.append(Candidate(run[first:end], frozenset(numbers[first:end]), sides))
    return found


@lru_cache(maxsize=32)
def _ranking(house: House, count: int, accessible: bool) -> list[Candidate]:
    """Return the blocks that suit, nearest to the sweet spot first; made once, as it takes long."""
    xs, ys = [seat.x for seat in house.seats], [seat.y for seat in house.seats]
    target = (min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * SWEET_SPOT_DEPTH
    suitable = [one for one in _candidates(house, count) if one.suits(accessible=accessible)]
    return sorted(
        suitable, key=lambda one: (_distance(one.block, target), one.block[0].seat_number)
    )


def best_blocks(
    house: House, count: int, free: Collection[int], *, accessible: bool = False
) -> Iterator[Block]:
    """Yield all blocks of free seats, best first; mostly, the first one is found soon.

    `free` holds the seat numbers that can be had. An `accessible` block has at least one wheelchair
    space and may have seats of any kind; any other has none of the kinds kept for those who ask.
    After the accessible blocks come groups around the spaces.
    """
    free = frozenset(free)
    wasteful: list[list[Block]] = [[], [], []]
    for candidate in _ranking(house, count, accessible):
        if candidate.numbers <= free:
            if waste := candidate.waste(free):
                wasteful[waste - 1].append(candidate.block)
            else:
                yield candidate.block
    yield from chain(*wasteful)
    if accessible:
        yield from _parties(house, count, free)


def _parties(house: House, count: int, free: frozenset[int]) -> list[Block]:
    """Return groups of free seats around a wheelchair space each, the closest ones first.

    That is the space, a companion seat beside it if one is free, and the nearest others: together
    where they can be, and else one by one.
    """
    found = [
        (not together, _distance(party, (space.x, space.y)), party)
        for space in house.seats
        if space.kind is Kind.WHEELCHAIR and space.seat_number in free
        for together, party in _parties_of(space, house, count, free)
    ]
    return [party for *_, party in sorted(found, key=lambda entry: entry[:2])]


def _parties_of(
    space: SeatPosition, house: House, count: int, free: frozenset[int]
) -> Iterator[tuple[bool, Block]]:
    """Yield the parties of one space, each with whether its others are together."""
    at = (space.x, space.y)
    companions = [
        companion
        for companion, spaces in house.companions
        if space in spaces and companion.seat_number in free
    ]
    core = (space, *companions[:1])[:count]
    rest = count - len(core)
    if rest == 0:
        yield True, core
        return
    others = [seat for seat in house.seats if seat.seat_number in free and not seat.kind.on_request]
    numbers = {seat.seat_number for seat in others}
    blocks = [one.block for one in _candidates(house, rest) if one.numbers <= numbers]
    for block in sorted(blocks, key=lambda block: _distance(block, at))[:BLOCKS_OF_A_SPACE]:
        yield True, (*core, *block)
    one_by_one = sorted(others, key=lambda seat: _distance((seat,), at))[:rest]
    if len(one_by_one) == rest:
        yield False, (*core, *one_by_one)


def none_left(house: House, count: int, free: Collection[int], *, accessible: bool = False) -> str:
    """Return for people why none of `best_blocks` can be had, with a way out if there is one."""
    kinds = [seat.kind for seat in house.seats if seat.seat_number in free]
    if accessible and Kind.WHEELCHAIR not in kinds:
        return "No wheelchair space is left."
    left = len(kinds) if accessible else sum(not kind.on_request for kind in kinds)
    if left < count:
        return f"Not enough seats are left for {count}: there are {left}."
    return f"No {count} seats together are left. Pick them one by one, or in smaller groups."


def nearest_blocks(house: House, free: Collection[int], wanted: Collection[int]) -> list[Block]:
    """Return all blocks of as many free seats, nearest first; accessible if what was wanted was."""
    free = frozenset(free)
    asked = [seat for seat in house.seats if seat.seat_number in wanted]
    accessible = any(seat.kind is Kind.WHEELCHAIR for seat in asked)
    centre = (
        sum(seat.x for seat in asked) / len(asked),
        sum(seat.y for seat in asked) / len(asked),
    )
    found = [
        (one.singles(free), _distance(one.block, centre), one.block[0].seat_number, one.block)
        for one in _candidates(house, len(asked))
        if one.numbers <= free and one.suits(accessible=accessible)
    ]
    return [block for *_, block in sorted(found, key=lambda entry: entry[:3])]


@dataclass(frozen=True)
class Gap:
    """A free seat left between two taken ones, not walls or aisles, and what to choose instead."""

    left_alone: SeatPosition
    move_to: Block


def gap_left_by(house: House, free: Collection[int], chosen: Collection[int]) -> Gap | None:
    """Return the first gap that the choice makes, with the nearest block that makes none.

    `free` includes the chosen seats. There is none to object to when no block of that size is left
    that makes no gap.
    """
    gaps = _gaps(house, free, chosen)
    if not gaps:
        return None
    for block in nearest_blocks(house, free, chosen):
        if not _gaps(house, free, [seat.seat_number for seat in block]):
            return Gap(gaps[0], block)
    return None


def _gaps(house: House, free: Collection[int], chosen: Collection[int]) -> list[SeatPosition]:
    chosen = frozenset(chosen)
    left = frozenset(free) - chosen
    return [
        middle
        for run in house.runs
        for before, middle, after in zip(run, run[1:], run[2:], strict=False)
        if middle.seat_number in left
        and before.seat_number not in left
        and after.seat_number not in left
        and (before.seat_number in chosen or after.seat_number in chosen)
    ]


def _distance(block: Sequence[SeatPosition], target: tuple[float, float]) -> float:
    x, y = target
    return sum(math.hypot(seat.x - x, ROW_WEIGHT * (seat.y - y)) for seat in block) / len(block)
