"""A show as it is when somebody claims seats of it: read, and with these seats locked."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate

from django.contrib.auth import get_user_model
from django.db import connection

from booking.errors import ShowCancelled, ShowNotFound, ShowStarted, UnknownSeats
from booking.models import Auditorium, Movie, Seat, SeatMap, Show, ShowSeat, State, WaitlistEntry
from booking.seating.claim import Claim, unknown_seats
from booking.seating.house import House
from booking.selectors.seat_map import free, house_of
from foundation.db.locks import locking_name, row_lock
from foundation.db.statements import Columns, Row, Statement, instant, placeholders, run
from foundation.errors import refuses
from foundation.ids import MAX_ID

USERS = get_user_model()._meta.db_table
SHOW = Columns(Show)
MOVIE = Columns(Movie, "id", "title")
AUDITORIUM = Columns(Auditorium, "id", "name", "layout_hash")
SEAT_MAP = Columns(SeatMap, "show_id", "facts_version")
SHOW_SEAT, SEAT = Columns(ShowSeat), Columns(Seat)
OPEN_SHOW = (
    f"SELECT {SHOW.sql}, {MOVIE.sql}, {AUDITORIUM.sql}, {SEAT_MAP.sql} FROM booking_show "
    "JOIN booking_seatmap ON booking_seatmap.show_id = booking_show.id "
    "JOIN booking_movie ON booking_movie.id = booking_show.movie_id "
    "JOIN booking_auditorium ON booking_auditorium.id = booking_show.auditorium_id "
    "WHERE booking_show.id = %s"
)
# As `selectors.seat_map.free` has it; all who want the best seats run it, one after the other.
FREE_SEATS = (
    "SELECT seat_number FROM booking_showseat WHERE show_id = %s AND (state = 'a' OR ("
    "state = 'h' AND held_until <= %s AND NOT EXISTS (SELECT 1 FROM booking_waitlistentry "
    f"JOIN {USERS} ON {USERS}.id = booking_waitlistentry.user_id AND {USERS}.is_active "
    "WHERE booking_waitlistentry.show_seat_id = booking_showseat.id "
    "AND offered_at IS NULL AND left_at IS NULL)))"
)
# A row for each of thousands of seats would cost several times as much as one with all of them.
FREE_SEATS_IN_ONE_ROW = {
    "postgresql": f"SELECT CAST(json_agg(seat_number) AS text) FROM ({FREE_SEATS}) AS free",
    "sqlite": f"SELECT json_group_array(seat_number) FROM ({FREE_SEATS}) AS free",
}
ANY_AVAILABLE = "SELECT 1 FROM booking_showseat WHERE show_id = %s AND state = %s LIMIT 1"
GAPS_ALLOWED = (
    "AND NOT (SELECT no_gaps FROM booking_show WHERE booking_show.id = booking_showseat.show_id) "
)


@dataclass
class Board:
    """A claim's board: the show, its locked seats, and what else may be asked, read when it is."""

    show: Show
    now: datetime
    seats: Sequence[ShowSeat] = ()

    @property
    def starts_at(self) -> datetime:
        return self.show.starts_at

    @property
    def no_gaps(self) -> bool:
        return self.show.no_gaps

    @property
    def house(self) -> House:
        return house_of(self.show)

    @cached_property
    def awaited(self) -> frozenset[int]:
        """The keys of those locked seats whose hold has expired and that somebody waits for."""
        expired = [seat for seat in self.seats if seat.held_until and seat.held_until <= self.now]
        if not expired:
            return frozenset()
        waiting = WaitlistEntry.objects.waiting().filter(show_seat__in=expired)
        return frozenset(waiting.values_list("show_seat", flat=True))

    @cached_property
    def free(self) -> frozenset[int]:
        """The numbers of the show's seats that can be had, as they are without a lock."""
        [rows] = run(finding_free(self.show.pk, self.now))
        return free_among(rows)

    @property
    def is_full(self) -> bool:
        """Whether no seat can be had; expired holds matter only where none is available."""
        [available] = run(Statement(ANY_AVAILABLE, [self.show.pk, State.AVAILABLE.value]))
        return not available and not free(self.now).filter(show_id=self.show.pk).exists()

    def of(self, seat_numbers: Collection[int]) -> list[ShowSeat]:
        """Return the locked seats of these numbers, in seat order."""
        return [seat for seat in self.seats if seat.seat_number in seat_numbers]


