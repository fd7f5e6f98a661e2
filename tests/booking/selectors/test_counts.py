"""The count of available seats that a seat map keeps, beside the seats themselves."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F
from django.test import TestCase

from booking.models import SeatMap, ShowSeat, State, WaitlistEntry
from booking.selectors import catalogue
from booking.selectors.seat_map import free
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.ledger import count_anew
from booking.services.offers import expire_holds
from booking.services.sales import book_seats
from booking.services.shows import change_show
from foundation.errors import Refusal
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class CountTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(starts_at=NOW + timedelta(days=1))
        self.user = factories.user()
        self.now = NOW
        self.map = SeatMap.objects.filter(pk=self.show.pk)

    def said(self) -> int:
        """Return how many seats a listing says can be had."""
        shown = catalogue.show(self.show.pk, now=self.now)
        return shown.available_seats  # type: ignore[attr-defined]

    def count(self) -> int:
        return free(self.now).filter(show=self.show).count()

    def block(self, *seat_numbers: int) -> None:
        block_seats(
            show_id=self.show.pk,
            seat_numbers=seat_numbers,
            reason="wet",
            staff=self.user,
            now=self.now,
        )

    def test_count_is_that_of_the_seats_after_a_random_history(self) -> None:
        for seed in range(3):
            with self.subTest(seed):
                self.show = factories.show(starts_at=NOW + timedelta(days=1))
                dice = random.Random(seed)
                done = sum(self._does(dice) for _ in range(120))
                self.assertGreater(done, 30)
                check_books(self, self.show.pk)

    def _does(self, dice: random.Random) -> bool:
        """Do something at random, and compare; tell whether it was done."""
        self.now += timedelta(seconds=dice.choice([1, 1, 1, 400]))
        try:
            self._operate(dice)
        except Refusal:
            return False
        finally:
            self.assertEqual(self.said(), self.count())
        return True

    def _operate(self, dice: random.Random) -> None:
        some, other = (dice.sample(range(1, 11), dice.randint(1, 3)) for _ in range(2))
        show: dict[str, Any] = {"show_id": self.show.pk, "now": self.now}
        booking = self.user.bookings.filter(show=self.show, cancelled_at=None).order_by("?").first()
        own: dict[str, Any] = {"booking_id": booking and booking.pk, "now": self.now}
        match dice.randint(0, 9):
            case 0 | 1:
                hold = place_hold(selection=some, client=str(dice.random()), user=None, **show)
                if dice.random() < 0.5:
                    change_hold(token=hold.token, selection=other, user=None, now=self.now)
                elif dice.random() < 0.3:
                    release_hold(token=hold.token, user=None, now=self.now)
            case 2 | 3:
                book_seats(seat_numbers=some, user=self.user, **show)
            case 4 if booking:
                cancel_booking(user=self.user, **own)
            case 5 if booking:
                exchange_seats(give=some[:1], take=other[:1], user=self.user, **own)
            case 6:
                self.block(*some)
            case 7:
                unblock_seats(seat_numbers=some[:1], staff=self.user, **show)
            case 8:
                expire_holds(**show)
            case 9:
                seat = ShowSeat.objects.get(show=self.show, seat_number=some[0])
                if seat.state == State.HELD:
                    waits = {"user": factories.user(), "joined_at": self.now}
                    WaitlistEntry.objects.create(show_seat=seat, **waits)

    def test_change_of_facts_leaves_it(self) -> None:
        self.block(1)
        change_show(show_id=self.show.pk, now=NOW, no_gaps=True, starts_at=NOW + timedelta(days=2))
        self.assertEqual(
            self.map.values_list("version", "counted_version", "available").get(), (2, 2, 9)
        )

    def test_show_that_the_last_release_made_or_changed_is_counted_until_that_is_put_right(
        self,
    ) -> None:
        self.block(1, 2)
        # It made the show and blocked a seat, and knows nothing of the columns.
        self.map.update(available=0, counted_version=None)
        self.assertEqual(self.said(), 8)
        self.block(3)
        self.assertEqual((self.said(), self.map.get().available), (7, -1))
        count_anew(show_id=self.show.pk)
        self.assertEqual(self.map.get().available, 7)
        # It blocked another one.
        self.map.update(version=F("version") + 1)
        ShowSeat.objects.filter(show=self.show, seat_number=4).update(state=State.BLOCKED)
        self.assertEqual(self.said(), 6)
        count_anew(show_id=self.show.pk)
        counted = self.map.values_list("available", "counted_version").get()
        self.assertEqual((self.said(), counted), (6, (6, 3)))

    def test_listing_is_one_query_that_looks_at_held_seats_alone(self) -> None:
        place_hold(show_id=self.show.pk, selection=[1, 2], client="x", user=None, now=NOW)
        self.now = NOW + timedelta(hours=1)
        with self.assertNumQueries(1):
            self.assertEqual(self.said(), 10)
