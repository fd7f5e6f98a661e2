from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from booking.chain import Checkpoint
from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change
from realtime.timeline import Timeline
from tests.realtime.fakes import GENESIS, next_change

LONGEST = 12


def history(of: str = "b", genesis: str = GENESIS) -> list[Change]:
    """Return a log of changes of the first seat to this letter."""
    log: list[Change] = []
    before = Checkpoint(0, genesis)
    for _ in range(LONGEST):
        log.append(next_change(before, (1, of)))
        before = log[-1].checkpoint
    return log


OURS, OTHERS = history("b"), history("x", "0" * 64)


def at(version: int, log: list[Change] = OURS) -> Checkpoint:
    return log[version - 1].checkpoint if version else Checkpoint(0, GENESIS)


def change(version: int) -> Change:
    return OURS[version - 1]


def other(version: int) -> Change:
    """Return a change of another history; all of its digests are others."""
    return OTHERS[version - 1]


def loaded(version: int = 0, history_length: int = 3, *, is_first: bool = True) -> Timeline:
    timeline = Timeline(history_length, is_first=is_first)
    timeline.load(SeatStates(*at(version), "aaa"))
    return timeline


class TimelineTests(TestCase):
    def test_change_in_order_is_taken_and_applied(self) -> None:
        timeline = loaded()
        timeline.add(change(1))
        self.assertEqual(timeline.take(), [change(1)])
        self.assertEqual((timeline.told, timeline.states), (at(1), "baa"))

    def test_change_is_not_told_before_it_is_taken(self) -> None:
        timeline = loaded()
        timeline.add(change(1))
        self.assertEqual((timeline.told, timeline.known, timeline.states), (at(0), at(1), "aaa"))
        self.assertEqual(timeline.current, SeatStates(*at(1), "baa"))

    def test_early_change_waits_for_the_one_before(self) -> None:
        timeline = loaded()
        timeline.add(change(2))
        self.assertTrue(timeline.has_gap)
        self.assertEqual(timeline.take(), [])
        timeline.add(change(1))
        self.assertFalse(timeline.has_gap)
        self.assertEqual(timeline.take(), [change(1), change(2)])

    def test_change_that_came_before_is_ignored(self) -> None:
        timeline = loaded(version=5)
        for version in (4, 5, 6, 6):
            timeline.add(change(version))
        self.assertEqual(timeline.take(), [change(6)])
        timeline.add(change(6))
        self.assertFalse(timeline.has_news)
        self.assertEqual(timeline.unfit, {})

    def test_load_keeps_newer_changes_that_came_before_it(self) -> None:
        timeline = Timeline()
        for version in (8, 6, 7):
            timeline.add(change(version))
        self.assertFalse(timeline.has_gap)
        timeline.load(SeatStates(*at(6), "aaa"))
        self.assertEqual(timeline.take(), [change(7), change(8)])

    def test_noted_version_is_a_gap(self) -> None:
        timeline = loaded()
        timeline.note(1)
        self.assertTrue(timeline.has_gap)

    def test_since_gives_what_is_missing(self) -> None:
        timeline = loaded()
        for version in (1, 2):
            timeline.add(change(version))
        timeline.take()
        self.assertEqual(timeline.since(at(0)), [change(1), change(2)])
        self.assertEqual(timeline.since(at(1)), [change(2)])
        self.assertEqual(timeline.since(at(2)), [])

    def test_what_led_to_the_snapshot_is_given_too_if_it_did(self) -> None:
        ours = [change(version) for version in (1, 2, 3)]
        for recent, told in ((ours, ours[1:]), ([*ours[:2], other(3)], None), ([], None)):
            timeline = Timeline(3)
            timeline.load(SeatStates(*at(3), "aaa"), recent=recent)
            self.assertEqual(timeline.since(at(1)), told)
            self.assertEqual(timeline.since(at(3)), [])
            timeline.add(change(4))
            timeline.take()
            self.assertEqual(timeline.since(at(3)), [change(4)])
            self.assertIsNone(timeline.since(at(0)))

    def test_since_outside_the_history_needs_a_snapshot(self) -> None:
        timeline = loaded(history_length=2)
        for version in (1, 2, 3):
            timeline.add(change(version))
        timeline.take()
        self.assertEqual(timeline.since(at(1)), [change(2), change(3)])
        for outside in (at(0), at(4), Checkpoint(-1, ""), None):
            self.assertIsNone(timeline.since(outside))
        self.assertIsNone(Timeline().since(at(0)))

    @given(st.integers(0, LONGEST), st.lists(st.integers(1, LONGEST)), st.data())
    def test_any_delivery_is_told_in_order_once_each(
        self, snapshot: int, deliveries: list[int], data: st.DataObject
    ) -> None:
        timeline = Timeline()
        load_at = data.draw(st.integers(0, len(deliveries)))
        told = []
        for number, version in enumerate([*deliveries, 0]):
            if number == load_at:
                timeline.load(SeatStates(*at(snapshot), "aaa"))
            if version:
                timeline.add(change(version))
            told += [each.version for each in timeline.take()]
        delivered = {snapshot, *deliveries}
        expected: list[int] = []
        while snapshot + len(expected) + 1 in delivered:
            expected.append(snapshot + len(expected) + 1)
        self.assertEqual(told, expected)


