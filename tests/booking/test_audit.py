"""What an audit of a show's books finds, when somebody has been at the database."""

import threading
import tracemalloc
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from django.utils import timezone

from booking import chain
from booking.models import Hold, SeatChange, SeatMap, ShowSeat, Ticket
from booking.selectors import audit as auditing
from booking.selectors.audit import audit, audit_quickly
from booking.selectors.audit_report import MOST_FAULTS
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from cinema.erasure import erase_user
from foundation.db.purge import KEPT_FOR
from foundation.instants import milliseconds
from tests import factories
from tests.booking.audit_case import NOW, AuditCase
from tests.commits import CommitTestCase
from tests.ledger import audit_lines

DIGEST = "does not follow from its text and the digest before"


class FaultTests(AuditCase):
    """Each thing that can be wrong is one line, which no other check would print."""

    def check(self, *faults: str) -> None:
        self.assertEqual(audit_lines(self.show.pk), self.lines(*faults))

    def test_books_that_nobody_has_been_at_agree(self) -> None:
        self.check()
        report = audit(self.show.pk)
        assert report is not None
        self.assertEqual((report.version, report.entries, report.count), (9, 9, 0))
        self.assertEqual(report.digest, self.map.get().digest)

    def test_letter_flipped_in_the_table(self) -> None:
        self.seats.filter(seat_number=7).update(state="x")
        self.check("0, seat 7: replay: the table has blocked, the log available")

    def test_hold_prolonged_in_table_and_hold(self) -> None:
        later = self.hold.expires_at + timedelta(minutes=5)
        self.seats.filter(seat_number=4).update(held_until=later)
        Hold.objects.update(expires_at=later, seat_numbers=[4])
        self.seats.filter(seat_number=3).update(state="a", hold=None, held_until=None)
        until = milliseconds(self.hold.expires_at)
        self.check(
            f"2, seat 3: replay: the table has available, the log held until {until}",
            f"2, seat 4: replay: the table has held until {until + 300_000}, "
            f"the log held until {until}",
        )

    def test_row_dropped_from_the_table(self) -> None:
        self.seats.filter(seat_number=1).delete()
        self.check("4, seat 1: replay: the table has no row, the log available")

    def test_letter_flipped_in_the_log(self) -> None:
        self.log.filter(version=1).update(changes=[[1, "x"], [2, "b"]])
        self.check(f"1: chain: its digest {DIGEST}")

    def test_time_and_facts_changed_in_the_log(self) -> None:
        facts = self.log.get(version=8).facts
        facts["now"]["price"] = "3.00"
        self.log.filter(version=8).update(facts=facts)
        self.log.filter(version=7).update(at=NOW + timedelta(milliseconds=1))
        self.check(f"7: chain: its digest {DIGEST}", f"8: chain: its digest {DIGEST}")

    def test_entry_rewritten_with_a_digest_that_follows(self) -> None:
        entry, before = self.log.get(version=5), self.log.get(version=4)
        entry.changes = [[6, "x"], [7, "x"]]
        entry.digest = chain.link(before.digest, 5, entry.text)
        entry.save()
        self.seats.filter(seat_number=7).update(state="x")
        self.map.update(available=5)
        self.check(f"6: chain: its digest {DIGEST}")

    def test_entry_that_no_chain_can_have(self) -> None:
        self.log.filter(version=1).update(changes=[[1, 1.5], [2, "b"]])
        self.check("1: chain: the entry can't be read: 1.5 has no canonical JSON here")

    def test_entry_dropped(self) -> None:
        self.log.filter(version=7).delete()
        self.check("8: gap: the entry before it is 6")

    def test_pair_swapped(self) -> None:
        for version, other in ((6, 60), (7, 6), (60, 7)):
            self.log.filter(version=version).update(version=other)
        self.check(*(f"{version}: chain: its digest {DIGEST}" for version in (6, 7, 8)))

    def test_last_entry_dropped(self) -> None:
        last, before = (self.log.get(version=version).checkpoint.name for version in (9, 8))
        self.log.filter(version=9).delete()
        self.check(f"9: head: the seat map is at {last}, and the log ends with {before}")

    def test_head_ahead(self) -> None:
        self.map.update(version=10)
        name = self.log.get(version=9).checkpoint.name
        head = f"10{name[1:]}"
        self.check(f"10: head: the seat map is at {head}, and the log ends with {name}")

    def test_genesis_changed(self) -> None:
        self.map.update(nonce="0" * 32)
        self.check(f"1: chain: its digest {DIGEST}")

    def test_genesis_of_a_show_without_changes(self) -> None:
        other = factories.show()
        self.assertEqual(audit_lines(other.pk), [])
        SeatMap.objects.filter(show=other).update(layout_hash="0")
        [line] = audit_lines(other.pk)
        self.assertIn("version 0: head: the seat map is at 0.", line)

    def test_count_of_available_seats(self) -> None:
        self.map.update(available=7)
        self.check("9: count: the seat map has 7 available seats, the log 6")
        self.map.update(counted_version=8)  # as the last release leaves it
        self.check()

    def test_seat_map_dropped(self) -> None:
        self.map.delete()
        self.check("0: head: it has no seat map")

    def test_seat_that_the_auditorium_has_not(self) -> None:
        self.show.show_seats.filter(seat_number=10).delete()
        self.show.auditorium.seats.filter(seat_number=10).delete()
        self.map.update(available=5)
        self.check()
        entry, before = self.log.get(version=9), self.log.get(version=8)
        entry.changes = [[10, "b"]]
        entry.digest = chain.link(before.digest, 9, entry.text)
        entry.save()
        self.map.update(digest=entry.digest)
        self.check("9, seat 10: replay: the auditorium has no such seat")

    def test_ticket_without_its_letter(self) -> None:
        seat = self.seats.get(seat_number=7).seat
        Ticket.objects.create(
            booking=self.booking, show=self.show, seat=seat, seat_number=7, price=1
        )
        self.check("0, seat 7: tickets: the table has available, and there are 1 live tickets")

    def test_letter_without_its_ticket(self) -> None:
        Ticket.objects.filter(seat_number=5).update(cancelled_at=NOW)
        self.check("4, seat 5: tickets: the table has booked, and there are 0 live tickets")

    def test_hold_without_its_letter(self) -> None:
        Hold.objects.update(seat_numbers=[3, 4, 8])
        self.check(f"0, seat 8: holds: hold {self.hold.pk} has it, and the table has available")

    def test_letter_without_its_hold(self) -> None:
        other = factories.show()
        changes: list[dict[str, Any]] = [
            {"ended_at": NOW, "is_booked": True},
            {"expires_at": self.hold.expires_at + timedelta(seconds=1)},
            {"seat_numbers": []},
            {"show": other},
        ]
        for change in changes:
            with self.subTest(change):
                Hold.objects.update(**change)
                with_it = "which has it by the table, does not have it"
                self.check(*(f"2, seat {n}: holds: hold {self.hold.pk}, {with_it}" for n in (3, 4)))
                self.hold.save()
                self.check()

    def test_very_many_faults_are_counted(self) -> None:
        version, digest = self.map.get().version, "0" * 64
        entry = SeatChange(show=self.show, changes=[], at=NOW, digest=digest)
        entries = []
        for number in range(version + 1, version + MOST_FAULTS + 10):
            entries.append(SeatChange(**{**_values(entry), "version": number}))
        SeatChange.objects.bulk_create(entries)
        lines = audit_lines(self.show.pk)
        self.assertEqual(len(lines), MOST_FAULTS + 1)
        self.assertEqual(lines[-1], f"show {self.show.pk}: 10 more faults")


