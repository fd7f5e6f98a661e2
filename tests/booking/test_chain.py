import importlib
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from unittest import TestCase as PlainTestCase
from unittest import mock

from django.apps import apps
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from booking import chain
from booking.chain import Checkpoint, checkpoint_named
from booking.models import Booking, SeatChange, SeatMap, State
from booking.services import ledger
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats
from booking.services.board import lock_seats
from booking.services.holds import place_hold, release_hold
from booking.services.ledger import SeatsBecome
from booking.services.sales import book_hold, book_seats
from booking.services.shows import change_movie, change_show
from booking.services.waitlist import join_waitlist
from foundation.db.transactions import one_transaction
from tests import factories
from tests.foundation.test_canonical import ODD
from tests.ledger import check_chain

NOW = timezone.now().replace(microsecond=123_999)
migration: Any = importlib.import_module("booking.migrations.0002_chain_the_log")


class ChainTests(PlainTestCase):
    def test_digests_are_of_three_lines(self) -> None:
        first = chain.genesis(7, "5d1f", "00ff")
        self.assertEqual(first, sha256(b"7\n5d1f\n00ff").hexdigest())
        text = chain.entry_text(at=1, changes=[[2, "h", 9], [3, "b"]], show=None)
        self.assertEqual(text, '{"at":1,"changes":[[2,"h",9],[3,"b"]],"show":null}')
        link = chain.link(first, 1, text)
        self.assertEqual(link, sha256(f"{first}\n1\n{text}".encode()).hexdigest())

    def test_names_are_read_as_they_are_written_and_longer_ones_too(self) -> None:
        digest = "9f3a5d1f6c0b7e24" * 4
        self.assertEqual(Checkpoint(19, digest).name, "19.9f3a5d1f6c0b7e24")
        short = Checkpoint(19, digest[:16])
        for name in (short.name, f"19.{digest}"):
            self.assertEqual(checkpoint_named(name), short)
        self.assertEqual(checkpoint_named("19"), Checkpoint(19, ""))
        for wrong in ("", "x", "-1", "19.", "19.9f3a", "19.9F3A5D1F6C0B7E24", "1" * 19, "1e3", "²"):
            self.assertIsNone(checkpoint_named(wrong), wrong)


class LedgerTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSS\nPWCSS", of=factories.movie(title=ODD[1:]))
        self.user = factories.user(username="somebody-by-name")

    def do_everything(self) -> Booking:
        """Do one of everything that the log has; return the booking."""
        show_id, user = self.show.pk, self.user
        booking = book_seats(show_id=show_id, seat_numbers=[1, 2], user=user, now=NOW)
        hold = place_hold(show_id=show_id, selection=[3], client="ada", user=None, now=NOW)
        join_waitlist(show_id=show_id, seat_number=3, user=user, now=NOW)
        release_hold(token=hold.token, user=None, now=NOW)
        title = f"{ODD[1:]} II"
        film: dict[str, Any] = {"synopsis": "", "duration_minutes": 100, "certificate": ""}
        change_movie(movie_id=self.show.movie_id, title=title, now=NOW, **film)
        change_show(show_id=show_id, now=NOW, price=Decimal("12.00"))
        block_seats(show_id=show_id, seat_numbers=[4], reason="wet", staff=user, now=NOW)
        exchange_seats(booking_id=booking.pk, give=[1], take=[5], user=user, now=NOW)
        return cancel_booking(booking_id=booking.pk, user=user, now=NOW)

    def test_database_computes_the_digests_that_python_does(self) -> None:
        self.do_everything()
        self.assertEqual(SeatMap.objects.get(pk=self.show.pk).version, 8)
        check_chain(self, self.show.pk)

    def test_what_is_private_is_in_no_text(self) -> None:
        self.do_everything()
        log = SeatChange.objects.filter(show=self.show)
        self.assertTrue(any(entry.offers for entry in log))
        texts = " ".join(entry.text for entry in log)
        for private in (self.user.username, "wet", "ada"):
            self.assertNotIn(private, texts)
        log.update(note="", offers=[], booking=None)
        check_chain(self, self.show.pk)

    def test_float_is_refused_and_nothing_written(self) -> None:
        @one_transaction
        def change() -> None:
            seats = lock_seats(show_id=self.show.pk, seat_numbers=[1])
            seats[0].seat_number = 1.0
            ledger.write(self.show.pk, [SeatsBecome(seats, State.BLOCKED)], NOW)

        with self.assertRaisesMessage(TypeError, "1.0 has no canonical JSON"):
            change()
        self.assertEqual(SeatMap.objects.get(pk=self.show.pk).version, 0)

    def test_show_that_is_made_anew_has_another_history(self) -> None:
        first = SeatMap.objects.get(pk=self.show.pk)
        again = SeatMap.blank(self.show)
        self.assertEqual(first.digest, first.genesis)
        self.assertNotEqual(again.digest, first.digest)

    def test_booking_stands_under_its_newest_entry(self) -> None:
        hold = place_hold(show_id=self.show.pk, selection=[9], client="a", user=None, now=NOW)
        other = book_hold(show_id=self.show.pk, token=hold.token, user=self.user, now=NOW)
        receipts = [other.receipt]
        book: dict[str, Any] = {"show_id": self.show.pk, "user": self.user, "now": NOW}
        booking = book_seats(seat_numbers=[1, 2, 3], **book)
        mine = [booking.receipt]
        own: dict[str, Any] = {"booking_id": booking.pk, "user": self.user, "now": NOW}
        mine.append(exchange_seats(give=[1], take=[4], **own).receipt)
        mine.append(cancel_booking(seat_numbers=[2], **own).receipt)
        mine.append(cancel_booking(**own).receipt)

        log = {entry.version: entry for entry in SeatChange.objects.filter(show=self.show)}
        self.assertEqual(receipts, [log[2].checkpoint])
        self.assertEqual(mine, [log[version].checkpoint for version in (3, 4, 5, 6)])
        owners = [log[version].booking for version in range(1, 7)]
        self.assertEqual(owners, [None, other, *[booking] * 4])


class MigrationTests(TestCase):
    """What the migration does with the logs that it finds."""

    def test_logs_are_chained_in_batches_to_a_genesis_for_each_show(self) -> None:
        shows = [factories.show() for _ in range(3)]
        user = factories.user()
        for show in shows[:2]:
            for seat_number in range(1, 6):
                now = NOW + timedelta(seconds=seat_number, microseconds=seat_number)
                book_seats(show_id=show.pk, seat_numbers=[seat_number], user=user, now=now)
        change_show(show_id=shows[1].pk, now=NOW, price=Decimal("12.00"))
        written = self.digests()
        SeatMap.objects.update(digest="", nonce="", layout_hash="")
        SeatChange.objects.update(digest="")

        with mock.patch.object(migration, "BATCH", 2):
            migration.chain_logs(apps, SimpleNamespace(connection=connection))

        for show in shows:
            check_chain(self, show.pk)
        self.assertEqual(len({seat_map.digest for seat_map in SeatMap.objects.all()}), 3)
        self.assertEqual(len(written | self.digests()), 2 * 11)

    def digests(self) -> set[str]:
        return set(SeatChange.objects.values_list("digest", flat=True))
