"""The one place that changes a seat's state: the log says so as one version, and all hear of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from booking import chain, events
from booking.chain import Checkpoint
from booking.models import Booking, Hold, SeatMap, Show, ShowSeat, State
from foundation.db.statements import Statement, instant, placeholders, run
from foundation.db.transactions import Overtaken, last_trip, one_transaction
from foundation.instants import milliseconds

AS_AGREED = " AND facts_version = %s"
# As `booking.chain.link` has it; on SQLite the function is Django's.
LINES = "digest || '\n' || (version + 1) || '\n' || %s"
NEXT_DIGEST = {
    "postgresql": f"encode(sha256(convert_to({LINES}, 'UTF8')), 'hex')",
    "sqlite": f"sha256({LINES})",
}
# These count the version up, chain the entry of a text to those before it, and keep count of the
# seats that are available. The last release counts none: see `SeatMap.counted_version`.
NEXT_VERSION, NEXT_VERSION_OF_FACTS = (
    {
        vendor: f"UPDATE booking_seatmap SET version = version + 1{also}, digest = {digest}, "
        "counted_version = counted_version + 1, available = available + %s WHERE show_id = %s"
        for vendor, digest in NEXT_DIGEST.items()
    }
    for also in ("", ", facts_version = version + 1")
)


@dataclass(frozen=True)
class SeatsBecome:
    """What becomes of some locked seats: their new state, and the hold when that is HELD.

    What is held for somebody who waited is an offer: `address` is where they are told of it.
    """

    seats: Sequence[ShowSeat]
    state: State
    hold: Hold | None = None
    address: str = ""

    @property
    def logged(self) -> list[list[Any]]:
        """The change as log and sockets have it: one entry per seat."""
        until = [milliseconds(self.hold.expires_at)] if self.hold else []
        return [[seat.seat_number, self.state.value, *until] for seat in self.seats]

    @property
    def gain(self) -> int:
        """By how many the available seats of the show grow."""
        before = sum(seat.state == State.AVAILABLE for seat in self.seats)
        return (len(self.seats) if self.state == State.AVAILABLE else 0) - before

    @property
    def offers(self) -> list[list[int]]:
        """Which seat is offered to whom, as the log has it: one entry per seat."""
        if self.hold is None or self.hold.user_id is None or not self.address:
            return []
        return [[seat.seat_number, self.hold.user_id] for seat in self.seats]

    @property
    def told(self) -> list[tuple[int, str]]:
        """Which seat is offered to whom, as sockets are told: by their address."""
        return [(seat_number, self.address) for seat_number, _ in self.offers]


def write(
    show_id: int,
    changes: Sequence[SeatsBecome],
    now: datetime,
    *,
    note: str = "",
    agreed: Show | None = None,
    booking: Booking | None = None,
    first: Sequence[Statement] = (),
) -> Checkpoint:
    """Change these locked seats, log it as one version, and publish it after the commit.

    The note stays in the log, for staff. What was `agreed` is the show as `open_show` read it: if
    its facts have changed since, nothing is written, and the operation is redone. The statements
    that shall run `first` go the same way.

    Call it last in an operation (`last_trip` says why). The version's row is the one lock that all
    writers of a show share; with the commit in the same trip they wait for each other while the
    database works, and not for a process. Only a request with an Idempotency-Key holds it a little
    longer, until its answer is stored.
    """
    logged = sorted(entry for change in changes for entry in change.logged)
    offers = [offer for change in changes for offer in change.offers]
    told = [offer for change in changes for offer in change.told]
    gain = sum(change.gain for change in changes)
    text = chain.entry_text(at=milliseconds(now), changes=logged, show=None)

    # A function: when one fails, Django wants to log its name, and a partial has none.
    def publish() -> None:
        events.publish(show_id=show_id, entry=entry, text=text, offers=told)

    transaction.on_commit(publish, robust=True)
    try:
        *_, [row] = last_trip(
            *first,
            *map(_update, changes),
            Statement(NEXT_VERSION[connection.vendor], [text, gain, show_id]),
            _log(show_id, logged, offers, now, note=note, agreed=agreed, booking=booking),
        )
    except IntegrityError as error:
        if _lacks_version(error):
            raise Overtaken from error
        raise
    entry = Checkpoint(*row)
    return entry


def write_facts(*, show_id: int, was: dict[str, Any], facts: dict[str, Any], now: datetime) -> None:
    """Log the facts of a show (`booking.terms`) that changed as one version, and publish it."""
    text = chain.entry_text(at=milliseconds(now), changes=[], show=facts)

    def publish() -> None:
        events.publish(show_id=show_id, entry=Checkpoint(*row), text=text)

    transaction.on_commit(publish, robust=True)
    _, [row] = run(
        Statement(NEXT_VERSION_OF_FACTS[connection.vendor], [text, 0, show_id]),
        _log(show_id, [], [], now, facts={"was": was, "now": facts}),
    )


@one_transaction
def count_anew(*, show_id: int) -> None:
    """Count the available seats of a show, as is needed where the last release changed some.

    Locks the seat map's version: who has changed a seat and not counted the version up yet will add
    to this count what they have changed.
    """
    own = SeatMap.objects.filter(pk=show_id)
    list(own.select_for_update(no_key=True).values_list("pk"))
    # Only now: what is read in the statement that locks may be older than the lock.
    available = ShowSeat.objects.filter(show_id=show_id, state=State.AVAILABLE).count()
    own.update(available=available, counted_version=F("version"))


def _update(change: SeatsBecome) -> Statement:
    until = instant(change.hold.expires_at) if change.hold else None
    keys = [seat.pk for seat in change.seats]
    return Statement(
        "UPDATE booking_showseat SET state = %s, hold_id = %s, held_until = %s "
        f"WHERE id IN ({placeholders(keys)})",
        [change.state.value, change.hold and change.hold.pk, until, *keys],
    )


def _log(
    show_id: int,
    logged: list[list[Any]],
    offers: list[list[int]],
    now: datetime,
    *,
    note: str = "",
    facts: dict[str, Any] | None = None,
    agreed: Show | None = None,
    booking: Booking | None = None,
) -> Statement:
    """Return what logs the version that the seat map was counted up to just before.

    Under the lock of that row it finds no version when the facts are no longer as `agreed`: then it
    fails, since every entry has one.
    """
    condition = "" if agreed is None else AS_AGREED
    return Statement(
        "INSERT INTO booking_seatchange "
        "(show_id, changes, offers, at, note, facts, booking_id, digest, version) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, "
        "(SELECT digest FROM booking_seatmap WHERE show_id = %s), "
        f"(SELECT version FROM booking_seatmap WHERE show_id = %s{condition})) "
        "RETURNING version, digest",
        [
            show_id,
            json.dumps(logged),
            json.dumps(offers),
            instant(now),
            note,
            facts and json.dumps(facts),
            booking and booking.pk,
            show_id,
            show_id,
            *([] if agreed is None else [agreed.seat_map.facts_version]),
        ],
    )


def _lacks_version(error: IntegrityError) -> bool:
    """Tell whether a log entry found no version (`_log`)."""
    diagnosis = getattr(error.__cause__, "diag", None)
    found = diagnosis and (diagnosis.sqlstate, diagnosis.table_name, diagnosis.column_name)
    on_sqlite = "NOT NULL constraint failed: booking_seatchange.version"
    return found == ("23502", "booking_seatchange", "version") or str(error) == on_sqlite
