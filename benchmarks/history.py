"""A cinema's past: what services would have left of a year of work, written in bulk.

Nothing is played out. For each show a history of its seats is made up, one hold after the other,
and the log with its digests, the bookings and the tickets are written by COPY as the services would
have left them: an audit finds nothing wrong. What is of today (live holds, waitlists) is left to
the services.
"""

import random
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from booking import chain
from booking.models import SeatMap, Show, State
from booking.rules import HOLD_TIME
from booking.services.sales import REFERENCE_ALPHABET
from foundation.ids import random_id
from foundation.instants import milliseconds

# Seats are on sale for so long before a show.
ON_SALE = timedelta(days=14)
SHARE_CANCELLED = 0.05
SEATS_TOGETHER = (1, 2, 2, 2, 3, 4)

COLUMNS = {
    "booking_showseat": "show_id, seat_id, seat_number, state",
    "booking_booking": "id, user_id, show_id, reference, created_at, cancelled_at",
    "booking_ticket": "id, booking_id, show_id, seat_id, seat_number, price, cancelled_at",
    "booking_seatchange": "show_id, version, changes, at, note, digest, booking_id",
}

Line = Sequence[object]


def write(table: str, columns: str, lines: Iterable[Line]) -> None:
    """Write rows by COPY; none of their values may need an escape."""
    text = "".join(
        "\t".join(["\\N" if value is None else str(value) for value in line]) + "\n"
        for line in lines
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write(text)


@dataclass(frozen=True)
class PlacedSeat:
    """What a history needs to know of a seat."""

    pk: int
    number: int
    kind: str


class History:
    """What became of a show's seats: rows by table, and the seat map that they lead to."""

    def __init__(
        self,
        show: Show,
        seats: Sequence[PlacedSeat],
        buyer: Callable[[], int],
        chance: random.Random,
    ) -> None:
        self.rows: dict[str, list[Line]] = {table: [] for table in COLUMNS}
        self.seat_map = SeatMap.blank(show)
        self._show, self._buyer, self._chance = show, buyer, chance
        self._seats = {seat.number: seat for seat in seats}
        self._free = [seat.number for seat in seats]

    def happen(self, *, bookings: int, entries: int, until: datetime) -> None:
        """Let so many bookings be made until then, and people hold seats and let them go.

        Each operation is two or three entries of the log: they come as evenly as that allows.
        """
        opened = self._show.starts_at - ON_SALE
        sold = [True] * bookings + [False] * max(0, entries // 2 - bookings)
        self._chance.shuffle(sold)
        step = (until - opened) / (3 * len(sold) + 1)
        for number, is_sold in enumerate(sold):
            if self._free:
                moments = [opened + (3 * number + n) * step for n in range(3)]
                self._happen(is_sold, [_whole(moment) for moment in moments])
        free = set(self._free)
        for seat in self._seats.values():
            state = State.AVAILABLE if seat.number in free else State.BOOKED
            line = (self._show.pk, seat.pk, seat.number, state.value)
            self.rows["booking_showseat"].append(line)
        own = self.seat_map
        own.available, own.counted_version = len(free), own.version

    def _happen(self, is_sold: bool, moments: Sequence[datetime]) -> None:
        count = min(self._chance.choice(SEATS_TOGETHER), len(self._free))
        first = self._chance.randrange(len(self._free) - count + 1)
        seats = self._free[first : first + count]
        until = milliseconds(moments[0] + HOLD_TIME)
        self._log(moments[0], [f'[{seat},"h",{until}]' for seat in seats])
        if not is_sold:
            self._log(moments[1], [f'[{seat},"a"]' for seat in seats])
            return
        booking = random_id()
        self._log(moments[1], [f'[{seat},"b"]' for seat in seats], booking)
        del self._free[first : first + count]
        is_cancelled = self._chance.random() < SHARE_CANCELLED
        if is_cancelled:
            self._log(moments[2], [f'[{seat},"a"]' for seat in seats], booking)
            for seat in seats:
                insort(self._free, seat)
        self._sell(booking, seats, moments[1], moments[2] if is_cancelled else None)

    def _sell(
        self, booking: int, seats: Sequence[int], at: datetime, cancelled: datetime | None
    ) -> None:
        show = self._show
        letters = "".join(self._chance.choices(REFERENCE_ALPHABET, k=8))
        reference = f"{letters[:4]}-{letters[4:]}"
        line = (booking, self._buyer(), show.pk, reference, at, cancelled)
        self.rows["booking_booking"].append(line)
        for seat in map(self._seats.__getitem__, seats):
            ids = (random_id(), booking, show.pk, seat.pk, seat.number)
            self.rows["booking_ticket"].append((*ids, show.price_of(seat.kind), cancelled))

    def _log(self, at: datetime, seats: Sequence[str], booking: int | None = None) -> None:
        """Log a change, its text as `booking.chain.entry_text` has it: there are millions."""
        own, changes = self.seat_map, f"[{','.join(seats)}]"
        own.version += 1
        text = f'{{"at":{milliseconds(at)},"changes":{changes},"show":null}}'
        own.digest = chain.link(own.digest, own.version, text)
        line = (own.show_id, own.version, changes, at, "", own.digest, booking)
        self.rows["booking_seatchange"].append(line)


def _whole(moment: datetime) -> datetime:
    """Return it in whole milliseconds, as the log has them."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def write_histories(histories: Sequence[History]) -> None:
    """Write what became of these shows."""
    SeatMap.objects.bulk_create([history.seat_map for history in histories])
    for table, columns in COLUMNS.items():
        write(table, columns, (line for each in histories for line in each.rows[table]))
