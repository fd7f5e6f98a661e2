import select
from unittest import mock

from django.db import OperationalError, connection, connections, transaction

from booking.models import Movie
from foundation.db.statements import Statement, run
from tests.racing import PostgresTestCase

LONGEST_MS = 10_000


class IdleConnectionTests(PostgresTestCase):
    """A lasting connection is asked whether it works only when something is odd."""

    def setUp(self) -> None:
        connection.ensure_connection()
        self.asking = self.enterContext(
            mock.patch(
                "django.db.backends.postgresql.base.DatabaseWrapper.is_usable", return_value=False
            )
        )

    def test_quiet_connection_is_not_asked(self) -> None:
        self.assertTrue(connection.is_usable())
        self.asking.assert_not_called()

    def test_connection_that_the_server_closed_is_found(self) -> None:
        other = connections.create_connection("default")
        self.addCleanup(other.close)
        other.ensure_connection()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        self.assertFalse(other.is_usable())
        self.asking.assert_called_once()

    def test_connection_is_asked_after_an_error(self) -> None:
        connection.errors_occurred = True
        self.assertFalse(connection.is_usable())
        connection.errors_occurred = False


class BoundsTests(PostgresTestCase):
    def test_waits_of_a_session_are_bounded(self) -> None:
        for setting, bound in (
            ("lock_timeout", "1s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("statement_timeout", "0"),  # a migration may take its time
        ):
            with self.subTest(setting), connection.cursor() as cursor:
                cursor.execute(f"SHOW {setting}")
                self.assertEqual(cursor.fetchone(), (bound,))

    def test_session_that_was_idle_for_too_long_is_a_lost_connection(self) -> None:
        with self.assertRaises(OperationalError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 10")
            waiting = select.poll()
            waiting.register(connection.connection.fileno(), select.POLLIN)
            waiting.poll(LONGEST_MS)
            Movie.objects.create(title="Too late", duration_minutes=1)
        self.assertFalse(Movie.objects.exists())


class PlansTests(PostgresTestCase):
    def test_prepared_statement_is_planned_once(self) -> None:
        for number in range(3):
            run(Statement("SELECT title FROM booking_movie WHERE id = %s", [number]))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
                "WHERE statement LIKE '%SELECT title FROM booking_movie%'"
            )
            self.assertEqual(cursor.fetchall(), [(3, 0)])
