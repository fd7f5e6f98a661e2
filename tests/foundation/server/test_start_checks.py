import threading
from unittest import mock

from django.db import OperationalError
from django.test import SimpleTestCase

from foundation.server import background, start_checks
from foundation.server.start_checks import MOST_LINES, StartCheck
from tests.waiting import until


class StartCheckTests(SimpleTestCase):
    def setUp(self) -> None:
        for threads in ("_on_threads", "_until_end"):
            self.enterContext(mock.patch.object(background, threads, []))
        self.enterContext(mock.patch.object(start_checks, "connection"))

    def test_result_is_kept_and_logged(self) -> None:
        for count, result in ((0, "ok"), (MOST_LINES + 5, "faults")):
            with self.subTest(result), self.assertLogs("foundation.server.start_checks") as logged:
                check = StartCheck("books", mock.Mock(return_value=["a"] * count))
                check.run()
                self.assertEqual(check.result, result)
                *lines, summary = logged.output
                self.assertEqual(len(lines), min(count, MOST_LINES))
                self.assertIn(f"books: {count} faults", summary)

    def test_nobody_waits_for_it(self) -> None:
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def look() -> list[str]:
            go_on.wait(60)
            return []

        check = StartCheck("books", look)
        with self.assertLogs("foundation.server.start_checks"):
            background.begin()
            self.assertEqual(check.result, "not yet")
            go_on.set()
            until(lambda: check.result == "ok")

    def test_database_that_is_away_is_asked_again(self) -> None:
        look = mock.Mock(side_effect=[OperationalError("away"), OperationalError("away"), []])
        check = StartCheck("books", look)
        waits: list[float] = []
        with (
            mock.patch("foundation.server.start_checks.time.sleep", waits.append),
            self.assertLogs("foundation.server.start_checks", "WARNING") as logged,
        ):
            check.run()
        self.assertEqual((check.result, waits), ("ok", [5, 10]))
        self.assertEqual(len(logged.output), 2)
