"""A server process that stops in the middle of a booking, as when its virtual machine is paused."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, ClassVar
from urllib.parse import quote

from django.db import connection, connections

from booking.models import Booking, Ticket
from foundation.idempotency.models import StoredAnswer
from tests import factories
from tests.ledger import check_books
from tests.live import LiveServer, database_url
from tests.racing import PostgresTestCase
from tests.realtime.api import Answer, ApiClient
from tests.waiting import until

SEAT_2 = "SELECT 1 FROM booking_showseat WHERE show_id = %s AND seat_number = 2 FOR UPDATE"
VERSION = "SELECT 1 FROM booking_seatmap WHERE show_id = %s FOR UPDATE"


def server(**settings: str) -> LiveServer:
    """Return a server whose sessions at PostgreSQL have these settings."""
    options = quote(" ".join(f"-c {name}={value}" for name, value in settings.items()))
    return LiveServer(env={"DATABASE_URL": f"{database_url()}?options={options}"})


class FrozenProcessTests(PostgresTestCase):
    bounded: ClassVar[LiveServer]
    unbounded: ClassVar[LiveServer]
    other: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        bounds = {"bounded": "1s", "unbounded": "0"}
        for name, bound in bounds.items():
            frozen = server(lock_timeout="1min", idle_in_transaction_session_timeout=bound)
            setattr(cls, name, cls.enterClassContext(frozen))
        # It gives up when it has waited eight times that.
        cls.other = cls.enterClassContext(server(lock_timeout="500ms"))

    def setUp(self) -> None:
        self.show = factories.show()
        self.ada, self.bob = factories.user(), factories.user()

    def book(
        self,
        frozen: LiveServer,
        *mine: int,
        key: str | None = None,
        stop_at: str,
        others: int,
        ends: bool = False,
    ) -> tuple[Answer, Answer]:
        """Return the answers to Ada, whose booking's process was stopped, and to Bob meanwhile.

        The process has waited for the row `stop_at` when it is stopped, and then gets it. Bob books
        when its session with PostgreSQL `ends`, or at once.
        """
        ada, bob = ApiClient(frozen, user=self.ada), ApiClient(self.other, user=self.bob)
        with ThreadPoolExecutor(1) as pool, closing(connections.create_connection("default")) as we:
            we.set_autocommit(False)
            with we.cursor() as cursor:
                cursor.execute(stop_at, [self.show.pk])
                cursor.execute("SELECT pg_backend_pid()")
                [pid] = cursor.fetchone()
            first = pool.submit(ada.book, self.show.pk, *mine, key=key)
            [(session,)] = until(lambda: sessions("%s = ANY(pg_blocking_pids(pid))", pid))
            frozen.hang()
            try:
                we.rollback()
                until(lambda: not sessions("pid = %s AND state = 'active'", session))
                if ends:
                    until(lambda: not sessions("pid = %s", session))
                second = bob.book(self.show.pk, others)
            finally:
                frozen.resume()
            return first.result(), second

    def test_locks_of_a_stopped_process_are_let_go(self) -> None:
        first, second = self.book(self.bounded, 1, 2, stop_at=SEAT_2, others=1, ends=True)

        self.assertEqual(
            (first.status, first.body["code"], second.status), (503, "unavailable", 201)
        )
        self.assertEqual(Ticket.objects.get().seat_number, 1)
        self.assertEqual(Booking.objects.get().user, self.bob)
        again = ApiClient(self.bounded, user=self.ada).book(self.show.pk, 2)
        self.assertEqual(again.status, 201)
        check_books(self, self.show.pk)

    def test_without_the_bound_they_are_kept(self) -> None:
        """Show that the test above sees locks that stay."""
        first, second = self.book(self.unbounded, 1, 2, stop_at=SEAT_2, others=1)

        self.assertEqual((second.status, second.body["code"]), (500, "too_much_contention"))
        self.assertEqual(first.status, 201)
        check_books(self, self.show.pk)

    def test_lock_of_the_show_is_let_go(self) -> None:
        """With a key the show's version stays locked until the answer is stored."""
        first, second = self.book(self.bounded, 1, key="k", stop_at=VERSION, others=2, ends=True)

        self.assertEqual(
            (first.status, first.body["code"], second.status), (503, "unavailable", 201)
        )
        self.assertEqual(StoredAnswer.objects.count(), 0)
        again = ApiClient(self.bounded, user=self.ada).book(self.show.pk, 1, key="k")
        self.assertEqual(again.status, 201)
        check_books(self, self.show.pk)

    def test_booking_whose_last_trip_was_under_way_stands(self) -> None:
        first, second = self.book(self.bounded, 1, stop_at=VERSION, others=1)

        self.assertEqual((second.status, second.body["code"]), (409, "seat_taken"))
        self.assertEqual(
            (first.status, first.body["reference"]), (201, Booking.objects.get().reference)
        )
        check_books(self, self.show.pk)


def sessions(condition: str, *values: Any) -> list[Any]:
    """Return the process ids of PostgreSQL's sessions of which this holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pid FROM pg_stat_activity WHERE {condition}", values)
        return list(cursor.fetchall())
