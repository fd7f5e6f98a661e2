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

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from booking.seating import candidates
from booking.seating.candidates import distances, mean, nearest, suitable
from booking.seating.house import Block, House, SeatPosition
from booking.seating.kinds import Kind

# So many may have to be passed over where a show wants no gaps.
BLOCKS_OF_A_SPACE = 5


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
    for candidate in candidates.ranking(house, count, accessible):
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
    found = [
        (not together, mean(distances(party, at), [s.seat_number for s in party]), party)
        for space in house.seats
        if space.seat_number in spaces
        for at in [(space.x, space.y)]
        for together, party in _parties_of(space, house, count, free)
    ]
    return [party for *_, party in sorted(found, key=lambda entry: entry[:2])]


def _parties_of(
    space: SeatPosition, house: House, count: int, free: frozenset[int]
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
    at = space.x, space.y
    for one in islice(nearest(house, rest, free, at, accessible=False), BLOCKS_OF_A_SPACE):
        yield True, (*core, *one.block)
    one_by_one = [*islice(nearest(house, 1, free, at, accessible=False), rest)]
    if len(one_by_one) == rest:
        yield False, (*core, *(seat for one in one_by_one for seat in one.block))


def none_left(house: House, count: int, free: Collection[int], *, accessible: bool = False) -> str:
    """Return for people why none of `best_blocks` can be had, with a way out if there is one."""
    kinds = [seat.kind for seat in house.seats if seat.seat_number in free]
    if accessible and Kind.WHEELCHAIR not in kinds:
        return "No wheelchair space is left."
    left = len(kinds) if accessible else sum(not kind.on_request for kind in kinds)
    if left < count:
        return f"Not enough seats are left for {count}: there are {left}."
    return f"No {count} seats together are left. Pick them one by one, or in smaller groups."


def nearest_blocks(house: House, free: Collection[int], wanted: Collection[int]) -> Iterator[Block]:
    """Yield all blocks of as many free seats, those first that leave the fewest single ones.

    Of these the nearest come first. They are accessible if what was wanted was.
    """
    free = frozenset(free)
    asked = [seat for seat in house.seats if seat.seat_number in wanted]
    accessible = any(seat.seat_number in house.wheelchair_spaces for seat in asked)
    centre = (
        sum(seat.x for seat in asked) / len(asked),
        sum(seat.y for seat in asked) / len(asked),
    )
    wasteful: list[list[Block]] = [[], []]
    for one in nearest(house, len(asked), free, centre, accessible=accessible):
        if singles := one.singles(free):
            wasteful[singles - 1].append(one.block)
        else:
            yield one.block
    yield from chain(*wasteful)


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
        for one in suitable(house, count, accessible=accessible)
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
