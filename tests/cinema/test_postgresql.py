from unittest import mock

from django.db import connection, connections

from tests.racing import PostgresTestCase


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

    def test_waits_for_locks_are_bounded(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            self.assertEqual(cursor.fetchone(), ("2s",))
