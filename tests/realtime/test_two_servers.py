"""Several Daphne processes on PostgreSQL and Redis are one box office."""

import random
import urllib.request
from typing import ClassVar
from unittest import skipUnless

from django.conf import settings
from django.test import Client
from django.utils import timezone

from booking.rules import OFFER_TIME
from booking.selectors import seat_map
from booking.selectors.waitlist import waitlist_address
from booking.services.holds import place_hold, release_hold
from booking.services.waitlist import join_waitlist
from foundation.instants import milliseconds
from realtime.room import Pace
from tests import factories
from tests.ledger import check_books
from tests.live import LiveServer
from tests.racing import PostgresTestCase, Racers
from tests.realtime.api import ApiClient
from tests.realtime.watchers import BySocket, ByStream, Watcher
from tests.waiting import until


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class TwoServersTests(PostgresTestCase):
    servers: ClassVar[list[LiveServer]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        env: dict[str, str | None] = {"THROTTLES": "off", "TRUSTED_PROXIES": "1"}
        cls.servers = [cls.enterClassContext(LiveServer(env=env)) for _ in range(2)]

    def setUp(self) -> None:
        self.show = factories.show(plan="\n".join(["S" * 10] * 6))

    def test_watchers_of_both_see_every_version_in_order(self) -> None:
        """The watchers themselves fail on a gap or a repeat."""
        watchers = [
            self.enterContext(Watcher(server, self.show.pk, by=by))
            for server in self.servers
            for by in (BySocket, ByStream, ByStream)
        ]
        for watcher in watchers:
            watcher.next_of("snapshot")
        with Racers(6) as clients:
            statuses = {status for each in clients.race(self._act) for status in each}
        self.assertLessEqual(statuses, {200, 201, 409})
        check_books(self, self.show.pk)
        current = seat_map.states(self.show.pk)
        self.assertGreater(current.version, 50)
        for watcher in watchers:
            watcher.until_version(current.version)
            self.assertEqual(watcher.follower.states, current.states)
            self.assertEqual(len([f for f in watcher.frames if f["type"] == "snapshot"]), 1)
        with Watcher(self.servers[0], self.show.pk) as fresh:
            self.assertEqual(fresh.next()["states"], current.states)

    def _act(self, number: int) -> list[int]:
        """Book and cancel at random, by turns through both servers."""
        choose = random.Random(number)
        user = factories.user()
        clients = [ApiClient(server, user=user) for server in self.servers]
        statuses = []
        for turn in range(15):
            booked = clients[turn % 2].book(self.show.pk, *choose.sample(range(1, 61), 2))
            statuses.append(booked.status)
            if booked.status == 201 and choose.random() < 0.7:
                statuses.append(clients[(turn + 1) % 2].cancel(booked.body["id"]).status)
        return statuses

    def test_viewers_are_counted_over_both(self) -> None:
        with self.viewer(0, "192.0.2.1") as here:
            with self.viewer(1, "192.0.2.2") as there:
                for watcher in (here, there):
                    watcher.until(lambda frame: frame == {"type": "viewers", "count": 2})
                with self.viewer(1, "192.0.2.1"), self.viewer(0, "192.0.2.3"):
                    here.until(lambda frame: frame["type"] == "viewers" and frame["count"] != 2)
                    self.assertEqual(here.frames[-1], {"type": "viewers", "count": 3})
            here.until(lambda frame: frame == {"type": "viewers", "count": 1})

    def viewer(self, process: int, address: str) -> Watcher:
        return Watcher(self.servers[process], self.show.pk, address=address)

    def test_next_on_the_waitlist_is_told_on_both_and_nobody_else_is(self) -> None:
        show_id, now, user = self.show.pk, timezone.now(), factories.user()
        token = place_hold(show_id=show_id, selection=[1, 2], client="a", user=None, now=now).token
        join_waitlist(show_id=show_id, seat_number=1, user=user, now=now)
        address = waitlist_address(show_id, user.pk)
        hers = [
            self.enterContext(Watcher(server, show_id, waitlist=address)) for server in self.servers
        ]
        others = [
            self.enterContext(Watcher(self.servers[0], show_id, waitlist=waitlist))
            for waitlist in (None, "f" * 64)
        ]
        for watcher in [*hers, *others]:
            watcher.next_of("snapshot")

        release_hold(token=token, user=None, now=now)

        told = [watcher.next_of("offer", Pace().check / 2) for watcher in hers]
        until = milliseconds(now + OFFER_TIME)
        self.assertEqual(told, [{"type": "offer", "seat_number": 1, "until": until}] * 2)
        for watcher in others:
            watcher.next_of("changes")
            watcher.next_of("tick")
            self.assertEqual(watcher.follower.states[:2], "ha")
            self.assertNotIn("offer", [frame["type"] for frame in watcher.frames])
        # Whoever comes back while the offer lasts is told again.
        back = self.enterContext(Watcher(self.servers[1], show_id, waitlist=address))
        back.next_of("offer")

    def test_staff_see_both_in_the_house_status(self) -> None:
        visitor = Client()
        visitor.force_login(factories.user(is_staff=True))
        cookie = f"sessionid={visitor.cookies['sessionid'].value}"
        url = self.servers[0].url("/admin/status/")
        request = urllib.request.Request(url, headers={"Cookie": cookie})

        def page() -> str:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return " ".join(answer.read().decode().split())

        pids = [server.process.pid for server in self.servers if server.process]
        until(lambda: all(f"process {pid}<" in page() for pid in pids))

    def test_idle_socket_hears_of_a_booking_at_once(self) -> None:
        """Sooner than the next check of the log, that is: so it came through Redis."""
        client = ApiClient(self.servers[1], user=factories.user())
        with Watcher(self.servers[0], self.show.pk) as watcher:
            watcher.next_of("tick")
            watcher.until_told_at_once(client, self.show.pk)
