from decimal import Decimal
from typing import Any

from django.test import TestCase
from django.utils import timezone

from booking import errors
from booking.models import Booking
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from tests import factories
from tests.ledger import check_books, map_of

NOW = timezone.now()


class AmendmentTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSP\nWC.S")
        self.user = factories.user()
        self.booking = self.book(1, 2)

    def book(self, *seat_numbers: int, **changed: Any) -> Booking:
        arguments = {"user": self.user} | changed
        return book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, now=NOW, **arguments)

    def states(self) -> str:
        return seat_map.states(self.show.pk).states

    def tearDown(self) -> None:
        check_books(self, self.show.pk)


class CancelTicketsTests(AmendmentTestCase):
    def cancel(self, *seat_numbers: int, **changed: Any) -> Booking:
        arguments = {"booking_id": self.booking.pk, "user": self.user, "now": NOW} | changed
        return cancel_booking(seat_numbers=seat_numbers, **arguments)

    def test_one_ticket_is_cancelled_and_the_rest_stays(self) -> None:
        booking = self.cancel(1)

        self.assertEqual(booking.status, "confirmed")
        self.assertEqual(
            list(booking.tickets.values_list("seat_number", "cancelled_at")), [(1, NOW), (2, None)]
        )
        self.assertEqual(self.states(), "abaaaaa")

    def test_the_last_ticket_takes_the_booking_with_it(self) -> None:
        self.cancel(1)

        self.assertEqual(self.cancel(2).status, "cancelled")
        self.assertEqual(self.states(), "aaaaaaa")

    def test_a_ticket_is_cancelled_once(self) -> None:
        self.cancel(1)

        with self.assertRaises(errors.NoSuchTickets):
            self.cancel(1)

    def test_somebody_elses_ticket_is_refused(self) -> None:
        with self.assertRaises(errors.NotYourBooking):
            self.cancel(1, user=factories.user())

    def test_seats_without_a_ticket_are_refused_with_all_others(self) -> None:
        with self.assertRaises(errors.NoSuchTickets):
            self.cancel(1, 3)
        self.assertEqual(self.states(), "bbaaaaa")

    def test_a_companion_does_not_stay_without_the_wheelchair_space(self) -> None:
        pair = self.book(5, 6)

        with self.assertRaises(errors.CompanionAlone):
            self.cancel(5, booking_id=pair.pk)
        self.cancel(6, booking_id=pair.pk)
        self.assertEqual(self.states(), "bbaabaa")


class ExchangeSeatsTests(AmendmentTestCase):
    def exchange(self, give: list[int], take: list[int], **changed: Any) -> Booking:
        arguments = {"booking_id": self.booking.pk, "user": self.user, "now": NOW} | changed
        return exchange_seats(give=give, take=take, **arguments)

    def test_seats_are_exchanged_in_one_change_and_the_reference_stays(self) -> None:
        booking = self.exchange([1], [4])

        self.assertEqual(booking.reference, self.booking.reference)
        self.assertEqual(map_of(self.show.pk), (2, "ababaaa", {}))
        live = booking.tickets.filter(cancelled_at=None)
        self.assertEqual(
            list(live.values_list("seat_number", "price")),
            [(2, Decimal("10.00")), (4, Decimal("13.00"))],
        )

    def test_a_taken_seat_changes_nothing(self) -> None:
        self.book(3, user=factories.user())

        with self.assertRaises(errors.SeatTaken):
            self.exchange([1], [3])
        self.assertEqual(self.states(), "bbbaaaa")

    def test_ones_own_seat_is_not_free(self) -> None:
        with self.assertRaises(errors.SeatTaken):
            self.exchange([1], [2])

    def test_as_many_are_given_as_are_taken(self) -> None:
        with self.assertRaises(errors.UnequalExchange):
            self.exchange([1], [3, 4])

    def test_only_ones_own_seats_can_be_given(self) -> None:
        with self.assertRaises(errors.NoSuchTickets):
            self.exchange([3], [4])

    def test_a_companion_may_join_the_wheelchair_space_that_stays(self) -> None:
        pair = self.book(5, 7)

        self.exchange([7], [6], booking_id=pair.pk)

        self.assertEqual(self.states(), "bbaabba")