class OtherHistoryTests(TestCase):
    """Changes of another history, which a restore leaves on their way."""

    def test_no_change_is_told_that_does_not_follow(self) -> None:
        for version in (1, 4, 5, 6, 9):
            timeline = loaded(version=3, history_length=2)
            for ours in (4, 5):
                timeline.add(change(ours))
            timeline.take()
            timeline.add(other(version))
            with self.subTest(version):
                self.assertEqual(timeline.take(), [])
                # One from before the history that is kept tells nothing.
                self.assertEqual(timeline.has_gap, version != 1)

    def test_change_that_does_not_follow_gives_way_to_the_one_that_does(self) -> None:
        timeline = loaded()
        for each in (other(1), other(2), change(2), change(1)):
            timeline.add(each)
        self.assertEqual(timeline.take(), [change(1), change(2)])
        self.assertFalse(timeline.has_gap)

    def test_what_the_log_has_not_is_forgotten_but_not_what_came_since(self) -> None:
        timeline = loaded()
        for each in (other(1), other(3)):
            timeline.add(each)
        unfit = dict(timeline.unfit)
        timeline.add(change(3))
        timeline.forget(unfit)
        self.assertEqual(timeline.unfit, {3: change(3)})

    def test_since_of_another_history_needs_a_snapshot(self) -> None:
        timeline = loaded(version=1)
        for version in (2, 3):
            timeline.add(change(version))
        timeline.take()
        for version in (1, 2, 3):
            ours, theirs = at(version), at(version, OTHERS)
            with self.subTest(version):
                self.assertEqual(len(timeline.since(ours) or []), 3 - version)
                short = ours._replace(digest=ours.digest[:16])
                self.assertEqual(timeline.since(short), timeline.since(ours))
                self.assertIsNone(timeline.since(theirs))
                self.assertIsNone(timeline.since(theirs._replace(digest=theirs.digest[:16])))

    def test_since_without_a_digest_is_believed_until_history_was_rewritten(self) -> None:
        for is_first, expected in ((True, []), (False, None)):
            timeline = loaded(version=3, is_first=is_first)
            self.assertEqual(timeline.since(Checkpoint(3, "")), expected)
            self.assertEqual(timeline.since(at(3)), [])

    def test_versions_of_ours_are_told_from_others(self) -> None:
        timeline = loaded(version=2, history_length=2)
        for version in (3, 4, 5):
            timeline.add(change(version))
        timeline.take()
        timeline.add(change(6))
        may_have = {version: timeline.may_have(*at(version, OTHERS)) for version in range(1, 8)}
        # Nobody knows any more; told in between; and not known yet.
        self.assertEqual([v for v, may in may_have.items() if may], [1, 2])
        self.assertTrue(all(timeline.may_have(*at(version)) for version in range(1, 7)))
        self.assertFalse(timeline.may_have(*at(7)))