def _values(entry: SeatChange) -> dict[str, Any]:
    return {"show": entry.show, "changes": [], "at": entry.at, "digest": entry.digest}


class LegalTests(AuditCase):
    """What happens to books that are in order leaves them so."""

    def test_erasing_and_pruning_leave_no_fault(self) -> None:
        other = factories.user()
        book_seats(show_id=self.show.pk, seat_numbers=[9], user=other, now=NOW)
        old = place_hold(
            show_id=self.show.pk, selection=[8], client="a", user=None, now=NOW - 3 * KEPT_FOR
        )
        for user in (self.user, other):
            erase_user(user_id=user.pk, now=NOW)
        self.assertEqual(audit_lines(self.show.pk), [])
        later: dict[str, Any] = {"show_id": self.show.pk, "client": "b", "user": None}
        place_hold(selection=[8], now=NOW, **later)
        place_hold(selection=[7], now=NOW + timedelta(minutes=1), **later)
        self.assertFalse(Hold.objects.filter(pk=old.pk).exists())
        self.assertEqual(audit_lines(self.show.pk), [])

    def test_hold_that_lapsed_or_was_overtaken_is_no_fault(self) -> None:
        after = self.hold.expires_at
        self.hold.ended_at = after
        self.hold.save()
        self.assertEqual(audit_lines(self.show.pk), [])
        Hold.objects.update(ended_at=None)
        book_seats(show_id=self.show.pk, seat_numbers=[3], user=self.user, now=after)
        self.assertEqual(audit_lines(self.show.pk), [])


