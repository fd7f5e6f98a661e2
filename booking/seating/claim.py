"""Whether a claim on seats can stand: one question for every service that gives seats away.

And which block is the best that could be claimed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Protocol

from booking.errors import (
    CompanionAlone,
    DuplicateSeats,
    HoldExpired,
    JustLetGo,
    LeavesGap,
    NamedSeat,
    NoSeats,
    NoSeatsTogether,
    SeatTaken,
    ShowFull,
    TooManySeats,
    UnknownSeats,
)
from booking.rules import COMPANIONS_FOR_ANYONE, MINUTE, SEATS_AT_ONCE
from booking.seating.blocks import (
    best_blocks,
    can_leave_no_gap,
    gap_left_by,
    gaps_left_by,
    none_left,
)
from booking.seating.house import House
from booking.seating.kinds import State
from foundation.errors import Refusal, refuses

# What a column of the database holds.
MAX_SEAT_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class Claim:
    """What somebody asks of a show: the seats they want, and what is theirs already.

    Seats are named by their numbers. Seats of `holds`, which are keys, can be had by them; seats
    that are `given_up` are free once the claim stands, and a companion seat may go with one that is
    `staying`. Seats that are `resting` can't be had before their time, unless they are given up
    now. A claim that was `settled` when its seats were held needs them to be there still, and no
    more. One that takes seats `out_of_sale` asks nothing else either, and comes before those who
    wait for them.
    """

    wanted: frozenset[int]
    holds: frozenset[int] = frozenset()
    given_up: frozenset[int] = frozenset()
    staying: frozenset[int] = frozenset()
    resting: Mapping[int, datetime] = field(default_factory=dict)
    settled: bool = False
    out_of_sale: bool = False

    @property
    def touched(self) -> frozenset[int]:
        """The seats that the claim changes."""
        return self.wanted | self.given_up

    @property
    def obeys_rules(self) -> bool:
        """Whether it must leave companions together and no gap."""
        return not (self.settled or self.out_of_sale)


@refuses(NoSeats, TooManySeats, DuplicateSeats, UnknownSeats)
def chosen(seat_numbers: Sequence[int], *, at_most: int | None = SEATS_AT_ONCE) -> frozenset[int]:
    """Return the seats named in a choice, and refuse one that no show could satisfy."""
    if not seat_numbers:
        raise NoSeats
    if len(set(seat_numbers)) < len(seat_numbers):
        raise DuplicateSeats
    if impossible := sorted(n for n in seat_numbers if not 0 < n <= MAX_SEAT_NUMBER):
        raise unknown_seats(impossible)
    if at_most is not None and len(seat_numbers) > at_most:
        raise TooManySeats(f"At most {at_most} seats can be had at once.")
    return frozenset(seat_numbers)


def unknown_seats(seat_numbers: Collection[int]) -> UnknownSeats:
    """Return the refusal that names these numbers."""
    numbers = ", ".join(map(str, seat_numbers))
    return UnknownSeats(f"This show has no seat numbered {numbers}.")


class LabelledSeat(Protocol):
    """Any seat that has a number and a label."""

    @property
    def seat_number(self) -> int: ...
    @property
    def label(self) -> str: ...


class LockedSeat(LabelledSeat, Protocol):
    """A seat at a show, as it is under its lock."""

    @property
    def pk(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def hold_id(self) -> int | None: ...
    @property
    def held_until(self) -> datetime | None: ...


class Board(Protocol):
    """What a claim is decided on: the show's rules, its locked seats, and what else may be asked.

    `awaited` are the keys of those whose hold has expired and that somebody waits for, `free` the
    numbers of all seats that can be had, as they are without a lock.
    """

    @property
    def house(self) -> House: ...
    @property
    def now(self) -> datetime: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def no_gaps(self) -> bool: ...
    @property
    def seats(self) -> Sequence[LockedSeat]: ...
    @property
    def awaited(self) -> Collection[int]: ...
    @property
    def free(self) -> frozenset[int]: ...
    @property
    def is_full(self) -> bool: ...


@refuses(SeatTaken, ShowFull, CompanionAlone, LeavesGap)
def refusal(claim: Claim, board: Board) -> Refusal | None:
    """Return why the claim can't stand, or None."""
    lost = named(
        seat
        for seat in board.seats
        if seat.seat_number in claim.wanted and not _can_be_had(seat, claim, board)
    )
    if lost:
        return _taken(lost, claim, board)
    if not claim.obeys_rules:
        return None
    alone = companion_alone(claim.wanted | claim.staying, board)
    early = _just_let_go(claim, board)
    return alone or _gap(claim, board) or early


