from unittest import mock

from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, Ticket
from booking.services.amendments import exchange_seats
from booking.services.sales import book_seats
from foundation.ids import random_id
from tests import factories

DRAW = "foundation.ids.secrets.randbelow"
LARGEST = 2**53 - 1


class RandomIdTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user()

    def book(self, *seat_numbers: int) -> Booking:
        return book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=timezone.now()
        )

    def test_ids_are_drawn_from_all_that_javascript_can_hold(self) -> None:
        for drawn, expected in ((0, 1), (LARGEST - 1, LARGEST)):
            with mock.patch(DRAW, return_value=drawn) as draw:
                self.assertEqual(random_id(), expected)
            draw.assert_called_once_with(LARGEST)

    def test_booking_and_tickets_are_found_by_the_ids_that_were_drawn(self) -> None:
        booking = self.book(1, 2)
        tickets = booking.just_sold or []
        self.assertEqual(Booking.objects.get().pk, booking.pk)
        self.assertEqual(
            [(ticket.pk, ticket.booking_id) for ticket in Ticket.objects.order_by("seat_number")],
            [(ticket.pk, booking.pk) for ticket in tickets],
        )
        exchange_seats(
            booking_id=booking.pk, give=[1], take=[3], user=self.user, now=timezone.now()
        )
        ids = set(Ticket.objects.values_list("pk", flat=True)) | {booking.pk}
        self.assertEqual(len(ids), 4)
        self.assertTrue(all(0 < one <= LARGEST for one in ids))

    def test_id_that_was_drawn_before_is_drawn_anew(self) -> None:
        first = self.book(1)
        again = iter([first.pk - 1])
        draw = mock.Mock(side_effect=lambda below: next(again, 5) if below == LARGEST else 1)
        with mock.patch(DRAW, draw):
            booking = self.book(2)
        self.assertNotEqual(booking.pk, first.pk)
        self.assertEqual(Booking.objects.count(), 2)
