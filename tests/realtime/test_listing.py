import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from django.db import connections
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from booking.models import Hold, SeatMap, Show, WaitlistEntry
from booking.selectors import catalogue
from booking.selectors.listing import SeatsLeft, seats_left
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from booking.services.shows import change_show
from foundation.instants import milliseconds
from foundation.server import shutdown
from realtime.listing import Listing
from realtime.sockets import Socket, Wish
from tests import factories
from tests.commits import CommitTestCase
from tests.realtime.fakes import IN_MEMORY
from tests.realtime.frames import checked
from tests.realtime.test_consumers import connected
from tests.rewriting import undo


def place_of(show: Show) -> tuple[int, str, int, str]:
    return milliseconds(show.starts_at), show.auditorium.name, show.movie_id, show.movie.title


class SeatsLeftTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show, self.other = factories.show(plan="SSSSS"), factories.show(plan="SS")
        factories.show(starts_at=self.now - timedelta(minutes=1))

    def counts(self, now: Any) -> dict[int, int]:
        return {show_id: left.count for show_id, left in seats_left({}, now=now).items()}

    def test_seats_left_are_those_of_the_listing_and_follow_the_clock(self) -> None:
        held = place_hold(
            show_id=self.show.pk, selection=[1, 2], client="x", user=None, now=self.now
        )
        book_seats(show_id=self.show.pk, seat_numbers=[3], user=factories.user(), now=self.now)
        seat = self.show.show_seats.get(seat_number=1)
        WaitlistEntry.objects.create(show_seat=seat, user=factories.user(), joined_at=self.now)
        for now, left in ((self.now, 2), (held.expires_at, 3)):
            with self.subTest(now=now):
                listed = {
                    show.pk: show.available_seats  # type: ignore[attr-defined]
                    for show in catalogue.upcoming_shows(now=now)
                }
                self.assertEqual(self.counts(now), {self.show.pk: left, self.other.pk: 2})
                self.assertEqual(self.counts(now), listed)

    def test_only_what_may_have_changed_is_counted(self) -> None:
        place_hold(show_id=self.show.pk, selection=[1], client="x", user=None, now=self.now)
        with self.assertNumQueries(3):
            known = seats_left({}, now=self.now)
        with self.assertNumQueries(1):
            self.assertEqual(seats_left(known, now=self.now), known)
        expires_at = Hold.objects.get().expires_at
        with self.assertNumQueries(3):
            later = seats_left(known, now=expires_at)
        place, digest = place_of(self.show), SeatMap.objects.get(pk=self.show.pk).digest
        self.assertEqual(later[self.show.pk], SeatsLeft(digest, 5, None, *place))

    def test_seats_of_a_rewritten_history_are_counted_anew(self) -> None:
        user = factories.user()
        for seat_number in (1, 2):
            book_seats(show_id=self.show.pk, seat_numbers=[seat_number], user=user, now=self.now)
        known = seats_left({}, now=self.now)
        undo(self.show.pk, 1)
        book_seats(show_id=self.show.pk, seat_numbers=[3, 4], user=user, now=self.now)
        left = seats_left(known, now=self.now)
        self.assertEqual([one[self.show.pk].count for one in (known, left)], [3, 2])

    def test_show_that_moved_is_told_with_its_new_time_place_and_film(self) -> None:
        known = seats_left({}, now=self.now)
        starts_at = self.show.starts_at + timedelta(hours=5)
        twin = factories.auditorium(plan="SSSSS")
        film = factories.movie(title="Another film")
        change_show(
            show_id=self.show.pk, now=self.now, starts_at=starts_at, auditorium=twin, movie=film
        )
        moved = seats_left(known, now=self.now)
        place = (milliseconds(starts_at), twin.name, film.pk, "Another film")
        digest = SeatMap.objects.get(pk=self.show.pk).digest
        self.assertEqual(moved[self.show.pk], SeatsLeft(digest, 5, None, *place))

    def test_show_that_starts_is_left_out(self) -> None:
        known = seats_left({}, now=self.now)
        self.assertEqual(seats_left(known, now=self.other.starts_at), {})


