"""Rooms in a real Daphne process, watched by a real client."""

import signal
import time
from decimal import Decimal
from typing import Any

from django.utils import timezone

from booking.chain import Checkpoint
from booking.models import SeatChange
from booking.selectors import seat_map
from booking.services.sales import book_seats
from booking.services.shows import change_show
from booking.terms import facts_of
from realtime.room import Pace
from tests import factories
from tests.commits import CommitTestCase
from tests.live import BEHIND_A_PROXY, LiveServer, LiveServerMixin
from tests.realtime.fakes import named
from tests.realtime.watchers import (
    ByResumedStream,
    BySocket,
    ByStream,
    Connection,
    Watcher,
)

# In the middle of what a process does when it is asked to end, longer than it waits for anybody.
ENDING_SECONDS = 0.002
HELD_UP_SECONDS = 2.5

# What the anti-entropy check may take: its interval, and some for a machine that has more to do.
CHECK_SECONDS = Pace().check + 10


class LiveTests(LiveServerMixin, CommitTestCase):
    by: type[Connection] = BySocket
    # How somebody comes back who says what they have.
    back_by: tuple[type[Connection], ...] = (BySocket,)

    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env=BEHIND_A_PROXY)

    def setUp(self) -> None:
        self.show = factories.show(plan="SSS\nSSS")
        self.user = factories.user()

    def watch(self, show_id: int | None = None, **options: Any) -> Watcher:
        return Watcher(self.server, show_id or self.show.pk, **({"by": self.by} | options))

    def book(self, *seat_numbers: int) -> None:
        book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=timezone.now()
        )

    def named(self) -> dict[str, Any]:
        """Return how frames name the newest version."""
        return named(seat_map.checkpoint(self.show.pk))

    def test_booking_of_another_process_shows(self) -> None:
        with self.watch() as watcher:
            greeting = {"type": "snapshot", **self.named(), "states": "aaaaaa"}
            self.assertEqual(watcher.next(), greeting | {"show": facts_of(self.show)})
            self.book(2, 5)
            watcher.until_version(1, CHECK_SECONDS)
            self.assertEqual(watcher.follower.states, "abaaba")
            self.assertEqual(watcher.next_of("tick"), {"type": "tick", **self.named()})

    def test_client_that_comes_back_gets_what_it_missed(self) -> None:
        with self.watch() as watcher:
            watcher.next_of("snapshot")
            for seat_number in (1, 2, 3):
                self.book(seat_number)
            log = [entry.checkpoint for entry in SeatChange.objects.filter(show=self.show)]
            watcher.until_version(3, CHECK_SECONDS)
            for by in self.back_by:
                with self.subTest(by.__name__):
                    self._check_that_missed_changes_come(by, log)

    def _check_that_missed_changes_come(self, by: type[Connection], log: list[Checkpoint]) -> None:
        with self.watch(since=log[0], states="baaaaa", by=by) as back:
            frame = back.next()
            self.assertEqual(
                (frame["from"], frame["version"], frame["changes"]), (2, 3, [[2, "b"], [3, "b"]])
            )
            self.assertEqual(back.follower.states, "bbbaaa")
        with self.watch(since=log[2], by=by) as back:
            self.assertEqual(back.next(), {"type": "tick", **self.named()})
        for other in (log[2]._replace(version=4), log[2]._replace(digest=log[1].digest)):
            with self.watch(since=other, by=by) as back:
                self.assertEqual(back.next()["type"], "snapshot")

    def test_changed_facts_of_a_show_arrive_within_a_blink(self) -> None:
        with self.watch() as watcher:
            self.assertEqual(watcher.next()["show"], facts_of(self.show))
            changed = change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))
            frame = watcher.next_of("changes")
        self.assertEqual((frame["changes"], frame["show"]), ([], facts_of(changed)))

    def test_large_seat_map_arrives_whole(self) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * 25))
        with self.watch(show.pk) as watcher:
            self.assertEqual(watcher.next()["states"], "a" * 2_500)

    def test_viewers_are_counted(self) -> None:
        with self.viewer("192.0.2.1") as first:
            self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 1})
            with self.viewer("192.0.2.2") as second:
                self.assertEqual(second.next_of("viewers"), {"type": "viewers", "count": 2})
                self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 2})
            self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 1})

    def test_windows_of_one_address_are_one_viewer(self) -> None:
        windows = [self.enterContext(self.viewer("2001:db8::1"))]
        self.assertEqual(windows[0].next_of("viewers"), {"type": "viewers", "count": 1})
        windows += [self.enterContext(self.viewer(f"2001:db8::{n}")) for n in range(2, 5)]
        self.enterContext(self.viewer("192.0.2.1"))
        counts = [window.next_of("viewers")["count"] for window in windows]
        self.assertEqual(set(counts[:1]), {2})
        self.assertLessEqual(set(counts), {1, 2})

    def viewer(self, address: str) -> Watcher:
        return self.watch(address=address)

    def test_missing_show_is_closed_with_4404(self) -> None:
        with self.watch(999_999) as watcher:
            self.assertEqual(watcher.close_code(), 4404)


class LiveStreamTests(LiveTests):
    """The same by Server-Sent Events."""

    by = ByStream
    back_by = (ByStream, ByResumedStream)


class ShutdownTests(CommitTestCase):
    def watchers(self, server: LiveServer, count: int) -> list[Watcher]:
        """Return so many who watch a show, by either way, and have its seat map."""
        show, ways = factories.show(plan="SSS"), (BySocket, ByStream)
        watchers = [
            self.enterContext(Watcher(server, show.pk, by=ways[number % 2]))
            for number in range(count)
        ]
        for watcher in watchers:
            watcher.next_of("snapshot")
        return watchers

    def test_process_that_is_held_up_as_it_ends_says_goodbye_all_the_same(self) -> None:
        with LiveServer() as server:
            watchers = self.watchers(server, 40)
            assert server.process is not None
            server.process.terminate()
            time.sleep(ENDING_SECONDS)
            server.hang()
            time.sleep(HELD_UP_SECONDS)
            server.resume()
            self.assertEqual([watcher.close_code() for watcher in watchers], [1012] * 40)

    def test_watchers_are_told_1012_and_the_end_is_not_delayed(self) -> None:
        with LiveServer() as server:
            watchers = self.watchers(server, 100)
            process = server.process
            assert process is not None
            server.stop()
            # Else it had to be killed, STOP_SECONDS after it was asked to end.
            self.assertNotEqual(process.returncode, -signal.SIGKILL)
            self.assertEqual([watcher.close_code() for watcher in watchers], [1012] * 100)
