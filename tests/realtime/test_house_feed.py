import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from django.db import connections
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from booking.models import SeatMap, Show, WaitlistEntry
from booking.selectors import catalogue
from booking.selectors.listing import ListedShow, Listing, shows_to_come
from booking.services.calling_off import cancel_show
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from booking.services.shows import change_show
from foundation.instants import milliseconds
from foundation.server import shutdown
from realtime.house_feed import HouseFeed, changes
from realtime.sockets import Socket, Wish
from tests import factories
from tests.commits import CommitTestCase
from tests.realtime.fakes import IN_MEMORY
from tests.realtime.frames import checked
from tests.realtime.test_consumers import connected


def entry(show: Show, left: int) -> list[Any]:
    """Return a show as it is told with so many seats left."""
    start, film = milliseconds(show.starts_at), show.movie
    return [show.pk, left, start, show.auditorium.name, film.pk, film.title]


class ListingTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show, self.other = factories.show(plan="SSSSS"), factories.show(plan="SS")
        factories.show(starts_at=self.now - timedelta(minutes=1))

    def test_seats_left_are_those_of_the_catalogue_and_follow_the_clock(self) -> None:
        held = place_hold(
            show_id=self.show.pk, selection=[1, 2], client="x", user=None, now=self.now
        )
        book_seats(show_id=self.show.pk, seat_numbers=[3], user=factories.user(), now=self.now)
        seat = self.show.show_seats.get(seat_number=1)
        WaitlistEntry.objects.create(show_seat=seat, user=factories.user(), joined_at=self.now)
        for now, left in ((self.now, 2), (held.expires_at, 3)):
            with self.subTest(now=now):
                with self.assertNumQueries(1):
                    found, uncounted, _ = shows_to_come(now=now)
                listed = {
                    show.pk: show.available_seats  # type: ignore[attr-defined]
                    for show in catalogue.upcoming_shows(now=now)
                }
                told = {show_id: show.left for show_id, show in found.items()}
                self.assertEqual(told, {self.show.pk: left, self.other.pk: 2})
                self.assertEqual((told, uncounted), (listed, []))

    def test_show_that_moved_is_told_with_its_new_time_place_and_film(self) -> None:
        before = shows_to_come(now=self.now).shows
        twin, film = factories.auditorium(plan="SSSSS"), factories.movie(title="Another film")
        starts_at = self.show.starts_at + timedelta(hours=5)
        change_show(
            show_id=self.show.pk, now=self.now, starts_at=starts_at, auditorium=twin, movie=film
        )
        self.show = Show.objects.get(pk=self.show.pk)
        with self.assertNumQueries(1):
            found = shows_to_come(before, now=self.now)
        told = changes(before, found)
        self.assertEqual(told, [entry(self.show, 5)])
        self.assertEqual(told[0][2:6], [milliseconds(starts_at), twin.name, film.pk, film.title])

    def test_show_that_is_called_off_is_told_and_stays_listed(self) -> None:
        before = shows_to_come(now=self.now).shows
        cancel_show(show_id=self.show.pk, now=self.now)
        found = shows_to_come(before, now=self.now)
        self.assertEqual(changes(before, found), [[self.show.pk, None, "called_off"]])
        self.assertEqual(changes(found.shows, shows_to_come(found.shows, now=self.now)), [])
        self.assertEqual(set(found.shows), {self.show.pk, self.other.pk})

    def test_new_show_is_told_and_why_others_are_gone(self) -> None:
        before = shows_to_come(now=self.now).shows
        new = factories.show(plan="S", starts_at=self.now + timedelta(days=2))
        Show.objects.filter(pk=self.other.pk).update(is_listed=False)
        with self.assertNumQueries(2):
            found = shows_to_come(before, now=self.show.starts_at)
        told = changes(before, found)
        gone = [[self.show.pk, None, "started"], [self.other.pk, None, "off_sale"]]
        self.assertEqual(sorted(told), [*gone, entry(new, 1)])


def _close_connections(threads: ThreadPoolExecutor) -> None:
    threads.submit(connections.close_all).result()


