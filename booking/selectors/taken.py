"""Since when seats are somebody else's, for those who come too late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.models import Hold, SeatChange, ShowSeat, State
from booking.rules import MINUTE, SEATS_AT_ONCE
from foundation.db.statements import Columns, Statement, placeholders, run

# Entries of the log that are looked through, from the newest on; what is older is not told.
MOST_ENTRIES = 50

ENTRY = Columns(SeatChange, "id", "version", "at", "changes")
HEAD = "(SELECT version FROM booking_seatmap WHERE show_id = %s)"
# Those that name a seat, and the oldest, which says how far back they reach: of many rows, most of
# the time would go into reading them.
NEWEST = (
    f"SELECT {ENTRY.sql} FROM booking_seatchange WHERE show_id = %s AND version > {HEAD} - %s "
    f"AND (version IN (1, {HEAD} - %s + 1){{names}}) ORDER BY version DESC"
)
NAMES = " OR CAST(changes AS text) LIKE %s"
HOLD = Columns(Hold, "id", "created_at")


@dataclass(frozen=True)
class Taken:
    """Under which version a seat became somebody else's, and how long ago."""

    seat_number: int
    version: int
    seconds_ago: int


def taken(show_id: int, seats: Sequence[ShowSeat], now: datetime) -> list[Taken]:
    """Return since when the first of these seats have the state they had, where that is sure.

    Reads what the newest entries of the show's log say of them, in one trip.
    """
    seats = seats[:SEATS_AT_ONCE]
    holds = [seat.hold_id for seat in seats if seat.hold_id]
    ids = placeholders(holds)
    window = [show_id, show_id, MOST_ENTRIES, show_id, MOST_ENTRIES]
    names = [f"%[{seat.seat_number},%" for seat in seats]
    rows, begun = run(
        Statement(NEWEST.format(names=NAMES * len(names)), [*window, *names]),
        Statement(f"SELECT {HOLD.sql} FROM booking_hold WHERE id IN ({ids})", holds),
    )
    begun_at = {hold.pk: hold.created_at for hold in map(HOLD.instance, begun)}
    found = []
    for seat in seats:
        entry = _since(seat, map(ENTRY.instance, rows), begun_at.get(seat.hold_id or 0))
        if entry is not None:
            ago = max(0, int((now - entry.at).total_seconds()))
            found.append(Taken(seat.seat_number, entry.version, ago))
    return found


def _since(
    seat: ShowSeat, newest_first: Iterable[SeatChange], begun_at: datetime | None
) -> SeatChange | None:
    """Return the entry from which on the seat has its state; None if that is not sure.

    Each change of a hold names all its seats again, so what counts is the first since it began. The
    entries' times are those of their requests, which may have waited a while.
    """
    found = entry = None
    for entry in newest_first:
        letters = {number: letter for number, letter, *_ in entry.changes}
        letter = letters.get(seat.seat_number)
        if letter == seat.state:
            found = entry
            if letter != State.HELD:
                return found
        elif letter is not None or (begun_at and entry.at < begun_at - MINUTE):
            return found
    return found if entry and entry.version == 1 else None
