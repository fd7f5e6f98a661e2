"""What is sold, held and refused is counted: once, when it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

from booking.errors import SeatTaken
from booking.rules import HOLD_TIME
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.holds import release_hold
from booking.services.offers import expire_holds
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from tests.booking.services.hold_case import NOW, HoldTestCase
from tests.figures import moving


class CountedTests(HoldTestCase):
    @contextmanager
    def counted(self) -> Iterator[dict[str, float]]:
        """Give what moved, with whatever is done after a commit."""
        with moving() as moved, self.captureOnCommitCallbacks(execute=True):
            yield moved

    def test_holds(self) -> None:
        with self.counted() as moved:
            token = self.hold(1, 2)
            self.change(token, 1)
            release_hold(token=token, user=None, now=NOW)
        self.assertEqual(
            moved,
            {
                'front_row_holds_total{change="made"}': 1,
                'front_row_holds_total{change="changed"}': 1,
                'front_row_holds_total{change="released"}': 1,
            },
        )

    def test_holds_whose_time_is_up_and_offers(self) -> None:
        self.hold(1, 2)
        self.hold(4, client="address:2")
        join_waitlist(show_id=self.show.pk, seat_number=4, user=self.user, now=NOW)
        with self.counted() as moved:
            expire_holds(show_id=self.show.pk, now=NOW + HOLD_TIME)
        self.assertEqual(
            moved,
            {
                'front_row_holds_total{change="expired"}': 2,
                'front_row_holds_total{change="offered"}': 1,
            },
        )

    def test_bookings(self) -> None:
        with self.counted() as moved:
            booking = book_seats(show_id=self.show.pk, seat_numbers=[1, 2], user=self.user, now=NOW)
            exchange_seats(booking_id=booking.pk, give=[1], take=[4], user=self.user, now=NOW)
            cancel_booking(booking_id=booking.pk, user=self.user, now=NOW)
        self.assertEqual(
            moved,
            {
                'front_row_bookings_total{change="made"}': 1,
                'front_row_bookings_total{change="exchanged"}': 1,
                'front_row_bookings_total{change="cancelled"}': 1,
            },
        )

    def test_refusals_by_their_code_and_nothing_else(self) -> None:
        self.hold(1)
        with self.counted() as moved, self.assertRaises(SeatTaken):
            book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.user, now=NOW)
        self.assertEqual(moved, {'front_row_refusals_total{code="seat_taken"}': 1})

    def test_what_is_not_committed_is_not_counted(self) -> None:
        with moving() as moved, self.captureOnCommitCallbacks() as to_do:
            self.hold(1)
        self.assertEqual(moved, {})
        self.assertNotEqual(to_do, [])
