"""Whether the books of a show agree: its log, its seats, its tickets and its holds.

`audit` reads all of them; `audit_quickly` compares some numbers, for many shows in one query.
"""

import logging
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from booking import chain
from booking.chain import Checkpoint
from booking.models import Hold, Seat, SeatChange, SeatMap, Show, ShowSeat, State, Ticket
from booking.selectors.audit_report import Report
from booking.selectors.counts import count_by_show
from booking.selectors.door import admissions_that_cannot_be
from foundation.db.snapshot import snapshot
from foundation.instants import milliseconds

# Entries of the log that are in memory at once.
CHUNK = 1000
UNREADABLE = (ValueError, TypeError, LookupError)

logger = logging.getLogger(__name__)

# A seat's letter, and for a held one until when, in milliseconds since the epoch.
Said = tuple[Any, Any]


def audit(show_id: int) -> Report | None:
    """Return what is wrong with the books of a show at one moment, or None if it is gone.

    The log is read a chunk at a time, however long it is, and nobody waits for this. What keeps a
    show from being looked at is a fault, too, so that others can be.
    """
    try:
        with snapshot():
            return _audit(show_id)
    except Exception as error:
        logger.exception("the books of show %d can't be audited", show_id)
        if not connection.in_atomic_block:
            connection.close()  # it may be lost, and the next show needs one
        report = Report(show_id)
        report.add("unread", 0, f"{type(error).__name__}: {error}".partition("\n")[0])
        return report


def _audit(show_id: int) -> Report | None:
    show = Show.objects.filter(pk=show_id).first()
    if show is None:
        return None
    seat_map = SeatMap.objects.filter(pk=show_id).first()
    if seat_map is None:
        report = Report(show_id)
        report.add("head", 0, "it has no seat map")
        return report
    report = Report(show_id, seat_map.version, seat_map.digest)
    hall = Seat.objects.filter(auditorium_id=show.auditorium_id)
    replay = _Replay(report, seat_map, hall.values_list("seat_number", flat=True))
    replay.run()
    _check_head(report, replay.end)
    _Table(report, replay).check()
    letters = [letter for letter, _ in replay.seats.values()]
    _check_count(report, seat_map, letters.count(State.AVAILABLE.value), "log")
    return report


class _Replay:
    """The log of a show, read entry by entry, and the seats as it leaves them."""

    def __init__(self, report: Report, seat_map: SeatMap, hall: "QuerySet[Seat, int]") -> None:
        self.report = report
        self.end = Checkpoint(0, seat_map.genesis)
        self.seats: dict[int, Said] = dict.fromkeys(hall, (State.AVAILABLE.value, None))
        # By seat, the last entry that names it.
        self.named: dict[int, int] = {}
        self.latest = datetime.min.replace(tzinfo=UTC)

    def run(self) -> None:
        log = SeatChange.objects.filter(show_id=self.report.show_id).order_by("version")
        text = [Cast(name, TextField()) for name in ("changes", "facts")]
        for row in log.values_list("version", "digest", "at", *text).iterator(CHUNK):
            self._read(*row)

    def _read(
        self, version: int, digest: str, at: datetime, changes: str, facts: str | None
    ) -> None:
        before, self.end = self.end, Checkpoint(version, digest)
        self.latest = max(self.latest, at)
        self.report.entries += 1
        try:
            changed, show = orjson.loads(changes), facts and orjson.loads(facts)["now"]
            text = chain.entry_text(at=milliseconds(at), changes=changed, show=show or None)
            for seat_number, letter, *until in changed:
                self._change(version, seat_number, (letter, until[0] if until else None))
        except UNREADABLE as error:
            self.report.add("chain", version, f"the entry can't be read: {error}")
            return
        if version != before.version + 1:
            self.report.add("gap", version, f"the entry before it is {before.version}")
        elif digest != chain.link(before.digest, version, text):
            detail = "its digest does not follow from its text and the digest before"
            self.report.add("chain", version, detail)

    def _change(self, version: int, seat_number: int, said: Said) -> None:
        if seat_number in self.seats:
            self.seats[seat_number] = said
            self.named[seat_number] = version
        else:
            self.report.add("replay", version, "the auditorium has no such seat", seat_number)


