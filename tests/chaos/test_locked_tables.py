"""What somebody else has locked or keeps busy: a row by hand, a table by a migration, a trigger.

Every answer comes within a bound, and the log says where it was.
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any, ClassVar
from unittest import mock
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from booking.errors import SeatTaken
from booking.models import Booking
from booking.services.sales import book_seats
from foundation.db import transactions
from foundation.errors import TooMuchContention
from tests import factories
from tests.ledger import check_books
from tests.live import LiveServer, database_url
from tests.racing import PostgresTestCase
from tests.realtime.api import ApiClient
from tests.waiting import until

PATIENCE = 30
ROW = "SELECT 1 FROM booking_showseat WHERE show_id = %s AND seat_number = 1 FOR UPDATE"
SLOW_TRIGGER = """
CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
CREATE TRIGGER hang BEFORE INSERT ON booking_ticket FOR EACH ROW EXECUTE FUNCTION hang()
"""


@contextmanager
def kept_busy(sql: str, *values: Any) -> Iterator[None]:
    """Hold the lock that this takes."""
    somebody = connections.create_connection("default")
    try:
        somebody.set_autocommit(False)
        with somebody.cursor() as cursor:
            cursor.execute(sql, values)
        yield
    finally:
        somebody.close()


def decided(tries: list[Future[None]], log: list[str]) -> tuple[int] | None:
    """Return how many are over, once all others have tried a second time in vain."""
    waiting_on = sum("met contention in attempt 2" in line for line in log)
    over = sum(each.done() for each in tries)
    return (over,) if waiting_on + over == len(tries) else None


class LockedTablesTests(PostgresTestCase):
    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        options = quote("-c lock_timeout=200ms")
        url = f"{database_url()}?options={options}"
        cls.server = cls.enterClassContext(
            LiveServer(env={"DATABASE_URL": url, "STATEMENT_TIMEOUT": "1s", "LOG_LEVEL": "WARNING"})
        )

    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user(is_staff=True, is_superuser=True)
        client = Client()
        client.force_login(self.user)
        self.cookie = SimpleCookie(client.cookies).output(attrs=[], header="", sep=";").strip()

    def ask(
        self, path: str, form: str | None = None, body: dict[str, Any] | None = None
    ) -> tuple[int, str | None]:
        """Return the status and Retry-After of what the user's browser asks for."""
        headers = {"Cookie": f"{self.cookie}; csrftoken={'c' * 32}"}
        data = None
        if form is not None:
            data = f"csrfmiddlewaretoken={'c' * 32}&{form}".encode()
        if body is not None:
            data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self.server.url(path), data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers["Retry-After"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Retry-After"]

    def test_reads_of_locked_tables_ask_to_come_again(self) -> None:
        reads = {
            "booking_showseat": ["/", f"/shows/{self.show.pk}/", "/api/movies/1/shows/"],
            "booking_show": ["/", f"/api/shows/{self.show.pk}/", "/admin/booking/show/"],
            "booking_seatmap": [f"/api/shows/{self.show.pk}/seats/", f"/shows/{self.show.pk}/"],
            "django_session": ["/bookings/", "/", "/admin/", "/accounts/login/"],
            "accounts_user": ["/bookings/", f"/shows/{self.show.pk}/", "/admin/"],
        }
        factories.movie(pk=1)
        self.assertEqual(self.ask(f"/api/shows/{self.show.pk}/seats/"), (200, None))
        for table, paths in reads.items():
            with kept_busy(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
                for path in paths:
                    with self.subTest(table, path=path):
                        self.assertEqual(self.ask(path), (503, "5"))
                        self.assertIn(f"GET {path} could not be answered", self.server.log)
        self.assertEqual(self.ask("/bookings/"), (200, None))

    def test_log_ins_that_meet_locked_tables_ask_to_come_again(self) -> None:
        credentials = {"username": self.user.username, "password": factories.PASSWORD}
        form = "&".join(f"{name}={value}" for name, value in credentials.items())
        for table in ("accounts_user", "django_session"):
            with kept_busy(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"):
                for path in ("/accounts/login/", "/admin/login/"):
                    with self.subTest(table, path=path):
                        self.assertEqual(self.ask(path, form), (503, "5"))
        with kept_busy("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE"):
            self.assertEqual(self.ask("/api/login/", body=credentials), (503, "5"))

    def test_booking_of_a_locked_row_keeps_its_contract(self) -> None:
        client = ApiClient(self.server, user=self.user)
        with kept_busy(ROW, self.show.pk):
            answer = client.book(self.show.pk, 1)
            self.assertEqual(self.ask(f"/shows/{self.show.pk}/"), (200, None))
        self.assertEqual((answer.status, answer.body["code"]), (500, "too_much_contention"))
        # All that was logged of it can be found by what the answer says.
        log, request = self.server.log, answer.body["request_id"]
        path = f"/api/shows/{self.show.pk}/book/"
        self.assertIn(f"[{request}] POST {path} could not be answered", log)
        self.assertIn(f"[{request}] book_seats show_id={self.show.pk} for '{path}' gave up", log)
        self.assertEqual(client.book(self.show.pk, 1).status, 201)
        check_books(self, self.show.pk)

    def give_up(self, *, waiting_on: int) -> int:
        """Return how many of three give up at once who want a row that somebody keeps locked."""
        gave_up: list[Exception] = []

        def book(seat_numbers: list[int]) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '300ms'")
            try:
                book_seats(
                    show_id=self.show.pk,
                    seat_numbers=seat_numbers,
                    user=self.user,
                    now=timezone.now(),
                )
            except (TooMuchContention, SeatTaken) as refusal:
                gave_up.append(refusal)
            finally:
                connections.close_all()

        patience = mock.patch.object(
            transactions, "_waiting_on", threading.BoundedSemaphore(waiting_on)
        )
        tries = [[1], [1, 2], [1, 3]]
        with (
            patience,
            self.assertLogs("foundation.db.transactions", "INFO") as logs,
            ThreadPoolExecutor(len(tries)) as pool,
            kept_busy(ROW, self.show.pk),
        ):
            under_way = [pool.submit(book, seat_numbers) for seat_numbers in tries]
            found = until(lambda: decided(under_way, logs.output))
        self.assertEqual((len(gave_up), Booking.objects.count()), (2, 1))
        return found[0] if found else 0

    def test_row_that_stays_locked_leaves_a_thread_to_the_others(self) -> None:
        self.assertEqual(self.give_up(waiting_on=2), 1)

    def test_without_that_bound_all_would_wait(self) -> None:
        """Show that the test above sees threads that wait on."""
        self.assertEqual(self.give_up(waiting_on=3), 0)

    def test_statement_that_hangs_is_ended(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SLOW_TRIGGER)
        self.addCleanup(self.remove_trigger)
        client = ApiClient(self.server, user=self.user)
        # More than there are threads: each would be kept for a minute.
        answers = [client.book(self.show.pk, 1) for _ in range(settings.HTTP_THREADS + 1)]
        self.assertEqual(
            [(each.status, each.body["code"]) for each in answers],
            [(503, "unavailable")] * len(answers),
        )
        self.remove_trigger()
        self.assertEqual(client.book(self.show.pk, 1).status, 201)
        self.assertEqual(Booking.objects.count(), 1)
        check_books(self, self.show.pk)

    def remove_trigger(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # The audit of a server that starts may read the table just now.
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            cursor.execute("DROP FUNCTION IF EXISTS hang() CASCADE")
