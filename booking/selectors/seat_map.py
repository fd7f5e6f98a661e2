"""The seat map of a show: its layout, its states now or at an earlier version, and its log."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from booking.chain import Checkpoint
from booking.errors import LayoutChanged, ShowNotFound, VersionNotFound
from booking.models import (
    Auditorium,
    KeptMap,
    Seat,
    SeatChange,
    SeatMap,
    Show,
    ShowSeat,
    State,
    WaitlistEntry,
)
from booking.seating.house import House, SeatPosition
from booking.seating.kinds import Kind
from foundation.db.statements import Statement, placeholders, run
from foundation.instants import milliseconds

# Enough to tell layouts apart, and every seat map has it twice.
HASH_LENGTH = 16


@dataclass(frozen=True)
class SeatStates:
    """A seat map at one version; `states` has one state letter per seat, in seat order.

    Version and `digest` say of which history it is (`booking.chain`). `held_until` says of each
    held seat, by its number, when its hold expires, in milliseconds since the epoch.
    """

    version: int
    digest: str
    states: str
    held_until: dict[int, int] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.version, self.digest)

    @property
    def capacity(self) -> int:
        return len(self.states)

    @property
    def held(self) -> list[tuple[int, int]]:
        """The held seats in seat order, each with until when."""
        return sorted(self.held_until.items())

    @property
    def available_seats(self) -> int:
        """The number of seats that can be had, as the letters have it."""
        return self.states.count(State.AVAILABLE)

    def at(self, now: datetime) -> str:
        """Return the letters with those seats available whose hold is over by now."""
        letters = list(self.states)
        for seat_number, until in self.held_until.items():
            if until <= milliseconds(now):
                letters[seat_number - 1] = State.AVAILABLE.value
        return "".join(letters)

    def count_available(self, now: datetime) -> int:
        """Return the number of seats that can be had, also those whose hold is over by now."""
        lapsed = sum(until <= milliseconds(now) for until in self.held_until.values())
        return self.available_seats + lapsed


@dataclass(frozen=True)
class Head:
    """What says which seat map a show has: its newest version, and its auditorium's layout."""

    checkpoint: Checkpoint
    auditorium_id: int
    layout_hash: str


def heads(show_ids: Collection[int]) -> dict[int, Head]:
    """Return the head of each of these shows' seat maps; a show that is gone is left out."""
    numbers = list(show_ids)
    [rows] = run(
        Statement(
            "SELECT booking_seatmap.show_id, booking_seatmap.version, booking_seatmap.digest, "
            "booking_auditorium.id, booking_auditorium.layout_hash FROM booking_seatmap "
            "JOIN booking_show ON booking_show.id = booking_seatmap.show_id "
            "JOIN booking_auditorium ON booking_auditorium.id = booking_show.auditorium_id "
            f"WHERE booking_seatmap.show_id IN ({placeholders(numbers)})",
            numbers,
        )
    )
    return {
        show_id: Head(Checkpoint(version, digest), *layout)
        for show_id, version, digest, *layout in rows
    }


def checkpoint(show_id: int) -> Checkpoint:
    """Return the newest version of the show's seat map. Raises ShowNotFound."""
    found = checkpoints([show_id])
    if not found:
        raise ShowNotFound
    return found[show_id]


def genesis(show_id: int) -> Checkpoint:
    """Return version 0 of the show's seat map. Raises ShowNotFound."""
    found = SeatMap.objects.filter(pk=show_id).first()
    if found is None:
        raise ShowNotFound
    return Checkpoint(0, found.genesis)


def checkpoints(show_ids: Collection[int]) -> dict[int, Checkpoint]:
    """Return the newest version of each of these seat maps; a show that is gone is left out."""
    maps = SeatMap.objects.filter(pk__in=show_ids).values_list("pk", "version", "digest")
    return {show_id: Checkpoint(version, digest) for show_id, version, digest in maps}


def states(show_id: int) -> SeatStates:
    """Return the show's seat map as it is at one moment. Raises ShowNotFound."""
    return _states_in_one_row(show_id) if connection.vendor == "postgresql" else _states(show_id)


def _states_in_one_row(show_id: int) -> SeatStates:
    """Let the database put the letters together: a row instead of one for each seat."""
    [rows] = run(
        Statement(
            "SELECT version, digest, string_agg(state, '' ORDER BY seat_number), "
            "array_agg(seat_number) FILTER (WHERE held_until IS NOT NULL), "
            "array_agg(held_until) FILTER (WHERE held_until IS NOT NULL) "
            "FROM booking_seatmap JOIN booking_showseat USING (show_id) "
            "WHERE show_id = %s GROUP BY version, digest",
            [show_id],
        )
    )
    if not rows:
        raise ShowNotFound
    version, digest, letters, held, until = rows[0]
    held_until = zip(held or (), map(milliseconds, until or ()), strict=True)
    return SeatStates(version, digest, letters, dict(held_until))