class HouseFeedTests(SimpleTestCase):
    """A feed whose looks the test gives by hand."""

    def setUp(self) -> None:
        self.looks = 0
        self.place = (4790000000000, "Hall", 7, "Film")
        self.failed = asyncio.Event()
        self.counts: dict[int, int | None] | Exception = {1: 5, 2: 7}

    async def look(self, known: object) -> Listing:
        self.looks += 1
        if isinstance(self.counts, Exception):
            self.failed.set()
            raise self.counts
        counts = self.counts.items()
        shows = {show_id: ListedShow(count, *self.place) for show_id, count in counts}
        return Listing(shows, [], set())

    async def told(self, frames: "asyncio.Queue[dict[str, Any]]") -> dict[str, Any]:
        async with asyncio.timeout(30):
            return checked((await frames.get())["text"])

    def socket(self) -> tuple[Socket, "asyncio.Queue[dict[str, Any]]"]:
        frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        return Socket(frames.put, Wish()), frames

    async def test_feed_tells_all_then_what_changed_then_that_all_is_well(self) -> None:
        with mock.patch("realtime.house_feed.LONGEST_SILENCE_SECONDS", 0.05):
            feed = HouseFeed(self.look, pause=0.01)
            socket, frames = self.socket()
            feed.enter(socket)
            self.assertEqual(
                await self.told(frames),
                {"type": "listing", "shows": [[1, 5, *self.place], [2, 7, *self.place]]},
            )
            self.counts = {1: 4, 3: 9}
            self.assertEqual(
                await self.told(frames),
                {
                    "type": "seats_left",
                    "shows": [[1, 4, *self.place], [2, None, "off_sale"], [3, 9, *self.place]],
                },
            )
            self.assertEqual(await self.told(frames), {"type": "seats_left", "shows": []})
            self.counts = ConnectionError("no database")
            async with asyncio.timeout(30):
                await self.failed.wait()
            while not frames.empty():  # told before
                self.assertEqual((await self.told(frames))["shows"], [])
            self.counts = {1: 4, 3: 8}
            self.assertEqual(
                await self.told(frames), {"type": "seats_left", "shows": [[3, 8, *self.place]]}
            )
            feed.leave(socket)

    async def test_show_that_is_called_off_is_in_the_listing_of_who_comes_later(self) -> None:
        self.counts = {1: 5, 2: None}
        feed = HouseFeed(self.look, pause=0.01)
        socket, frames = self.socket()
        feed.enter(socket)
        shows = [[1, 5, *self.place], [2, None, "called_off"]]
        self.assertEqual(await self.told(frames), {"type": "listing", "shows": shows})
        feed.leave(socket)

    async def test_one_look_serves_all_and_none_is_taken_for_nobody(self) -> None:
        feed = HouseFeed(self.look, pause=0.01)
        pairs = [self.socket() for _ in range(5)]
        for socket, _ in pairs:
            feed.enter(socket)
        for _, frames in pairs:
            self.assertEqual((await self.told(frames))["type"], "listing")
        self.assertEqual(self.looks, 1)
        for socket, _ in pairs:
            feed.leave(socket)
        task = feed._task
        assert task is not None
        async with asyncio.timeout(30):
            await task
        looks = self.looks
        await asyncio.sleep(0)
        self.assertEqual((self.looks, feed._task), (looks, None))


@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class WatchHouseTests(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSS")
        for threads in ("_readers", "_expiry"):
            executor = ThreadPoolExecutor(1)
            self.enterContext(mock.patch(f"realtime.source.{threads}", executor))
            self.addCleanup(executor.shutdown)
            self.addCleanup(_close_connections, executor)

    async def test_house_hears_of_a_booking(self) -> None:
        user = await sync_to_async(factories.user)()
        async with connected("/ws/house/") as socket:
            self.assertEqual(
                checked(await socket.receive_from()),
                {"type": "listing", "shows": [entry(self.show, 3)]},
            )
            await sync_to_async(book_seats)(
                show_id=self.show.pk, seat_numbers=[1, 2], user=user, now=timezone.now()
            )
            frame = checked(await socket.receive_from())
            while not frame["shows"]:
                frame = checked(await socket.receive_from())
            self.assertEqual(frame, {"type": "seats_left", "shows": [entry(self.show, 1)]})

    async def test_house_has_seats_counted_anew_that_the_last_release_sold(self) -> None:
        own = SeatMap.objects.filter(pk=self.show.pk)
        await own.aupdate(available=-1, counted_version=None)
        async with connected("/ws/house/") as socket:
            frame = checked(await socket.receive_from())
        self.assertEqual(frame["shows"], [entry(self.show, 3)])
        counted = own.values_list("available", "counted_version", "version")
        self.assertEqual(await counted.aget(), (3, 0, 0))

    async def test_house_has_the_guards_of_a_show(self) -> None:
        async with connected("/ws/house/") as socket:
            await socket.receive_from()
            await socket.send_to(text_data="{}")
            self.assertEqual(
                await socket.receive_output(), {"type": "websocket.close", "code": 1008}
            )
        with mock.patch.object(shutdown, "_begun", True):
            async with connected("/ws/house/") as socket:
                self.assertEqual(
                    await socket.receive_output(), {"type": "websocket.close", "code": 1012}
                )
