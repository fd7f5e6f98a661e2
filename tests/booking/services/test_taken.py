"""Who comes too late for a seat is told since when it is somebody else's, where that is sure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from booking.errors import SeatTaken
from booking.models import SeatChange
from booking.selectors import taken as looking
from booking.selectors.taken import Taken
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats
from booking.services.holds import change_hold, place_hold
from booking.services.sales import book_hold, book_seats
from foundation.instants import ago
from tests import factories

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class TakenTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(starts_at=NOW + timedelta(days=1))
        self.user = factories.user()

    def later(self, seconds: int) -> dict[str, Any]:
        return {"now": NOW + timedelta(seconds=seconds)}

    def book(self, *seat_numbers: int, at: int = 0) -> Any:
        show: dict[str, Any] = {"show_id": self.show.pk, "user": self.user}
        return book_seats(seat_numbers=seat_numbers, **show, **self.later(at))

    def hold(self, *seat_numbers: int, at: int = 0) -> str:
        guest: dict[str, Any] = {"client": f"address:{at}", "user": None}
        show_id = self.show.pk
        return place_hold(show_id=show_id, selection=seat_numbers, **guest, **self.later(at)).token

    def refused(self, *seat_numbers: int, at: int) -> tuple[str, list[Taken]]:
        with self.assertRaises(SeatTaken) as refused:
            self.book(*seat_numbers, at=at)
        return refused.exception.detail, refused.exception.members["taken"]

    def test_booked_seat(self) -> None:
        self.book(9)
        self.book(1, 2, at=9)
        self.book(8, at=20)
        said = self.refused(2, at=50)
        self.assertEqual(said, ("Seat A2 was taken 41 seconds ago.", [Taken(2, 2, 41)]))

    def test_several_seats(self) -> None:
        self.book(1)
        self.book(2, at=60)
        detail, since = self.refused(1, 2, 3, at=180)
        times = "A1 3 minutes ago, A2 2 minutes ago"
        self.assertEqual(detail, f"Seats A1, A2 are already taken: {times}.")
        self.assertEqual(since, [Taken(1, 1, 180), Taken(2, 2, 120)])

    def test_seat_taken_by_a_request_that_came_later(self) -> None:
        self.book(1, at=5)
        self.assertEqual(self.refused(1, at=3)[0], "Seat A1 was taken a moment ago.")

    def test_held_seat_is_taken_since_it_came_into_the_hold(self) -> None:
        token = self.hold(1)
        for number, seats in enumerate(([1, 2], [1, 2, 3]), 1):
            change_hold(token=token, selection=seats, user=None, **self.later(10 * number))
        self.assertEqual(
            self.refused(1, 2, 3, at=30)[1], [Taken(n, n, 40 - 10 * n) for n in (1, 2, 3)]
        )

    def test_seat_that_was_anothers_before(self) -> None:
        booking = self.book(1)
        own: dict[str, Any] = {"booking_id": booking.pk, "user": self.user}
        cancel_booking(**own, **self.later(10))
        token = self.hold(1, at=20)
        self.assertEqual(self.refused(1, at=25)[1], [Taken(1, 3, 5)])
        show: dict[str, Any] = {"show_id": self.show.pk, "user": self.user}
        book_hold(token=token, **show, **self.later(30))
        self.assertEqual(self.refused(1, at=35)[1], [Taken(1, 4, 5)])

    def test_every_way_to_lose_a_seat_says_so(self) -> None:
        booking = self.book(1)
        self.book(2, at=1)
        own: dict[str, Any] = {"booking_id": booking.pk, "user": self.user, **self.later(6)}
        show: dict[str, Any] = {"show_id": self.show.pk, **self.later(6)}
        for lose in (
            lambda: exchange_seats(give=[1], take=[2], **own),
            lambda: place_hold(selection=[2], client="a", user=None, **show),
            lambda: block_seats(seat_numbers=[2], reason="wet", staff=self.user, **show),
        ):
            with self.assertRaises(SeatTaken) as refused:
                lose()
            self.assertEqual(refused.exception.members["taken"], [Taken(2, 2, 5)])

    def test_what_is_not_among_the_newest_entries_is_not_told(self) -> None:
        token = self.hold(1)
        self.book(2, at=1)
        change_hold(token=token, selection=[1, 3], user=None, **self.later(200))
        self.book(4, at=300)
        log = self.newest(2)
        with log:
            self.assertEqual(self.refused(2, at=310), ("Seat A2 is already taken.", []))
            # The hold began before these entries, so its change is not when the seat was taken.
            self.assertEqual(self.refused(1, at=310), ("Seat A1 is already taken.", []))
        self.assertEqual(self.refused(1, at=310)[1], [Taken(1, 1, 310)])

    def test_hold_that_began_within_the_newest_entries_is_told(self) -> None:
        for number in (7, 8, 9):
            self.book(number)
        self.hold(1, at=100)
        with self.newest(2):
            self.assertEqual(self.refused(1, at=141)[1], [Taken(1, 4, 41)])

    def newest(self, count: int) -> Any:
        return mock.patch.object(looking, "MOST_ENTRIES", count)

    def test_seat_that_is_another_thing_by_now_is_not_told(self) -> None:
        self.book(1)
        real = looking.taken

        def meanwhile(*args: Any) -> Any:
            SeatChange.objects.update(changes=[[1, "a"]])
            return real(*args)

        with mock.patch("booking.services.offers.taken", meanwhile):
            self.assertEqual(self.refused(1, at=9), ("Seat A1 is already taken.", []))

    def test_it_takes_one_trip_more_after_the_rollback(self) -> None:
        self.book(1)
        self.refused(1, at=5)
        with CaptureQueriesContext(connection) as queries:
            self.refused(1, at=5)
        said = [query["sql"].split()[0] for query in queries]
        trips = ["EXECUTE"] if connection.vendor == "postgresql" else ["SELECT", "SELECT"]
        self.assertEqual(said[said.index("ROLLBACK") :][-len(trips) :], trips)

    def test_refusal_stands_when_the_log_can_not_be_read(self) -> None:
        self.book(1)
        with (
            mock.patch("booking.services.offers.taken", side_effect=RuntimeError),
            self.assertLogs("foundation.db.transactions", "ERROR"),
            self.assertRaises(SeatTaken) as refused,
        ):
            self.book(1, at=5)
        self.assertEqual(refused.exception.detail, "Seat A1 is already taken.")


class AgoTests(TestCase):
    def test_in_words(self) -> None:
        for seconds, words in (
            (0, "a moment ago"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (119, "1 minute ago"),
            (7200, "2 hours ago"),
            (90_000, "1 day ago"),
        ):
            self.assertEqual(ago(seconds), words)
