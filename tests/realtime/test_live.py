"""Rooms in a real Daphne process, watched by a real client."""

import signal
import time
from typing import ClassVar

from django.test import TransactionTestCase
from django.utils import timezone

from booking.services.bookings import book_seats
from realtime.room import Pace
from tests import factories
from tests.live import LiveServer
from tests.realtime.watchers import Watcher

# In the middle of what a process does when it is asked to end, longer than it waits for anybody.
ENDING_SECONDS = 0.002
HELD_UP_SECONDS = 2.5

# What the anti-entropy check may take: its interval, and some for a machine that has more to do.
CHECK_SECONDS = Pace().check + 10


class LiveTests(TransactionTestCase):
    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(cls.new_server())

    @classmethod
    def new_server(cls) -> LiveServer:
        """Return the server to test, not started yet."""
        return LiveServer()

    def setUp(self) -> None:
        self.show = factories.show(plan="SSS\nSSS")
        self.user = factories.user()

    def book(self, *seat_numbers: int) -> None:
        book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=timezone.now()
        )

    def test_booking_of_another_process_shows(self) -> None:
        with Watcher(self.server, self.show.pk) as watcher:
            self.assertEqual(watcher.next(), {"type": "snapshot", "version": 0, "states": "aaaaaa"})
            self.book(2, 5)
            watcher.until_version(1, CHECK_SECONDS)
            self.assertEqual(watcher.follower.states, "abaaba")
            self.assertEqual(watcher.next_of("tick"), {"type": "tick", "version": 1})

    def test_client_that_comes_back_gets_what_it_missed(self) -> None:
        with Watcher(self.server, self.show.pk) as watcher:
            watcher.next_of("snapshot")
            for seat_number in (1, 2, 3):
                self.book(seat_number)
            watcher.until_version(3, CHECK_SECONDS)
            with Watcher(self.server, self.show.pk, since=1, states="baaaaa") as back:
                frame = back.next()
                self.assertEqual(
                    (frame["from"], frame["version"], frame["changes"]),
                    (2, 3, [[2, "b"], [3, "b"]]),
                )
                self.assertEqual(back.follower.states, "bbbaaa")
            with Watcher(self.server, self.show.pk, since=3) as back:
                self.assertEqual(back.next(), {"type": "tick", "version": 3})
            with Watcher(self.server, self.show.pk, since=4) as back:
                self.assertEqual(back.next()["type"], "snapshot")

    def test_large_seat_map_arrives_whole(self) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * 25))
        with Watcher(self.server, show.pk) as watcher:
            self.assertEqual(watcher.next()["states"], "a" * 2_500)

    def test_viewers_are_counted(self) -> None:
        with Watcher(self.server, self.show.pk) as first:
            self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 1})
            with Watcher(self.server, self.show.pk) as second:
                self.assertEqual(second.next_of("viewers"), {"type": "viewers", "count": 2})
                self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 2})
            self.assertEqual(first.next_of("viewers"), {"type": "viewers", "count": 1})

    def test_missing_show_is_closed_with_4404(self) -> None:
        with Watcher(self.server, 999_999) as watcher:
            self.assertEqual(watcher.close_code(), 4404)


class ShutdownTests(TransactionTestCase):
    def watchers(self, server: LiveServer, count: int) -> list[Watcher]:
        """Return so many who watch a show and have its seat map."""
        show = factories.show(plan="SSS")
        watchers = [self.enterContext(Watcher(server, show.pk)) for _ in range(count)]
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

    def test_sockets_are_closed_with_1012_and_the_end_is_not_delayed(self) -> None:
        with LiveServer() as server:
            watchers = self.watchers(server, 100)
            process = server.process
            assert process is not None
            server.stop()
            # Else it had to be killed, STOP_SECONDS after it was asked to end.
            self.assertNotEqual(process.returncode, -signal.SIGKILL)
            self.assertEqual([watcher.close_code() for watcher in watchers], [1012] * 100)