def _can_be_had(seat: LockedSeat, claim: Claim, board: Board) -> bool:
    """Tell whether the claim can have a seat; an expired hold counts for nothing, swept or not."""
    if seat.held_until is None:
        return seat.state == State.AVAILABLE
    if seat.held_until <= board.now:
        return claim.out_of_sale or seat.pk not in board.awaited
    return seat.hold_id in claim.holds


def _taken(lost: list[NamedSeat], claim: Claim, board: Board) -> Refusal:
    labels = ", ".join(seat.label for seat in lost)
    if claim.settled:
        return HoldExpired(f"The hold expired and somebody else has {labels} now.", seats=lost)
    if board.is_full:
        return ShowFull(seats=lost)
    are_taken = f"Seat {labels} is" if len(lost) == 1 else f"Seats {labels} are"
    return SeatTaken(f"{are_taken} already taken.", seats=lost)


def companion_alone(seat_numbers: Collection[int], board: Board) -> CompanionAlone | None:
    """Return the refusal if a companion seat lacks its wheelchair space, while that matters."""
    if board.now >= board.starts_at - COMPANIONS_FOR_ANYONE:
        return None
    for companion, spaces in board.house.companions:
        if companion.seat_number in seat_numbers and not any(
            space.seat_number in seat_numbers for space in spaces
        ):
            labels = " or ".join(space.label for space in spaces)
            return CompanionAlone(
                f"Seat {companion.label} accompanies wheelchair space {labels}: choose them "
                f"together, or come back in the last {COMPANIONS_FOR_ANYONE // MINUTE} minutes "
                "before the show.",
                seats=named([companion]),
            )
    return None


def _gap(claim: Claim, board: Board) -> LeavesGap | None:
    if not board.no_gaps:
        return None
    gap = gap_left_by(board.house, board.free | claim.touched, claim.wanted)
    if gap is None:
        return None
    alone, labels = gap.left_alone, [seat.label for seat in gap.move_to]
    instead = labels[0] if len(labels) == 1 else f"{labels[0]}–{labels[-1]}"
    add = f"add {alone.label}, or " if len(claim.wanted) < SEATS_AT_ONCE else ""
    return LeavesGap(
        f"Seat {alone.label} would be left alone: {add}move to {instead}.",
        seats=named([alone]),
        alternative=named(gap.move_to),
    )


def _just_let_go(claim: Claim, board: Board) -> JustLetGo | None:
    anew = claim.wanted - claim.given_up
    early = [seat for seat in board.seats if seat.seat_number in anew & claim.resting.keys()]
    if not early:
        return None
    labels = ", ".join(seat.label for seat in early)
    wait = max(claim.resting[seat.seat_number] for seat in early) - board.now
    return JustLetGo(
        f"You let go of {labels} a moment ago, so others come first for {ceil(wait / MINUTE)} min. "
        "Please choose other seats, or come back then.",
        seats=named(early),
    )


@dataclass(frozen=True)
class Best:
    """A selection of the best `count` seats together, with a wheelchair space if `accessible`."""

    count: int
    accessible: bool = False


@refuses(NoSeatsTogether)
def best_choice(
    board: Board, best: Best, *, own: Collection[int], without: Collection[int]
) -> frozenset[int]:
    """Return the best block that can be claimed, as far as can be told without locks.

    It can have seats of one's `own`, but none of those `without` which it shall be.
    """
    house, free = board.house, board.free | frozenset(own)
    allowed = free - frozenset(without)
    minds_gaps = board.no_gaps and can_leave_no_gap(
        house, best.count, free, accessible=best.accessible
    )
    for block in best_blocks(house, best.count, allowed, accessible=best.accessible):
        numbers = frozenset(seat.seat_number for seat in block)
        if minds_gaps and gaps_left_by(house, free, numbers):
            continue
        if companion_alone(numbers, board) is None:
            return numbers
    rest = " Seats that you just let go of are for others first." if without else ""
    raise NoSeatsTogether(none_left(house, best.count, allowed, accessible=best.accessible) + rest)


def named(seats: Iterable[LabelledSeat]) -> list[NamedSeat]:
    """Return the seats as people and programs name them."""
    return [NamedSeat(seat.seat_number, seat.label) for seat in seats]
