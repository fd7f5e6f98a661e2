from unittest import TestCase

from realtime.viewers import OtherProcesses


class OtherProcessesTests(TestCase):
    def test_viewers_sums_what_each_process_said_last(self) -> None:
        others = OtherProcesses(forget_after=15)
        others.hear("one", 3, now=0)
        others.hear("two", 4, now=1)
        others.hear("one", 5, now=2)
        self.assertEqual(others.viewers(now=2), 9)

    def test_silent_process_is_forgotten(self) -> None:
        others = OtherProcesses(forget_after=15)
        others.hear("one", 3, now=0)
        others.hear("two", 4, now=10)
        self.assertEqual(others.viewers(now=15), 7)
        self.assertEqual(others.viewers(now=16), 4)
