"""No single seat between taken ones: the rule of a show that wants it, and the way out it names.

A gap is one free seat whose neighbours in its run are both taken. Walls and aisles make none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from booking.services.best_seats import Block, Place, nearest_blocks, runs


@dataclass(frozen=True)
class Gap:
    """A seat that a choice would leave alone, and what to choose instead."""

    left_alone: Place
    move_to: Block


def gap_left_by(
    places: Sequence[Place], free: Collection[int], chosen: Collection[int]
) -> Gap | None:
    """Return the first gap that the choice makes, with the nearest block that makes none.

    `free` includes the chosen seats. There is none to object to when no block of that size is left
    that makes no gap.
    """
    gaps = _gaps(places, free, chosen)
    if not gaps:
        return None
    for block in nearest_blocks(places, free, chosen):
        if not _gaps(places, free, [place.seat_number for place in block]):
            return Gap(gaps[0], block)
    return None


def _gaps(places: Sequence[Place], free: Collection[int], chosen: Collection[int]) -> list[Place]:
    chosen = frozenset(chosen)
    left = frozenset(free) - chosen
    return [
        middle
        for run in runs(places)
        for before, middle, after in zip(run, run[1:], run[2:], strict=False)
        if middle.seat_number in left
        and before.seat_number not in left
        and after.seat_number not in left
        and not chosen.isdisjoint({before.seat_number, after.seat_number})
    ]
