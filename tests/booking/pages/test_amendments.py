from typing import Any

from django.test import TestCase
from django.utils import timezone

from booking.services.sales import book_seats
from tests import factories


class AmendmentTests(TestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)
        self.booking = book_seats(
            show_id=factories.show().pk, seat_numbers=[1, 2], user=self.user, now=timezone.now()
        )

    def cancel(self, *seats: int) -> Any:
        path = f"/bookings/{self.booking.reference}/cancel/"
        return self.client.post(path, {"some": "", "seats": seats}, follow=True)

    def test_ticked_tickets_are_cancelled_and_the_others_kept(self) -> None:
        self.assertContains(self.cancel(1), "Cancelled and free again: A1.")
        kept = self.booking.tickets.filter(cancelled_at=None)
        self.assertEqual(list(kept.values_list("seat_number", flat=True)), [2])

    def test_forms_to_cancel_lead_there_from_the_list_and_from_the_page(self) -> None:
        path = f"/bookings/{self.booking.reference}/"
        for page in ("/bookings/", path):
            self.assertContains(self.client.get(page), f'action="{path}cancel/"', count=2)

    def test_all_ticked_cancel_the_booking(self) -> None:
        self.assertContains(self.cancel(1, 2), "is cancelled. Its seats are free.")

    def test_nothing_ticked_says_so_and_cancels_nothing(self) -> None:
        self.assertContains(self.cancel(), "Choose at least one seat.")
        self.assertEqual(self.booking.tickets.filter(cancelled_at=None).count(), 2)

    def exchange(self, give: int, take: int) -> Any:
        path = f"/bookings/{self.booking.reference}/exchange/"
        return self.client.post(path, {"give": give, "take": take}, follow=True)

    def test_seat_is_exchanged_for_one_that_the_page_lists_as_free(self) -> None:
        page = self.client.get(f"/bookings/{self.booking.reference}/")
        self.assertEqual(
            [seat.seat_number for seat in page.context["free_seats"]], list(range(3, 11))
        )

        self.assertContains(self.exchange(1, 3), "Your seats are exchanged.")
        kept = self.booking.tickets.filter(cancelled_at=None).order_by("seat_number")
        self.assertEqual(list(kept.values_list("seat_number", flat=True)), [2, 3])

    def test_seat_taken_meanwhile_is_named_and_nothing_is_exchanged(self) -> None:
        book_seats(
            show_id=self.booking.show_id,
            seat_numbers=[3],
            user=factories.user(),
            now=timezone.now(),
        )

        self.assertContains(self.exchange(1, 3), "Seat A3 was taken ")
        self.assertEqual(self.booking.tickets.filter(cancelled_at=None).count(), 2)
