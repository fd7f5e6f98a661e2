import struct
from unittest import TestCase, mock

from django.test import SimpleTestCase

from realtime.viewers import MOST_NAMED, Viewers, viewer_of


def named(*viewers: int) -> bytes:
    """Return these viewers as another process names them."""
    return struct.pack(f"!{len(viewers)}Q", *viewers)


class ViewersTests(TestCase):
    def setUp(self) -> None:
        self.viewers = Viewers(forget_after=15)

    def test_viewer_counts_once_however_many_sockets_it_has(self) -> None:
        for viewer in (1, 1, 1, 2):
            self.viewers.add(viewer)
        self.assertEqual(self.viewers.count(now=0), 2)
        self.viewers.remove(1)
        self.assertEqual(self.viewers.count(now=0), 2)
        for viewer in (1, 1, 2):
            self.viewers.remove(viewer)
        self.assertEqual(self.viewers.count(now=0), 0)

    def test_viewer_of_two_processes_counts_once(self) -> None:
        self.viewers.add(1)
        self.viewers.hear("other", 2, named(1, 2), now=0)
        self.assertEqual(self.viewers.count(now=0), 2)
        self.viewers.add(2)
        self.assertEqual(self.viewers.count(now=0), 2)
        self.viewers.hear("third", 2, named(2, 3), now=0)
        self.assertEqual(self.viewers.count(now=0), 3)
        self.viewers.remove(1)
        self.viewers.remove(2)
        self.assertEqual(self.viewers.count(now=0), 3)

    def test_count_is_that_of_what_each_process_said_last(self) -> None:
        self.viewers.hear("one", 3, named(1, 2, 3), now=0)
        self.viewers.hear("two", 1, named(4), now=1)
        self.viewers.hear("one", 2, named(1, 5), now=2)
        self.assertEqual(self.viewers.count(now=2), 3)

    def test_silent_process_is_forgotten(self) -> None:
        self.viewers.add(1)
        self.viewers.hear("one", 3, named(1, 2, 3), now=0)
        self.viewers.hear("two", 4, named(4, 5, 6, 7), now=10)
        self.assertEqual(self.viewers.count(now=15), 7)
        self.assertEqual(self.viewers.count(now=16), 5)

    def test_only_so_many_are_named_and_the_others_are_counted(self) -> None:
        here = Viewers(forget_after=15)
        for viewer in range(MOST_NAMED + 7):
            here.add(viewer)
        self.assertEqual(len(here.named()), 8 * MOST_NAMED)
        self.viewers.add(0)
        self.viewers.hear("other", here.here, here.named(), now=0)
        self.assertEqual(self.viewers.count(now=0), MOST_NAMED + 7)

    def test_changes_grow_with_viewers_and_not_with_sockets(self) -> None:
        self.viewers.add(1)
        before = self.viewers.changes
        self.viewers.add(1)
        self.assertEqual(self.viewers.changes, before)
        self.viewers.add(2)
        self.viewers.remove(2)
        self.assertEqual(self.viewers.changes, before + 2)

    def test_joins_do_not_look_at_those_already_there(self) -> None:
        """What a join costs does not grow with the audience."""
        self.viewers.hear("other", 2, named(1, 2), now=0)
        with mock.patch.object(self.viewers, "_gather", side_effect=AssertionError):
            for viewer in range(100):
                self.viewers.add(viewer)
                self.assertEqual(self.viewers.count(now=1), max(3, viewer + 1))


class NamesTests(SimpleTestCase):
    def test_address_has_one_name_under_one_key(self) -> None:
        self.assertEqual(viewer_of("192.0.2.1"), viewer_of("192.0.2.1"))
        self.assertNotEqual(viewer_of("192.0.2.1"), viewer_of("192.0.2.2"))
        with self.settings(SECRET_KEY="another"):
            viewer_of.cache_clear()
            other = viewer_of("192.0.2.1")
        viewer_of.cache_clear()
        self.assertNotEqual(viewer_of("192.0.2.1"), other)
