"""The seats of an auditorium: where they are, and which are beside each other."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from booking.seating.kinds import Kind

# A choice can leave a seat alone only between itself and the second seat beside it.
GAP_REACH = 2


@dataclass(frozen=True, slots=True)
class SeatPosition:
    """Where a seat is: its position in its row, and its grid cell; `y` grows from the screen."""

    seat_number: int
    row: str
    position: int
    kind: Kind
    x: int
    y: int

    @property
    def label(self) -> str:
        """The name that people read, such as "F12"."""
        return f"{self.row}{self.position}"


class Placed(Protocol):
    """Any seat that has a number, a kind and a cell."""

    @property
    def seat_number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


def accompanied(seats: Iterable[Placed], *, first: Collection[Placed] = ()) -> frozenset[int]:
    """Return the companion seats among these that are beside a wheelchair space of their own.

    Spaces go to the companions of the `first` seats, then to the others from left to right.
    """
    every = [*first, *sorted(seats, key=_place)]
    spaces = {_place(seat) for seat in every if seat.kind == Kind.WHEELCHAIR}
    found: list[Placed] = []
    for seat in every:
        if seat.kind == Kind.COMPANION and _have_spaces([*found, seat], spaces):
            found.append(seat)
    return frozenset(seat.seat_number for seat in found)


def _have_spaces(companions: Iterable[Placed], spaces: Collection[tuple[int, int]]) -> bool:
    """Tell whether there is a space beside each, for it alone."""
    left = set(spaces)
    for y, x in sorted(map(_place, companions)):
        beside = left & {(y, x - 1), (y, x + 1)}
        if not beside:
            return False
        left.remove(min(beside))
    return True


def _place(seat: Placed) -> tuple[int, int]:
    return seat.y, seat.x


Block = tuple[SeatPosition, ...]


@dataclass(frozen=True, eq=False)
class House:
    """All seats of an auditorium, in the order of their numbers."""

    seats: Block

    @cached_property
    def width(self) -> int:
        """How many cells there are from one side to the other."""
        return max(seat.x for seat in self.seats) + 1

    @cached_property
    def height(self) -> int:
        """How many cells there are from the screen to the back."""
        return max(seat.y for seat in self.seats) + 1

    @cached_property
    def runs(self) -> list[Block]:
        """The straight runs of neighbouring seats: a row's pieces between its aisles."""
        found: list[list[SeatPosition]] = []
        for seat in sorted(self.seats, key=lambda seat: (seat.y, seat.x)):
            last = found[-1][-1] if found else None
            if last is not None and (last.y, last.x + 1) == (seat.y, seat.x):
                found[-1].append(seat)
            else:
                found.append([seat])
        return [tuple(run) for run in found]

    @cached_property
    def places(self) -> dict[int, tuple[Block, int]]:
        """The run that each seat is in, by its number, and where in it."""
        return {seat.seat_number: (run, i) for run in self.runs for i, seat in enumerate(run)}

    @cached_property
    def wheelchair_spaces(self) -> frozenset[int]:
        """The numbers of the wheelchair spaces."""
        return frozenset(s.seat_number for s in self.seats if s.kind is Kind.WHEELCHAIR)

    @cached_property
    def on_request(self) -> frozenset[int]:
        """The numbers of the seats that are kept for those who ask for them."""
        return frozenset(s.seat_number for s in self.seats if s.kind.on_request)

    @cached_property
    def companions(self) -> list[tuple[SeatPosition, Block]]:
        """Each companion seat that is beside a wheelchair space, with the spaces beside it."""
        beside = [
            (seat, tuple(s for s in run[max(0, i - 1) : i + 2] if s.kind is Kind.WHEELCHAIR))
            for run in self.runs
            for i, seat in enumerate(run)
            if seat.kind is Kind.COMPANION
        ]
        return [(companion, spaces) for companion, spaces in beside if spaces]

    def neighbourhood(self, seat_numbers: Collection[int]) -> set[int]:
        """Return these seats and those around them that decide whether they leave a gap."""
        return {
            neighbour.seat_number
            for run, i in (self.places[number] for number in seat_numbers if number in self.places)
            for neighbour in run[max(0, i - GAP_REACH) : i + GAP_REACH + 1]
        }
