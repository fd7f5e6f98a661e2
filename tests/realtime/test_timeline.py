from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from realtime.protocol import Change
from realtime.timeline import Timeline


def change(version: int, seat_number: int = 1, letter: str = "b") -> Change:
    return Change(version, [(seat_number, letter)], version)


def loaded(version: int = 0, states: str = "aaa", history_length: int = 3) -> Timeline:
    timeline = Timeline(history_length)
    timeline.load(version, states, {})
    return timeline


class TimelineTests(TestCase):
    def test_change_in_order_is_taken_and_applied(self) -> None:
        timeline = loaded()
        timeline.offer(change(1, seat_number=2))
        self.assertEqual(timeline.take(), [change(1, seat_number=2)])
        self.assertEqual((timeline.version, timeline.states), (1, "aba"))

    def test_change_is_not_told_before_it_is_taken(self) -> None:
        timeline = loaded()
        timeline.offer(change(1))
        self.assertEqual((timeline.version, timeline.known, timeline.states), (0, 1, "aaa"))

    def test_early_change_waits_for_the_one_before(self) -> None:
        timeline = loaded()
        timeline.offer(change(2))
        self.assertTrue(timeline.has_gap)
        self.assertEqual(timeline.take(), [])
        timeline.offer(change(1))
        self.assertFalse(timeline.has_gap)
        self.assertEqual(timeline.take(), [change(1), change(2)])

    def test_change_that_came_before_is_ignored(self) -> None:
        timeline = loaded(version=5)
        for version in (4, 5, 6, 6):
            timeline.offer(change(version))
        self.assertEqual(timeline.take(), [change(6)])
        timeline.offer(change(6))
        self.assertFalse(timeline.has_news)
        self.assertEqual(timeline._early, {})

    def test_load_keeps_newer_changes_that_came_before_it(self) -> None:
        timeline = Timeline()
        for version in (8, 6, 7):
            timeline.offer(change(version))
        self.assertFalse(timeline.has_gap)
        timeline.load(6, "aaa", {})
        self.assertEqual(timeline.take(), [change(7), change(8)])

    def test_noted_version_is_a_gap(self) -> None:
        timeline = loaded()
        timeline.note(1)
        self.assertTrue(timeline.has_gap)

    def test_since_gives_what_is_missing(self) -> None:
        timeline = loaded()
        for version in (1, 2):
            timeline.offer(change(version))
        timeline.take()
        self.assertEqual(timeline.since(0), [change(1), change(2)])
        self.assertEqual(timeline.since(1), [change(2)])
        self.assertEqual(timeline.since(2), [])

    def test_since_outside_the_history_needs_a_snapshot(self) -> None:
        timeline = loaded(history_length=2)
        for version in (1, 2, 3):
            timeline.offer(change(version))
        timeline.take()
        self.assertEqual(timeline.since(1), [change(2), change(3)])
        for outside in (0, 4, -1, None):
            self.assertIsNone(timeline.since(outside))
        self.assertIsNone(Timeline().since(0))

    @given(st.integers(0, 12), st.lists(st.integers(1, 12)), st.data())
    def test_any_delivery_is_told_in_order_once_each(
        self, snapshot: int, deliveries: list[int], data: st.DataObject
    ) -> None:
        timeline = Timeline()
        load_at = data.draw(st.integers(0, len(deliveries)))
        told = []
        for number, version in enumerate([*deliveries, 0]):
            if number == load_at:
                timeline.load(snapshot, "aaa", {})
            if version:
                timeline.offer(change(version))
            told += [each.version for each in timeline.take()]
        delivered = {snapshot, *deliveries}
        expected: list[int] = []
        while snapshot + len(expected) + 1 in delivered:
            expected.append(snapshot + len(expected) + 1)
        self.assertEqual(told, expected)
