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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import chain

from booking.seating.house import Block, House, SeatPosition
from booking.seating.kinds import Kind

ROW_WEIGHT = 1.5
# So many may have to be passed over where a show wants no gaps.
BLOCKS_OF_A_SPACE = 5
SWEET_SPOT_DEPTH = 2 / 3


@dataclass(frozen=True, slots=True)
class Candidate:
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


@lru_cache(maxsize=32)
def _candidates(house: House, count: int) -> list[Candidate]:
    """Return all blocks of `count` seats that a house has when it is empty, made once."""
    found = []
    for run in house.runs:
        numbers = tuple(seat.seat_number for seat in run)
        for first in range(len(run) - count + 1):
            end = first + count
            found.append(Candidate(run, numbers, numbers[first:end], first, end))
    return found


@lru_cache(maxsize=64)
def _suitable(house: House, count: int, accessible: bool) -> list[Candidate]:
    """Return those for somebody who needs a wheelchair space, or for somebody else; made once."""
    found = _candidates(house, count)
    if accessible:
        return [one for one in found if not house.wheelchair_spaces.isdisjoint(one.numbers)]
    return [one for one in found if house.on_request.isdisjoint(one.numbers)]


@lru_cache(maxsize=64)
def _ranking(house: House, count: int, accessible: bool) -> list[Candidate]:
    """Return the blocks that suit, nearest to the sweet spot first; made once."""
    xs, ys = [seat.x for seat in house.seats], [seat.y for seat in house.seats]
    target = (min(xs) + max(xs)) / 2, min(ys) + (max(ys) - min(ys)) * SWEET_SPOT_DEPTH
    far = _distances(house.seats, target)
    suitable = _suitable(house, count, accessible)
    return sorted(suitable, key=lambda one: (_mean(far, one.numbers), one.numbers[0]))


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
        if free.issuperset(candidate.numbers):
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
    spaces = free & house.wheelchair_spaces
    others = [s for s in house.seats if s.seat_number in free and not s.kind.on_request]
    found = [
        (not together, _mean(_distances(party, at), [s.seat_number for s in party]), party)
        for space in house.seats
        if space.seat_number in spaces
        for at in [(space.x, space.y)]
        for together, party in _parties_of(space, house, count, free, others)
    ]
    return [party for *_, party in sorted(found, key=lambda entry: entry[:2])]


def _parties_of(
    space: SeatPosition,
    house: House,
    count: int,
    free: frozenset[int],
    others: Sequence[SeatPosition],
) -> Iterator[tuple[bool, Block]]:
    """Yield the parties of one space, each with whether its others are together."""
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
    far = _distances(others, (space.x, space.y))
    blocks = [one for one in _suitable(house, rest, False) if free.issuperset(one.numbers)]
    for one in nsmallest(BLOCKS_OF_A_SPACE, blocks, key=lambda one: _mean(far, one.numbers)):
        yield True, (*core, *one.block)
    one_by_one = nsmallest(rest, others, key=lambda seat: far[seat.seat_number])
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
    accessible = any(seat.seat_number in house.wheelchair_spaces for seat in asked)
    centre = (
        sum(seat.x for seat in asked) / len(asked),
        sum(seat.y for seat in asked) / len(asked),
    )
    far = _distances(house.seats, centre)
    found = [
        (one.singles(free), _mean(far, one.numbers), one.numbers[0], one)
        for one in _suitable(house, len(asked), accessible)
        if free.issuperset(one.numbers)
    ]
    return [one.block for *_, one in sorted(found, key=lambda entry: entry[:3])]


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
    free = frozenset(free)
    gaps = gaps_left_by(house, free, chosen)
    if not gaps:
        return None
    for block in nearest_blocks(house, free, chosen):
        if not gaps_left_by(house, free, [seat.seat_number for seat in block]):
            return Gap(gaps[0], block)
    return None


def can_leave_no_gap(
    house: House, count: int, free: frozenset[int], *, accessible: bool = False
) -> bool:
    """Tell whether any block of that size that suits makes no gap."""
    return any(
        free.issuperset(one.numbers) and not gaps_left_by(house, free, one.numbers)
        for one in _suitable(house, count, accessible)
    )


def gaps_left_by(house: House, free: frozenset[int], chosen: Collection[int]) -> list[SeatPosition]:
    """Return the seats that the choice leaves alone, in the order of their places."""
    alone = {
        run[i].seat_number: run[i]
        for run, at in (house.places[number] for number in chosen)
        for i in (at - 1, at + 1)
        if _is_alone(run, i, free, chosen)
    }
    return sorted(alone.values(), key=lambda seat: (seat.y, seat.x))


def _is_alone(run: Block, at: int, free: frozenset[int], chosen: Collection[int]) -> bool:
    """Tell whether a seat of the run stays free between two others that do not."""
    if not 0 < at < len(run) - 1:
        return False
    before, stays_free, after = (
        seat.seat_number in free and seat.seat_number not in chosen for seat in run[at - 1 : at + 2]
    )
    return stays_free and not before and not after


def _distances(seats: Iterable[SeatPosition], target: tuple[float, float]) -> dict[int, float]:
    """Return how far each of these seats is from there, by its number."""
    x, y = target
    return {seat.seat_number: math.hypot(seat.x - x, ROW_WEIGHT * (seat.y - y)) for seat in seats}


def _mean(distances: Mapping[int, float], seat_numbers: Collection[int]) -> float:
    return sum(map(distances.__getitem__, seat_numbers)) / len(seat_numbers)
