"""What the foundation counts moves when it happens."""

import threading
from unittest import mock

from django.db import OperationalError
from django.test import RequestFactory, SimpleTestCase, TestCase

from foundation.db import transactions
from foundation.db.transactions import one_transaction
from foundation.errors import TooMuchContention
from foundation.server import background
from foundation.server.start_checks import StartCheck
from foundation.server.threads import AllWaiting, FairThreads, TooManyWaiting
from foundation.web import problems, throttling
from foundation.web.problems import log_unavailable
from tests.figures import figures, moving


@one_transaction
def sell_the_last_seat() -> None:
    raise OperationalError("database is locked")


class ContentionTests(TestCase):
    @mock.patch.object(transactions, "logger", new=mock.Mock())
    @mock.patch.object(transactions._retrying, "sleep")
    def test_operations_redone_and_given_up(self, sleep: mock.Mock) -> None:
        with moving() as moved, self.assertRaises(TooMuchContention):
            sell_the_last_seat()
        self.assertEqual(
            moved,
            {
                'front_row_retries_total{operation="sell_the_last_seat"}': sleep.call_count,
                'front_row_given_up_total{operation="sell_the_last_seat"}': 1,
            },
        )

    def test_both_are_there_before_they_move(self) -> None:
        """Else the first time would be no increase."""

        @one_transaction
        def book_nothing() -> None:
            pass

        self.assertEqual(figures()['front_row_given_up_total{operation="book_nothing"}'], 0)
        self.assertEqual(figures()['front_row_retries_total{operation="book_nothing"}'], 0)


class ThreadTests(SimpleTestCase):
    def test_threads_and_those_who_wait_or_are_turned_away(self) -> None:
        go_on, has_begun = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def work() -> None:
            has_begun.set()
            go_on.wait(60)

        with moving() as moved:
            threads = FairThreads(1, waiting=1, in_all=2, name="counted")
            results = [threads.submit("a", work)]
            has_begun.wait(60)
            results += [threads.submit("a", work), threads.submit("b", work)]
            with self.assertRaises(TooManyWaiting):
                threads.submit("a", work)
            with self.assertRaises(AllWaiting):
                threads.submit("c", work)
            self.assertEqual(figures()['front_row_thread_waiting{pool="counted"}'], 2)
            go_on.set()
            for result in results:
                result.result(60)
        self.assertEqual(
            moved,
            {
                'front_row_threads{pool="counted"}': 1,
                'front_row_thread_refusals_total{of="one client",pool="counted"}': 1,
                'front_row_thread_refusals_total{of="all clients",pool="counted"}': 1,
                'front_row_thread_wait_seconds_count{pool="counted"}': 3,
            },
        )


class TroubleTests(SimpleTestCase):
    @mock.patch.object(problems, "logger", new=mock.Mock())
    def test_errors_of_the_database(self) -> None:
        request = RequestFactory().get("/")
        request.resolver_match = None
        with moving() as moved:
            log_unavailable(request, OperationalError("gone"))
            log_unavailable(request, ValueError("no matter"))
        self.assertEqual(moved, {"front_row_database_errors_total": 1})

    def test_cache_that_is_away(self) -> None:
        for is_on, is_up in ((True, 0), (False, 1)):
            with mock.patch.object(throttling.counter._outage, "is_on", new=is_on):
                self.assertEqual(figures()["front_row_cache_up"], is_up)

    @mock.patch.object(background, "_on_threads", new=[])
    def test_checks_and_when_they_were(self) -> None:
        check = StartCheck("counted", mock.Mock(side_effect=[["a", "b"], []]))
        self.assertEqual(figures()['front_row_check_timestamp_seconds{check="counted"}'], 0)
        with mock.patch("foundation.server.start_checks.logger"):
            check.run()
            self.assertEqual(figures()['front_row_check_faults{check="counted"}'], 2)
            check.run()
        self.assertEqual(figures()['front_row_check_faults{check="counted"}'], 0)
        self.assertGreater(figures()['front_row_check_timestamp_seconds{check="counted"}'], 0)
