import logging
import threading
import time
from unittest import TestCase

from foundation.outages import Outage

logger = logging.getLogger(__name__)
EARLIER = -1.0


class OutageTests(TestCase):
    def setUp(self) -> None:
        self.outage = Outage(logger, gone="it is away", back="it is back")

    def note_failure(self, began: float | None = None) -> None:
        self.outage.failed(OSError("no route"), began=time.monotonic() if began is None else began)

    def lines(self, level: str = "WARNING") -> list[str]:
        return [record.getMessage() for record in self.logs.records if record.levelname == level]

    def test_many_who_notice_are_one_line_for_each_change(self) -> None:
        with self.assertLogs(logger, "DEBUG") as self.logs:
            self.outage.worked()
            for _ in range(2):
                for _ in range(3):
                    self.note_failure()
                for _ in range(3):
                    self.outage.worked()
        self.assertEqual(self.lines(), ["it is away (OSError: no route)", "it is back"] * 2)
        self.assertEqual(self.lines("DEBUG"), ["it is away (OSError: no route)"] * 4)

    def test_late_failure_of_an_outage_that_is_over_is_no_new_one(self) -> None:
        with self.assertLogs(logger, "DEBUG") as self.logs:
            self.outage.worked()
            self.note_failure(EARLIER)
        self.assertEqual(self.lines(), [])

    def test_threads_that_notice_at_once_are_one_line(self) -> None:
        with self.assertLogs(logger, "DEBUG") as self.logs:
            threads = [threading.Thread(target=self.note_failure) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(self.lines(), ["it is away (OSError: no route)"])