class _Table:
    """The seats of a show as the table has them, beside what log, tickets and holds say."""

    def __init__(self, report: Report, replay: _Replay) -> None:
        self.report = report
        self.replay = replay
        rows = ShowSeat.objects.filter(show_id=report.show_id).order_by("seat_number")
        self.seats = {seat.seat_number: seat for seat in rows.select_related("hold")}

    def check(self) -> None:
        for seat_number in sorted(self.replay.seats.keys() | self.seats.keys()):
            self._check_replay(seat_number)
        self._check_tickets()
        self._check_admissions()
        for seat in self.seats.values():
            if seat.hold is not None and not _is_held_by(seat, seat.hold):
                detail = f"hold {seat.hold_id}, which has it by the table, does not have it"
                self._add("holds", detail, seat.seat_number)
        self._check_holds()

    def _add(self, check: str, detail: str, seat_number: int) -> None:
        self.report.add(check, self.replay.named.get(seat_number, 0), detail, seat_number)

    def _said(self, seat_number: int) -> Said | None:
        seat = self.seats.get(seat_number)
        if seat is None:
            return None
        return seat.state, seat.held_until and milliseconds(seat.held_until)

    def _check_replay(self, seat_number: int) -> None:
        table, log = self._said(seat_number), self.replay.seats.get(seat_number)
        if table != log:
            detail = f"the table has {_words(table)}, the log {_words(log)}"
            self._add("replay", detail, seat_number)

    def _check_tickets(self) -> None:
        live = Ticket.objects.filter(show_id=self.report.show_id, cancelled_at=None)
        sold = Counter(live.values_list("seat_number", flat=True))
        booked = {number for number, seat in self.seats.items() if seat.state == State.BOOKED}
        for seat_number in sorted(booked | sold.keys()):
            tickets, letters = sold[seat_number], int(seat_number in booked)
            if tickets != letters:
                has = _words(self._said(seat_number))
                detail = f"the table has {has}, and there are {tickets} live tickets"
                self._add("tickets", detail, seat_number)

    def _check_admissions(self) -> None:
        """See that each ticket let one in at most, and none after it was given back."""
        for one in admissions_that_cannot_be(self.report.show_id):
            self._add("admissions", f"admission {one.pk} can't be", one.ticket.seat_number)

    def _check_holds(self) -> None:
        """Compare the holds that nobody can have overtaken: they ended after the last entry."""
        holds = Hold.objects.filter(
            show_id=self.report.show_id, ended_at=None, expires_at__gt=self.replay.latest
        )
        for key, seat_numbers in holds.order_by("pk").values_list("pk", "seat_numbers"):
            for seat_number in seat_numbers:
                seat = self.seats.get(seat_number)
                if seat is None or seat.hold_id != key:
                    has = _words(self._said(seat_number))
                    detail = f"hold {key} has it, and the table has {has}"
                    self._add("holds", detail, seat_number)


def _is_held_by(seat: ShowSeat, hold: Hold) -> bool:
    """Tell whether a hold is one by which a seat can be held.

    One that has lapsed may have been noted as over while its seats waited to be freed.
    """
    is_over = hold.ended_at is not None and hold.ended_at < hold.expires_at
    return (
        hold.show_id == seat.show_id
        and hold.expires_at == seat.held_until
        and seat.seat_number in hold.seat_numbers
        and not is_over
    )


def _words(said: Said | None) -> str:
    if said is None:
        return "no row"
    letter, until = said
    known = {state.value: state.name.lower() for state in State}
    word = known.get(str(letter), repr(letter))
    return word if until is None else f"{word} until {until}"


def _check_head(report: Report, end: Checkpoint) -> None:
    head = Checkpoint(report.version, report.digest)
    if head != end:
        detail = f"the seat map is at {head.name}, and the log ends with {end.name}"
        report.add("head", head.version, detail)


def _check_count(report: Report, seat_map: SeatMap, count: int, by: str) -> None:
    """Compare the number of available seats; one of an earlier version is not used."""
    if seat_map.counted_version == seat_map.version and seat_map.available != count:
        detail = f"the seat map has {seat_map.available} available seats, the {by} {count}"
        report.add("count", seat_map.version, detail)


def audit_quickly(seat_maps: "QuerySet[SeatMap]") -> list[Report]:
    """Return a report on each of these seat maps, from one query that reads no entry but the last.

    It says whether map and log end with the same version and digest, whether entries are missing,
    and whether the numbers of live tickets and of available seats are right.
    """
    last = SeatChange.objects.filter(show=OuterRef("pk")).order_by("-version")
    counted = seat_maps.order_by("pk").annotate(
        last_version=Subquery(last.values("version")[:1]),
        last_digest=Subquery(last.values("digest")[:1]),
        entries=count_by_show(SeatChange.objects.all()),
        booked=count_by_show(ShowSeat.objects.filter(state=State.BOOKED)),
        free=count_by_show(ShowSeat.objects.filter(state=State.AVAILABLE)),
        sold=count_by_show(Ticket.objects.filter(cancelled_at=None)),
    )
    reports = []
    for one in counted:
        report = Report(one.pk, one.version, one.digest, one.entries)
        end = Checkpoint(one.last_version or 0, one.last_digest or one.genesis)
        _check_head(report, end)
        if one.entries != end.version:
            report.add("gap", end.version, f"the log has {one.entries} entries")
        if one.booked != one.sold:
            detail = f"{one.booked} seats are booked, and there are {one.sold} live tickets"
            report.add("tickets", one.version, detail)
        _check_count(report, one, one.free, "table")
        reports.append(report)
    return reports


def audit_to_come(now: datetime) -> list[Report]:
    """Return what `audit_quickly` says of the shows that have not started."""
    return audit_quickly(SeatMap.objects.filter(show__starts_at__gt=now))
