import asyncio
import threading
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from unittest import mock

import psycopg
from django.db import connection, connections
from django.utils import timezone

from booking.models import ShowSeat, State
from booking.rules import HOLD_TIME
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from realtime import source
from realtime.source import Source
from tests import factories
from tests.commits import CommitTestCase
from tests.racing import SOMEBODY_WAITS, PostgresTestCase
from tests.waiting import until

LONGEST_SECONDS = 10
LOCK_VERSIONS = "SELECT 1 FROM booking_seatmap WHERE show_id = ANY(%s) FOR UPDATE"


class ExpiryThreadTests(PostgresTestCase):
    def setUp(self) -> None:
        self.addCleanup(close_connections)
        long_ago = timezone.now() - HOLD_TIME - timedelta(minutes=1)
        self.wanted = factories.show()
        # As many as there are threads that read.
        self.contended = [factories.show().pk for _ in range(source.THREADS)]
        for show_id in self.contended:
            place_hold(show_id=show_id, selection=[1], client="ada", user=None, now=long_ago)

    async def ended(self, locked_seconds: float) -> list[str]:
        """Return in which order a read ends, and the expiries of contended shows begun before it.

        Somebody else has these shows locked until the read has ended, or for this time.
        """
        rooms, ended = Source(), list[str]()

        async def ask(what: str, show_id: int) -> None:
            await getattr(rooms, what)(show_id)
            ended.append(what)

        with closing(psycopg.connect(**connection.get_connection_params())) as somebody:
            somebody.execute(LOCK_VERSIONS, [self.contended])
            async with asyncio.TaskGroup() as tasks:
                for show_id in self.contended:
                    tasks.create_task(ask("expire_holds", show_id))
                await asyncio.to_thread(until, lambda: somebody.execute(SOMEBODY_WAITS).fetchone())
                read = tasks.create_task(ask("states", self.wanted.pk))
                await asyncio.wait([read], timeout=locked_seconds)
                somebody.rollback()
        return ended

    def test_blocked_expiry_keeps_no_read_waiting(self) -> None:
        ended = asyncio.run(self.ended(LONGEST_SECONDS))

        self.assertEqual(ended, ["states"] + ["expire_holds"] * source.THREADS)
        self.assertFalse(ShowSeat.objects.exclude(state=State.AVAILABLE).exists())

    def test_on_the_same_threads_it_would(self) -> None:
        """Show that the test above sees a read that has to wait."""
        with mock.patch.object(source, "_expiry", source._readers):
            ended = asyncio.run(self.ended(0.5))

        self.assertEqual(ended[0], "expire_holds")


class RecentTests(CommitTestCase):
    def test_changes_up_to_a_version_follow_the_first_of_them(self) -> None:
        self.addCleanup(close_connections)
        show = factories.show()
        for seat_number in (1, 2, 3, 4):
            buyer, now = factories.user(), timezone.now()
            book_seats(show_id=show.pk, seat_numbers=[seat_number], user=buyer, now=now)

        for remembered, versions in ((100, [0, 1, 2, 3]), (3, [0, 1, 2, 3]), (2, [1, 2, 3])):
            with self.subTest(remembered), mock.patch.object(source, "RECENT", remembered):
                recent = asyncio.run(Source().recent(show.pk, 3))
                self.assertEqual([change.version for change in recent], versions)
                follow = [after.follows(before.checkpoint) for before, after in pairwise(recent)]
                self.assertEqual(follow, [True] * (len(versions) - 1))
                self.assertEqual([change.seats for change in recent[1:]][-1], ((3, "b"),))


def close_connections() -> None:
    """Close those of the rooms' threads, which would last longer than the test database."""
    for threads, count in ((source._readers, source.THREADS), (source._expiry, 1)):
        all_of_them = threading.Barrier(count)

        def close(_: int, all_of_them: threading.Barrier = all_of_them) -> None:
            all_of_them.wait(LONGEST_SECONDS)
            connections.close_all()

        list(threads.map(close, range(count)))