class ListingTests(SimpleTestCase):
    """A listing whose looks the test gives by hand."""

    def setUp(self) -> None:
        self.looks = 0
        self.place = (1790000000000, "Hall", 7, "Film")
        self.failed = asyncio.Event()
        self.counts: dict[int, int] | Exception = {1: 5, 2: 7}

    async def look(self, known: object) -> dict[int, SeatsLeft]:
        self.looks += 1
        if isinstance(self.counts, Exception):
            self.failed.set()
            raise self.counts
        return {
            show_id: SeatsLeft("9f3a", count, None, *self.place)
            for show_id, count in self.counts.items()
        }

    async def told(self, frames: "asyncio.Queue[dict[str, Any]]") -> dict[str, Any]:
        async with asyncio.timeout(30):
            return checked((await frames.get())["text"])

    def socket(self) -> tuple[Socket, "asyncio.Queue[dict[str, Any]]"]:
        frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        return Socket(frames.put, Wish()), frames

    async def test_listing_is_told_all_then_what_changed_then_that_all_is_well(self) -> None:
        with mock.patch("realtime.listing.LONGEST_SILENCE_SECONDS", 0.05):
            listing = Listing(self.look, pause=0.01)
            socket, frames = self.socket()
            listing.enter(socket)
            self.assertEqual(
                await self.told(frames),
                {"type": "listing", "shows": [[1, 5, *self.place], [2, 7, *self.place]]},
            )
            self.counts = {1: 4, 3: 9}
            self.assertEqual(
                await self.told(frames),
                {
                    "type": "seats_left",
                    "shows": [[1, 4, *self.place], [2, None], [3, 9, *self.place]],
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
            listing.leave(socket)

    async def test_one_look_serves_all_and_none_is_taken_for_nobody(self) -> None:
        listing = Listing(self.look, pause=0.01)
        pairs = [self.socket() for _ in range(5)]
        for socket, _ in pairs:
            listing.enter(socket)
        for _, frames in pairs:
            self.assertEqual((await self.told(frames))["type"], "listing")
        self.assertEqual(self.looks, 1)
        for socket, _ in pairs:
            listing.leave(socket)
        task = listing._task
        assert task is not None
        async with asyncio.timeout(30):
            await task
        looks = self.looks
        await asyncio.sleep(0)
        self.assertEqual((self.looks, listing._task), (looks, None))


@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class WatchListingTests(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSS")
        executor = ThreadPoolExecutor(1)
        self.enterContext(mock.patch("realtime.source._readers", executor))
        self.addCleanup(executor.shutdown)
        self.addCleanup(lambda: executor.submit(connections.close_all).result())

    async def test_listing_hears_of_a_booking(self) -> None:
        user = await sync_to_async(factories.user)()
        place = place_of(self.show)
        async with connected("/ws/listing/") as socket:
            self.assertEqual(
                checked(await socket.receive_from()),
                {"type": "listing", "shows": [[self.show.pk, 3, *place]]},
            )
            await sync_to_async(book_seats)(
                show_id=self.show.pk, seat_numbers=[1, 2], user=user, now=timezone.now()
            )
            frame = checked(await socket.receive_from())
            while not frame["shows"]:
                frame = checked(await socket.receive_from())
            changed = [[self.show.pk, 1, *place]]
            self.assertEqual(frame, {"type": "seats_left", "shows": changed})

    async def test_listing_has_the_guards_of_a_show(self) -> None:
        async with connected("/ws/listing/") as socket:
            await socket.receive_from()
            await socket.send_to(text_data="{}")
            self.assertEqual(
                await socket.receive_output(), {"type": "websocket.close", "code": 1008}
            )
        with mock.patch.object(shutdown, "_begun", True):
            async with connected("/ws/listing/") as socket:
                self.assertEqual(
                    await socket.receive_output(), {"type": "websocket.close", "code": 1012}
                )
