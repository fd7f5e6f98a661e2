"""How many tickets an account may have."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import TestCase

from booking.errors import (
    SeatTaken,
    TooManyTickets,
)
from booking.models import Booking
from booking.rules import TICKETS_OF_ACCOUNT
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.holds import change_hold, place_hold
from booking.services.sales import book_hold, book_seats
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
WAY_OUT = "The cinema's counter sells to larger groups."


class TicketsOfAnAccountTests(TestCase):
    """One account has 18 tickets for a show of 66 seats."""

    def setUp(self) -> None:
        self.assertEqual(TICKETS_OF_ACCOUNT, 20)
        self.show = factories.show(
            plan="\n".join(["S" * 11] * 6), starts_at=NOW + timedelta(days=1)
        )
        self.user = factories.user()
        self.first = self.book(*range(1, 11))
        self.book(*range(11, 19))

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def book(self, *seat_numbers: int, **changed: Any) -> Booking:
        arguments = {"show_id": self.show.pk, "user": self.user, "now": NOW} | changed
        return book_seats(seat_numbers=seat_numbers, **arguments)

    def hold(self, *seat_numbers: int) -> str:
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client="address:1", user=None, now=NOW
        ).token

    def test_more_than_twenty_are_refused_and_the_way_out_is_named(self) -> None:
        with self.assertRaises(TooManyTickets) as refusal:
            self.book(30, 31, 32)
        self.assertEqual(
            refusal.exception.detail,
            f"An account can have 20 tickets for a show, and you have 18. {WAY_OUT}",
        )
        self.book(30, 31)
        with self.assertRaises(TooManyTickets):
            self.book(32)

    def test_those_of_a_hold_count_likewise(self) -> None:
        token = self.hold(30, 31, 32)
        with self.assertRaises(TooManyTickets):
            book_hold(show_id=self.show.pk, token=token, user=self.user, now=NOW)
        book_hold(show_id=self.show.pk, token=self.hold(40, 41), user=self.user, now=NOW)

    def test_what_was_given_back_counts_no_more(self) -> None:
        cancel_booking(booking_id=self.first.pk, user=self.user, now=NOW)
        self.book(*range(21, 31))
        self.book(40, 41)
        with self.assertRaises(TooManyTickets):
            self.book(42)

    def test_others_and_other_shows_do_not_count(self) -> None:
        self.book(*range(21, 31), user=factories.user())
        other = factories.show(starts_at=NOW + timedelta(days=2))
        self.book(*range(1, 11), show_id=other.pk)

    def test_exchange_is_free_for_who_has_as_many_as_there_can_be(self) -> None:
        self.book(30, 31)
        exchange_seats(
            booking_id=self.first.pk,
            give=[1, 2],
            take=[50, 51],
            user=self.user,
            now=NOW,
        )

    def test_counter_sells_any_number(self) -> None:
        for first in (21, 31, 41):
            seats = range(first, first + 10)
            book_seats(
                at_counter=True, show_id=self.show.pk, seat_numbers=seats, user=self.user, now=NOW
            )

    def test_seats_that_are_taken_are_named_first(self) -> None:
        with self.assertRaises(SeatTaken):
            self.book(1, 2, 3)

    def test_more_than_can_be_booked_is_not_held_either(self) -> None:
        client = f"user:{self.user.pk}"
        place: dict[str, Any] = {"show_id": self.show.pk, "client": client, "user": self.user}
        with self.assertRaises(TooManyTickets):
            place_hold(selection=[30, 31, 32], now=NOW, **place)
        token = place_hold(selection=[30, 31], now=NOW, **place).token
        with self.assertRaises(TooManyTickets):
            change_hold(token=token, selection=[30, 31, 32], user=self.user, now=NOW)
