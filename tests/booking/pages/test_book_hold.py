from datetime import timedelta
from typing import Any

from django.test import Client

from booking.models import Booking
from booking.pages.holds import sells_held_seats
from tests import factories
from tests.booking.pages.holding import HoldCase


class BookHoldTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)

    def book(self, seats: str) -> Any:
        return self.client.post(f"{self.path}book/", {"seats": seats})

    def test_held_seats_are_booked(self) -> None:
        self.select(1, 2)

        response = self.book("1,2")

        booking = Booking.objects.get()
        self.assertRedirects(response, f"/bookings/{booking.reference}/")
        self.assertEqual(self.states(), "bbaaaaaaaa")
        self.assertIsNone(self.page_data()["hold"])

    def test_only_what_sells_held_seats_can_wait_for_others(self) -> None:
        def can_wait(response: Any) -> bool:
            return sells_held_seats(response.wsgi_request.META)

        self.assertIs(can_wait(self.book("1")), False)  # nobody keeps them for this browser
        self.assertIs(can_wait(self.select(2)), False)
        self.assertIs(can_wait(self.select(2, 3)), False)
        self.assertIs(can_wait(self.book("2,3")), True)
        self.assertIs(can_wait(self.client.post(f"{self.path}pay/pretend/", {})), True)
        for path in (self.path, f"{self.path}book/"):
            self.assertIs(can_wait(self.client.get(path)), False)

    def test_hold_that_just_expired_is_booked_all_the_same(self) -> None:
        self.select(1)
        self.lapse()

        self.book("1")

        self.assertEqual(self.states(), "baaaaaaaaa")

    def test_hold_that_expired_long_ago_is_told_and_offered_again(self) -> None:
        self.select(1)
        self.lapse(ago=timedelta(minutes=3))

        response = self.book("1")

        self.assertContains(response, "The hold has expired.", status_code=409)
        self.assertEqual(response.context["seat_map"]["lapsed"], [1])

    def test_other_seats_than_those_held_are_not_booked(self) -> None:
        self.select(1, 2)

        response = self.book("1")

        self.assertContains(response, "Your seats have changed", status_code=409)
        self.assertEqual(Booking.objects.count(), 0)

    def test_signing_in_first_leads_back_to_the_hold(self) -> None:
        guest = Client()
        self.select(1, client=guest)

        response = guest.post(f"{self.path}book/", {"seats": "1"})

        self.assertRedirects(response, f"/accounts/login/?next={self.path}")
