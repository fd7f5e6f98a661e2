"""The steps that every write to a seat map shares: lock the seats, change them, log the change."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from booking import events
from booking.errors import NamedSeat, SeatTaken, ShowFull, UnknownSeats
from booking.instants import milliseconds
from booking.models import Hold, Seat, ShowSeat, State
from booking.selectors.line import addressed
from booking.services.transactions import last_trip
from booking.statements import Columns, Row, Statement, instant, places_for, run

SHOW_SEAT = Columns(ShowSeat)
SEAT = Columns(Seat)
ANY_AVAILABLE = "SELECT 1 FROM booking_showseat WHERE show_id = %s AND state = %s LIMIT 1"
# NO KEY: tickets that refer to a seat's rows can still be inserted meanwhile.
ROW_LOCK = " FOR NO KEY UPDATE OF booking_showseat"


def lock_seats(*, show_id: int, seat_numbers: Collection[int]) -> list[ShowSeat]:
    """Lock these seats of the show, in seat order, and return them.

    Every service takes its seats in this order, so two of them never wait for each other in a
    circle. Raises UnknownSeats.
    """
    [rows] = run(locking(show_id, list(seat_numbers)))
    locked = [locked_seat(row) for row in rows]
    unknown = sorted(set(seat_numbers) - {show_seat.seat_number for show_seat in locked})
    if unknown:
        raise unknown_seats(unknown)
    return locked


def unknown_seats(seat_numbers: Collection[int]) -> UnknownSeats:
    """Return the refusal that names these numbers."""
    numbers = ", ".join(map(str, seat_numbers))
    return UnknownSeats(f"This show has no seat numbered {numbers}.")


def locking(show_id: int, seat_numbers: Sequence[int], *, only: str = "") -> Statement:
    """Return what locks these seats in seat order, `only` where that condition holds.

    Its rows are for `locked_seat`.
    """
    lock = ROW_LOCK if connection.features.has_select_for_no_key_update else ""
    return Statement(
        f"SELECT {SHOW_SEAT.sql}, {SEAT.sql} FROM booking_showseat "
        "JOIN booking_seat ON booking_seat.id = booking_showseat.seat_id "
        "WHERE booking_showseat.show_id = %s "
        f"AND booking_showseat.seat_number IN ({places_for(seat_numbers)}) "
        f"{only and 'AND ' + only + ' '}"
        f"ORDER BY booking_showseat.seat_number{lock}",
        [show_id, *seat_numbers],
    )


def locked_seat(row: Row) -> ShowSeat:
    """Return the seat of a row that `locking` gave."""
    show_seat = SHOW_SEAT.instance(row[: SHOW_SEAT.count])
    show_seat.seat = SEAT.instance(row[SHOW_SEAT.count :])
    return show_seat


@dataclass(frozen=True)
class Change:
    """What happens to some locked seats: their new state, and the hold when that is HELD.

    `is_turn` says that they are held for the next in line, in turn.
    """

    seats: Sequence[ShowSeat]
    state: State
    hold: Hold | None = None
    is_turn: bool = False

    @property
    def logged(self) -> list[list[Any]]:
        """The change as log and sockets have it: one entry per seat."""
        if self.hold is None:
            return [[seat.seat_number, self.state.value] for seat in self.seats]
        until = milliseconds(self.hold.expires_at)
        return [[seat.seat_number, self.state.value, until] for seat in self.seats]

    @property
    def turns(self) -> list[list[int]]:
        """Who is next in line for which seat, as the log has it: one entry per seat."""
        if self.hold is None or self.hold.user_id is None or not self.is_turn:
            return []
        return [[seat.seat_number, self.hold.user_id] for seat in self.seats]


def change_seats(
    *,
    show_id: int,
    changes: Sequence[Change],
    now: datetime,
    note: str = "",
    first: Sequence[Statement] = (),
) -> list[list[Row]]:
    """Change these locked seats, log it as one version, and publish it after the commit.

    The note stays in the log, for staff. The statements that shall run `first` go the same way;
    returns the rows of each of them.

    Call it last in an operation (`last_trip` says why). The version's row is the one lock that all
    writers of a show share; with the commit in the same trip they wait for each other while the
    database works, and not for a process. Only a request with an Idempotency-Key holds it a little
    longer, until its answer is stored.
    """
    logged = sorted(entry for change in changes for entry in change.logged)
    turns = [turn for change in changes for turn in change.turns]
    told = addressed(show_id, turns)

    # A function: when one fails, Django wants to log its name, and a partial has none.
    def publish() -> None:
        events.publish(show_id=show_id, version=version, changes=logged, at=now, turns=told)

    transaction.on_commit(publish, robust=True)
    *rows, [[version]] = last_trip(
        *first,
        *map(_update, changes),
        _next_version(show_id),
        _log(show_id, logged, turns, now, note),
    )
    return rows[: len(first)]


def is_free(seat: ShowSeat, *, now: datetime, hold: Hold | None = None) -> bool:
    """Tell whether a locked seat can be had, by whoever has this hold if one is given.

    The clock decides when a hold has expired, never whether somebody has swept it away.
    """
    if seat.held_until is not None:
        return seat.held_until <= now or (hold is not None and seat.hold_id == hold.pk)
    return seat.state == State.AVAILABLE


def check_free(
    seats: Sequence[ShowSeat],
    *,
    now: datetime,
    hold: Hold | None = None,
    awaited: Collection[int] = (),
) -> None:
    """Refuse when one of these locked seats cannot be had. Raises SeatTaken, ShowFull.

    Those whose key is `awaited` are for others, whoever held them.
    """
    lost = named(
        [seat for seat in seats if seat.pk in awaited or not is_free(seat, now=now, hold=hold)]
    )
    if not lost:
        return
    if _is_full(seats[0].show_id, now):
        raise ShowFull(seats=lost)
    labels = ", ".join(seat.label for seat in lost)
    if len(lost) == 1:
        raise SeatTaken(f"Seat {labels} is already taken.", seats=lost)
    raise SeatTaken(f"Seats {labels} are already taken.", seats=lost)


def _is_full(show_id: int, now: datetime) -> bool:
    """Return whether no seat can be had; expired holds matter only where none is available."""
    [available] = run(Statement(ANY_AVAILABLE, [show_id, State.AVAILABLE.value]))
    return not available and not ShowSeat.objects.free(now).filter(show_id=show_id).exists()


def named(show_seats: Sequence[ShowSeat]) -> list[NamedSeat]:
    """Return the seats' numbers and labels."""
    return [NamedSeat(show_seat.seat_number, show_seat.seat.label) for show_seat in show_seats]


def _update(change: Change) -> Statement:
    until = instant(change.hold.expires_at) if change.hold else None
    keys = [seat.pk for seat in change.seats]
    return Statement(
        "UPDATE booking_showseat SET state = %s, hold_id = %s, held_until = %s "
        f"WHERE id IN ({places_for(keys)})",
        [change.state.value, change.hold and change.hold.pk, until, *keys],
    )


def _next_version(show_id: int) -> Statement:
    return Statement(
        "UPDATE booking_seatmap SET version = version + 1 WHERE show_id = %s", [show_id]
    )


def _log(
    show_id: int, logged: list[list[Any]], turns: list[list[int]], now: datetime, note: str
) -> Statement:
    """Return what logs the version that the seat map has since `_next_version`."""
    return Statement(
        "INSERT INTO booking_seatchange (show_id, changes, turns, at, note, version) "
        "VALUES (%s, %s, %s, %s, %s, (SELECT version FROM booking_seatmap WHERE show_id = %s)) "
        "RETURNING version",
        [show_id, json.dumps(logged), json.dumps(turns), instant(now), note, show_id],
    )