@refuses(ShowNotFound, ShowStarted, ShowCancelled)
def open_show(
    show_id: int, now: datetime, *, then: Sequence[Statement] = ()
) -> tuple[Show, list[list[Row]]]:
    """Return the show, with its movie and auditorium by name, and when its facts last changed.

    What shall run `then` goes in the same trip; returns its rows, too.
    """
    if show_id > MAX_ID:  # PostgreSQL would refuse the number instead of finding nothing
        raise ShowNotFound
    found, *rows = run(Statement(OPEN_SHOW, [show_id]), *then)
    if not found:
        raise ShowNotFound
    [row] = found
    ends = list(accumulate(columns.count for columns in (SHOW, MOVIE, AUDITORIUM)))
    show = SHOW.instance(row[: ends[0]])
    show.movie = MOVIE.instance(row[ends[0] : ends[1]])
    show.auditorium = AUDITORIUM.instance(row[ends[1] : ends[2]])
    show.seat_map = SEAT_MAP.instance(row[ends[2] :])
    if show.cancelled_at:
        raise ShowCancelled
    if now >= show.starts_at:
        raise ShowStarted
    return show, rows


@refuses(open_show, UnknownSeats)
def open_board(
    show_id: int, claim: Claim, now: datetime, *, before: Sequence[Statement] = ()
) -> tuple[Board, list[list[Row]]]:
    """Open the show and lock what the claim touches, in one trip where the show allows gaps.

    What shall run `before` the seats are locked goes the same way; returns its rows, too.
    """
    only = GAPS_ALLOWED if claim.obeys_rules else ""
    locking = locking_seats(show_id, claim.touched, only=only)
    show, [*rows, seats] = open_show(show_id, now, then=[*before, locking])
    return lock_board(show, claim, now, found=seats), rows


@refuses(UnknownSeats)
def lock_board(show: Show, claim: Claim, now: datetime, *, found: Sequence[Row] = ()) -> Board:
    """Lock what the claim touches, and where the show wants no gaps, what decides about them.

    What `locking_seats` has found and locked already is not locked again if that is all of it.
    """
    locked = list(map(_locked_seat, found))
    board = Board(show, now, locked)
    minds_gaps = show.no_gaps and claim.obeys_rules
    needed = board.house.neighbourhood(claim.touched) if minds_gaps else claim.touched
    if {seat.seat_number for seat in locked} == needed:
        return board
    return Board(show, now, lock_seats(show_id=show.pk, seat_numbers=needed))


@refuses(UnknownSeats)
def lock_seats(*, show_id: int, seat_numbers: Collection[int]) -> list[ShowSeat]:
    """Lock these seats of the show and return them, in seat order, so nobody waits in a circle."""
    [rows] = run(locking_seats(show_id, seat_numbers))
    locked = [_locked_seat(row) for row in rows]
    unknown = sorted(set(seat_numbers) - {show_seat.seat_number for show_seat in locked})
    if unknown:
        raise unknown_seats(unknown)
    return locked


def finding_free(show_id: int, now: datetime) -> Statement:
    """Return what reads which seats of the show can be had; its rows are for `free_among`."""
    return Statement(FREE_SEATS_IN_ONE_ROW[connection.vendor], [show_id, instant(now)])


def free_among(rows: Sequence[Row]) -> frozenset[int]:
    """Return the numbers of the seats that can be had."""
    [(numbers,)] = rows
    return frozenset(json.loads(numbers)) if numbers else frozenset()


def locking_choice(show_id: int, count: int, now: datetime) -> list[Statement]:
    """Return what lets one at a time choose the best `count` seats of the show, until it commits.

    All want the same. Where fewer are free there are none to choose, so nobody queues for them.
    """
    enough = Statement(
        f"EXISTS ({FREE_SEATS} LIMIT 1 OFFSET %s)", [show_id, instant(now), count - 1]
    )
    return locking_name(f"best seats of show {show_id}", only=enough if count > 0 else None)


def locking_seats(show_id: int, seat_numbers: Collection[int], *, only: str = "") -> Statement:
    """Return what locks these seats in seat order, `only` where that condition holds."""
    return Statement(
        f"SELECT {SHOW_SEAT.sql}, {SEAT.sql} FROM booking_showseat "
        "JOIN booking_seat ON booking_seat.id = booking_showseat.seat_id "
        "WHERE booking_showseat.show_id = %s "
        f"AND booking_showseat.seat_number IN ({placeholders(seat_numbers)}) "
        f"{only}ORDER BY booking_showseat.seat_number{row_lock('booking_showseat')}",
        [show_id, *seat_numbers],
    )


def _locked_seat(row: Row) -> ShowSeat:
    show_seat = SHOW_SEAT.instance(row[: SHOW_SEAT.count])
    show_seat.seat = SEAT.instance(row[SHOW_SEAT.count :])
    return show_seat
