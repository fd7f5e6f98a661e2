import tempfile
from pathlib import Path
from typing import Any
from unittest import skipUnless

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from booking.models import Auditorium, Booking, Hold, Movie, Show, ShowSeat, WaitlistEntry
from booking.selectors import seat_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from cinema.accounts.models import User
from foundation.db.locks import client_of_user
from tests import factories
from tests.commits import CommitTestCase
from tests.ledger import check_books
from tests.restoring import CONTAINERS, SQLITE, Manual

# Nobody made one before the backup: its counter has not begun.
NEW = Group
NUMBERED = (Auditorium, Movie, Show, ShowSeat, Hold, WaitlistEntry, User, NEW)


class RestoreTests(CommitTestCase):
    """What docs/restore.md says, done by the commands that it gives.

    Those for PostgreSQL without containers are part of the drill in tests/chaos/test_rewritten.py.
    """

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        chapter = SQLITE if connection.vendor == "sqlite" else CONTAINERS
        self.manual = Manual(chapter, Path(folder) / "backup")

    def sell(self) -> Booking:
        """Put a show on, let somebody hold a seat and another one wait for it, and book one."""
        show, user, now = factories.show(), factories.user(), timezone.now()
        client = client_of_user(user.pk)
        place_hold(show_id=show.pk, selection=[1], client=client, user=user, now=now)
        join_waitlist(show_id=show.pk, seat_number=1, user=factories.user(), now=now)
        return book_seats(show_id=show.pk, seat_numbers=[2], user=user, now=now)

    def test_database_is_as_it_was_and_no_id_comes_twice(self) -> None:
        kept = self.sell()
        before = seat_map.checkpoint(kept.show_id)
        self.manual.back_up()
        lost = self.sell()
        NEW.objects.create(name="lost")
        newest = {model: newest_id(model) for model in NUMBERED}

        self.manual.restore()
        self.assertEqual(list(Booking.objects.values_list("reference")), [(kept.reference,)])
        self.assertEqual(seat_map.checkpoint(kept.show_id), before)
        # What is made before the next step gets an id that somebody may have.
        self.assertEqual(factories.movie().pk, newest[Movie])
        said = self.manual.follow_up()
        self.assertIn("Shows audited: 1. Faults: 0.", said)

        again = self.sell()
        NEW.objects.create(name="after")
        for model in NUMBERED:
            with self.subTest(model):
                self.assertGreater(newest_id(model), newest[model])
        self.assertNotIn(again.reference, (kept.reference, lost.reference))
        self.assertNotIn(again.pk, (kept.pk, lost.pk))
        for booking in (kept, again):
            check_books(self, booking.show_id)

    @skipUnless(connection.vendor == "sqlite", "only SQLite has a log beside its file")
    def test_log_that_a_killed_process_left_is_not_read_with_the_backup(self) -> None:
        kept = self.sell()
        self.manual.back_up()
        self.sell()
        log = Path(f"{connection.settings_dict['NAME']}-wal")
        left = log.read_bytes()
        connection.close()
        log.write_bytes(left)
        self.manual.restore()
        self.assertEqual(Booking.objects.get(), kept)


def newest_id(model: Any) -> int:
    return int(model.objects.aggregate(newest=Max("pk"))["newest"])