def _states(show_id: int) -> SeatStates:
    head = ("show__seat_map__version", "show__seat_map__digest")
    seats = ShowSeat.objects.filter(show_id=show_id).order_by("seat_number")
    rows = list(seats.values_list(*head, "state", "seat_number", "held_until"))
    if not rows:
        raise ShowNotFound
    letters = "".join(state for _, _, state, _, _ in rows)
    held_until = {number: milliseconds(until) for *_, number, until in rows if until}
    version, digest, *_ = rows[0]
    return SeatStates(version, digest, letters, held_until)


def free(now: datetime) -> QuerySet[ShowSeat]:
    """Return the seats that are available, or whose hold has expired with nobody waiting."""
    return ShowSeat.objects.filter(Q(state=State.AVAILABLE) | has_lapsed(now))


def has_lapsed(now: datetime) -> Q:
    """Return what a seat is whose hold has expired with nobody waiting."""
    waiting = WaitlistEntry.objects.waiting().filter(show_seat=OuterRef("pk"))
    return Q(~Exists(waiting), state=State.HELD, held_until__lte=now)


def free_seats(show_id: int, now: datetime) -> list[Seat]:
    """Return the seats that can be had at the show, in seat order, in one query."""
    seats = free(now).filter(show_id=show_id).select_related("seat").order_by("seat_number")
    return [show_seat.seat for show_seat in seats]


def kept_map(show_id: int, at: int) -> SeatStates:
    """Return the newest copy of the seat map that is not newer than `at`; a blank one is the first.

    A copy counts while the log has its version with its digest. Raises ShowNotFound, and
    VersionNotFound when the map has not reached that version.
    """
    seat_map = SeatMap.objects.filter(pk=show_id).first()
    if seat_map is None:
        raise ShowNotFound
    if not 0 <= at <= seat_map.version:
        raise VersionNotFound
    logged = SeatChange.objects.filter(
        show_id=show_id, version=OuterRef("version"), digest=OuterRef("digest")
    )
    copies = KeptMap.objects.filter(Exists(logged), show_id=show_id, version__lte=at)
    kept = copies.order_by("-version").first()
    if kept is None:
        seats = ShowSeat.objects.filter(show_id=show_id).count()
        return SeatStates(0, seat_map.genesis, State.AVAILABLE.value * seats)
    held_until = {int(number): until for number, until in kept.held_until.items()}
    return SeatStates(kept.version, kept.digest, kept.states, held_until)


def replayed(show_id: int, earlier: SeatStates, at: int) -> SeatStates:
    """Return the show's seat map at a version, replayed from the log after an earlier one.

    The log is read as text and parsed in one go, which takes less CPU than the model's field does.
    """
    letters, held_until = list(earlier.states), dict(earlier.held_until)
    log = SeatChange.objects.filter(
        show_id=show_id, version__gt=earlier.version, version__lte=at
    ).order_by("version")
    rows = list(log.values_list(Cast("changes", TextField()), "digest"))
    for changes in orjson.loads(f"[{','.join(text for text, _ in rows)}]"):
        for seat_number, letter, *until in changes:
            letters[seat_number - 1] = letter
            held_until.pop(seat_number, None)
            if until:
                held_until[seat_number] = until[0]
    return SeatStates(at, rows[-1][1] if rows else "", "".join(letters), held_until)


def changes_from(show_id: int, version: int, limit: int) -> list[SeatChange]:
    """Return the first `limit` changes of the show from a version on, in order."""
    log = SeatChange.objects.filter(show_id=show_id, version__gte=version)
    return list(log.order_by("version")[:limit])


def latest_changes(show_id: int, limit: int) -> list[SeatChange]:
    """Return the last changes of the show, newest first."""
    return list(SeatChange.objects.filter(show_id=show_id).order_by("-version")[:limit])


def layout(auditorium: Auditorium) -> House:
    """Return where the auditorium's seats are, read again if they changed since it was read."""
    try:
        return house_of_layout(auditorium.pk, auditorium.layout_hash)
    except LayoutChanged:
        auditorium.refresh_from_db()
        return house_of_layout(auditorium.pk, auditorium.layout_hash)


def house_of(show: Show) -> House:
    """Return where the seats of the show's auditorium are. Raises LayoutChanged."""
    return house_of_layout(show.auditorium_id, show.auditorium.layout_hash)


@lru_cache(maxsize=64)
def house_of_layout(auditorium_id: int, layout_hash: str) -> House:
    """Return where the seats of an auditorium are that has the layout of this hash.

    Raises LayoutChanged where it has another one by now; nothing is kept under the old hash then.
    """
    rows = Seat.objects.filter(auditorium_id=auditorium_id).order_by("seat_number")
    columns = rows.values_list("seat_number", "row", "position", "kind", "x", "y")
    house = House(
        tuple(
            SeatPosition(number, row, position, Kind(kind), x, y)
            for number, row, position, kind, x, y in columns
        )
    )
    if hash_of_layout(house.seats) != layout_hash:
        raise LayoutChanged
    return house


def hash_of_layout(seats: Iterable[SeatPosition]) -> str:
    """Return the name of a layout: it changes with any seat's label, kind or place."""
    geometry = [[seat.row, seat.position, seat.kind, seat.x, seat.y] for seat in seats]
    return sha256(json.dumps(geometry).encode()).hexdigest()[:HASH_LENGTH]
