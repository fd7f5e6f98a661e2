"""Account operations whose writes meet other people's locks."""

import threading
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.db import OperationalError, connection

from foundation import metrics
from foundation.db import transactions
from tests import factories
from tests.booking.api.case import ApiTestCase

ADA = {"username": "ada", "password": factories.PASSWORD}
NEW = {"username": "bob", "password": "popcorn-at-nine"}


def locked(times: int) -> AbstractContextManager[None]:
    """Let so many writes fail as those do that wait for a lock too long."""
    failures = iter(range(times))

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        is_write = sql.startswith(("INSERT", "UPDATE", "DELETE"))
        if is_write and next(failures, None) is not None:
            raise OperationalError("database is locked")
        return run(sql, *rest)

    return connection.execute_wrapper(execute)


@mock.patch.object(transactions._retrying, "sleep", new=mock.Mock())
class ContentionTest(ApiTestCase):
    def setUp(self) -> None:
        factories.user(username="ada")
        refresh = self.post("/api/login/", ADA).json()["refresh"]
        self.cases: list[tuple[str, dict[str, str], int]] = [
            ("/api/signup/", NEW, 201),
            ("/api/login/", ADA, 200),
            ("/api/logout/", {"refresh": refresh}, 204),
        ]

    def test_writes_that_lose_a_lock_are_done_again(self) -> None:
        for path, body, status in self.cases:
            with self.subTest(path), locked(times=2):
                self.assertEqual(self.post(path, body).status_code, status)

    def test_writes_that_never_get_their_lock_ask_to_come_again(self) -> None:
        before = metrics.DATABASE_ERRORS._value.get()
        for path, body, _ in self.cases:
            with self.subTest(path), locked(times=1000):
                response = self.post(path, body)
                self.assert_problem(response, 500, "too_much_contention")
                self.assertEqual(response["Retry-After"], "1")
        # The database did as it should: who is told of this is told that operations give up.
        self.assertEqual(metrics.DATABASE_ERRORS._value.get(), before)

    def test_log_says_who_gave_up_whether_or_not_it_was_tried_again(self) -> None:
        """A lock that was waited for in vain is not waited for again where others wait on."""
        nobody_waits_on = threading.BoundedSemaphore(1)
        nobody_waits_on.acquire()
        with (
            mock.patch.object(transactions, "_waiting_on", nobody_waits_on),
            mock.patch.object(transactions, "_sqlstate", return_value="55P03"),
            locked(times=1000),
            self.assertLogs(transactions.logger, "WARNING") as logs,
        ):
            self.post("/api/signup/", NEW)
        self.assertIn("gave up: database is locked", logs.output[0])