class QuickTests(AuditCase):
    def quick(self) -> list[str]:
        with self.assertNumQueries(1):
            reports = audit_quickly(SeatMap.objects.all())
        return [line for report in reports for line in report.lines]

    def check(self, *faults: str) -> None:
        self.assertEqual(self.quick(), self.lines(*faults))

    def test_books_of_many_shows_in_one_query(self) -> None:
        factories.show()
        self.assertEqual(self.quick(), [])
        self.log.filter(version=7).delete()
        self.check("9: gap: the log has 8 entries")

    def test_heads(self) -> None:
        name = self.map.get().digest[:16]
        for change in ({"digest": "0" * 64}, {"version": 8}):
            with self.subTest(change):
                before = self.map.values("digest", "version").get()
                self.map.update(**change)
                [line] = self.quick()
                self.assertIn(f"and the log ends with 9.{name}", line)
                self.map.update(**before)
        self.log.all().delete()
        self.assertEqual(len(self.quick()), 1)

    def test_counts_of_tickets(self) -> None:
        Ticket.objects.filter(seat_number=5).update(cancelled_at=NOW)
        self.check("9: tickets: 1 seats are booked, and there are 0 live tickets")

    def test_count_of_available_seats(self) -> None:
        self.map.update(available=7)
        self.check("9: count: the seat map has 7 available seats, the table 6")
        self.map.update(counted_version=8)
        self.check()


class MemoryTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.entries = 0

    def grow(self, entries: int) -> None:
        own = SeatMap.objects.get(show=self.show)
        log = []
        for _ in range(entries):
            own.version += 1
            changes = [[own.version % 10 + 1, "x"], [own.version % 10 + 1, "a"]]
            entry = SeatChange(show=self.show, version=own.version, changes=changes, at=NOW)
            own.digest = entry.digest = chain.link(own.digest, own.version, entry.text)
            log.append(entry)
        SeatChange.objects.bulk_create(log, batch_size=500)
        own.save()

    def peak(self) -> int:
        tracemalloc.start()
        try:
            self.assertEqual(audit_lines(self.show.pk), [])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def test_memory_does_not_grow_with_the_log(self) -> None:
        with mock.patch.object(auditing, "CHUNK", 50):
            self.grow(100)
            short = self.peak()
            self.grow(1000)
            self.assertLess(self.peak(), short * 1.5)
        self.assertGreater(self.peak(), short * 1.5)  # in a single chunk

    def test_database_keeps_what_is_not_read_yet(self) -> None:
        if connection.vendor == "sqlite":
            return  # which computes a row when it is asked for it
        self.grow(1)
        open_cursors = []

        def read(*_: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '\\_django%'")
                open_cursors.append(cursor.fetchone())

        with mock.patch.object(auditing._Replay, "_read", read):
            audit(self.show.pk)
        self.assertEqual(open_cursors, [(1,)])


class WhileSellingTests(CommitTestCase):
    """With real commits, in the middle of an audit."""

    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user()

    def audit_and_sell(self) -> list[str]:
        """Audit the show, and sell a seat between the reading of its log and that of its seats."""
        run = auditing._Replay.run

        def sell() -> None:
            numbers = ShowSeat.objects.filter(show=self.show, state="a")
            number = numbers.values_list("seat_number", flat=True)[0]
            book_seats(
                show_id=self.show.pk, seat_numbers=[number], user=self.user, now=timezone.now()
            )
            connection.close()

        def run_and_sell(replay: Any) -> None:
            run(replay)
            seller = threading.Thread(target=sell)
            seller.start()
            seller.join(60)
            self.assertFalse(seller.is_alive())

        with mock.patch.object(auditing._Replay, "run", run_and_sell):
            return audit_lines(self.show.pk)

    def test_sales_go_on_and_are_no_fault(self) -> None:
        for sold in (1, 2):
            self.assertEqual(self.audit_and_sell(), [])
            self.assertEqual(Ticket.objects.count(), sold)

    def test_without_a_snapshot_they_would_be(self) -> None:
        with mock.patch.object(auditing, "snapshot", nullcontext):
            self.assertNotEqual(self.audit_and_sell(), [])
