"""The seat map of a show: its layout, its states now or at an earlier version, and its log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from booking.errors import ShowNotFound, VersionNotFound
from booking.instants import milliseconds
from booking.models import Auditorium, Seat, SeatChange, SeatMap, ShowSeat, State
from booking.statements import Statement, places_for, run


@dataclass(frozen=True)
class SeatStates:
    """A seat map at one version; `states` has one state letter per seat, in seat order.

    `held_until` says of each held seat, by its number, when its hold expires, in milliseconds since
    the epoch.
    """

    version: int
    states: str
    held_until: dict[int, int] = field(default_factory=dict)

    @property
    def available_seats(self) -> int:
        """The number of seats that can be had."""
        return self.states.count(State.AVAILABLE)


@dataclass(frozen=True)
class Head:
    """What says which seat map a show has: its version, and its auditorium's layout."""

    version: int
    auditorium_id: int
    layout_hash: str


def heads(show_ids: Collection[int]) -> dict[int, Head]:
    """Return the head of each of these shows' seat maps; a show that is gone is left out."""
    numbers = list(show_ids)
    [rows] = run(
        Statement(
            "SELECT booking_seatmap.show_id, booking_seatmap.version, booking_auditorium.id, "
            "booking_auditorium.layout_hash FROM booking_seatmap "
            "JOIN booking_show ON booking_show.id = booking_seatmap.show_id "
            "JOIN booking_auditorium ON booking_auditorium.id = booking_show.auditorium_id "
            f"WHERE booking_seatmap.show_id IN ({places_for(numbers)})",
            numbers,
        )
    )
    return {show_id: Head(*head) for show_id, *head in rows}


def version(show_id: int) -> int:
    """Return the version of the show's seat map. Raises ShowNotFound."""
    found = SeatMap.objects.filter(pk=show_id).values_list("version", flat=True).first()
    if found is None:
        raise ShowNotFound
    return found


def versions(show_ids: Collection[int]) -> dict[int, int]:
    """Return the version of each of these shows' seat maps; a show that is gone is left out."""
    return dict(SeatMap.objects.filter(pk__in=show_ids).values_list("pk", "version"))


def states(show_id: int) -> SeatStates:
    """Return the show's seat map as it is, in one statement and so of one moment.

    Raises ShowNotFound.
    """
    return _states_in_one_row(show_id) if connection.vendor == "postgresql" else _states(show_id)


def _states_in_one_row(show_id: int) -> SeatStates:
    """Let the database put the letters together: a row instead of one for each seat."""
    [rows] = run(
        Statement(
            "SELECT version, string_agg(state, '' ORDER BY seat_number), "
            "array_agg(seat_number) FILTER (WHERE held_until IS NOT NULL), "
            "array_agg(held_until) FILTER (WHERE held_until IS NOT NULL) "
            "FROM booking_seatmap JOIN booking_showseat USING (show_id) "
            "WHERE show_id = %s GROUP BY version",
            [show_id],
        )
    )
    if not rows:
        raise ShowNotFound
    version, letters, held, until = rows[0]
    held_until = zip(held or (), map(milliseconds, until or ()), strict=True)
    return SeatStates(version, letters, dict(held_until))


def _states(show_id: int) -> SeatStates:
    rows = list(
        ShowSeat.objects.filter(show_id=show_id)
        .order_by("seat_number")
        .values_list("show__seat_map__version", "state", "seat_number", "held_until")
    )
    if not rows:
        raise ShowNotFound
    return SeatStates(
        version=rows[0][0],
        states="".join(state for _, state, _, _ in rows),
        held_until={number: milliseconds(until) for _, _, number, until in rows if until},
    )


def free_seats(show_id: int, now: datetime) -> list[Seat]:
    """Return the seats that can be had at the show, in seat order, in one query."""
    free = ShowSeat.objects.free(now).filter(show_id=show_id).select_related("seat")
    return [show_seat.seat for show_seat in free.order_by("seat_number")]


def states_at(show_id: int, at: int) -> SeatStates:
    """Return the show's seat map at an earlier version, replayed from the log.

    Raises ShowNotFound, and VersionNotFound when the map has not reached that version.
    """
    if not 0 <= at <= version(show_id):
        raise VersionNotFound
    letters = [State.AVAILABLE.value] * ShowSeat.objects.filter(show_id=show_id).count()
    held_until: dict[int, int] = {}
    log = SeatChange.objects.filter(show_id=show_id, version__lte=at).order_by("version")
    for changes in log.values_list("changes", flat=True):
        for seat_number, letter, *until in changes:
            letters[seat_number - 1] = letter
            held_until.pop(seat_number, None)
            if until:
                held_until[seat_number] = until[0]
    return SeatStates(at, "".join(letters), held_until)


def changes_since(show_id: int, since: int, limit: int) -> list[SeatChange]:
    """Return the first `limit` changes of the show after a version, in order."""
    log = SeatChange.objects.filter(show_id=show_id, version__gt=since)
    return list(log.order_by("version")[:limit])


def latest_changes(show_id: int, limit: int) -> list[SeatChange]:
    """Return the last changes of the show, newest first."""
    return list(SeatChange.objects.filter(show_id=show_id).order_by("-version")[:limit])


def layout(auditorium: Auditorium) -> dict[str, Any]:
    """Return the geometry of the auditorium as clients get it; x and y are grid cells."""
    seats = [dict(seat) for seat in seats_of_layout(auditorium.pk, auditorium.layout_hash)]
    return {
        "auditorium": auditorium.pk,
        "name": auditorium.name,
        "hash": auditorium.layout_hash,
        "width": max(seat["x"] for seat in seats) + 1,
        "height": max(seat["y"] for seat in seats) + 1,
        "seats": seats,
    }


@lru_cache(maxsize=64)
def seats_of_layout(auditorium_id: int, layout_hash: str) -> Sequence[Mapping[str, Any]]:
    """Return an auditorium's seats; the hash lets a changed layout be read again."""
    return list(
        map(_seat, Seat.objects.filter(auditorium_id=auditorium_id).order_by("seat_number"))
    )


def _seat(seat: Seat) -> dict[str, Any]:
    return {
        "seat_number": seat.seat_number,
        "row": seat.row,
        "position": seat.position,
        "label": seat.label,
        "kind": seat.kind,
        "x": seat.x,
        "y": seat.y,
    }
