"""Many at once: real threads, each with a database connection of its own, that start together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Self, TypeVar
from unittest import mock, skipUnless

from django.db import connection, connections
from django.db.models import QuerySet
from tenacity import stop_after_attempt

from foundation.db import transactions
from tests.commits import CommitTestCase

T = TypeVar("T")

LONGEST_SECONDS = 600
SOMEBODY_WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted"


@skipUnless(connection.vendor == "postgresql", "needs PostgreSQL: run `make test`")
class PostgresTestCase(CommitTestCase):
    """A test with real commits on PostgreSQL."""


def somebody_waits() -> bool:
    """Tell whether a session of PostgreSQL waits for what another one has locked."""
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_WAITS)
        return cursor.fetchone() is not None


class Racers:
    """A fixed number of threads that do something together, round after round.

    Meanwhile the box office is as patient as they need. They share one interpreter, so each of them
    may wait for seconds, for as long as a box office that serves somebody would rather give up.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._barrier = threading.Barrier(count)
        self._pool = ThreadPoolExecutor(count)
        self._patience = mock.patch.object(
            transactions._retrying, "stop", stop_after_attempt(transactions.ATTEMPTS)
        )

    def __enter__(self) -> Self:
        self._patience.start()

        # One after the other: hundreds of connections at once would be a test of their own.
        connecting = threading.Lock()

        def connect(_: int) -> None:
            with connecting, connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = %s", [LONGEST_SECONDS * 1000])
                cursor.execute("SET idle_in_transaction_session_timeout = 0")

        self.race(connect)
        return self

    def __exit__(self, *exc: Any) -> None:
        self.race(lambda _: connections.close_all())
        self._pool.shutdown()
        self._patience.stop()

    def race(self, act: Callable[[int], T]) -> list[T]:
        """Call `act` with 0 … count - 1, all at the same moment; return the results in order."""

        def start_together(number: int) -> T:
            self._barrier.wait(LONGEST_SECONDS)
            return act(number)

        futures = [self._pool.submit(start_together, number) for number in range(self.count)]
        return [future.result(LONGEST_SECONDS) for future in futures]


def without_row_locks() -> ExitStack:
    """Take the row locks out of every query, to show that a test sees what they prevent."""
    stack = ExitStack()
    stack.enter_context(
        mock.patch.object(QuerySet, "select_for_update", lambda self, **_: self.all())
    )
    stack.enter_context(mock.patch("foundation.db.locks._has_row_locks", return_value=False))
    return stack


def drop_ticket_constraint() -> None:
    """Take away the constraint that stands behind the row locks."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX seat_sold_once")


def restore_ticket_constraint() -> None:
    """Put the constraint back; the tickets that offend it must be gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNIQUE INDEX seat_sold_once ON booking_ticket (show_id, seat_number) "
            "WHERE cancelled_at IS NULL"
        )
