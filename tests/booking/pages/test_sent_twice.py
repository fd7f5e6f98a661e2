"""A form that is sent twice (its answer was lost, the page reloaded) has one effect, told once."""

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone

from booking.models import Booking, Ticket
from tests import factories
from tests.booking.pages.holding import HoldCase

KEY = "3f1c1f0e-4f61-4a39-9a0b-6d2f3f3f0a11"
BOOKED = "Your seats are booked. Enjoy the film!"


class SentTwiceTests(HoldCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = factories.user()
        self.client.force_login(self.user)

    def book(self, seats: str, key: str | None = KEY) -> Any:
        return self.client.post(
            f"{self.path}book/", {"seats": seats} | ({"key": key} if key is not None else {})
        )

    def told(self, response: Any) -> list[str]:
        """What the page that an answer leads to has to tell."""
        page = self.client.get(response["Location"]).content.decode()
        return re.findall(r'class="notice notice-\w+"[^>]*>([^<]+)<', page)

    def booked_a_minute_ago(self) -> None:
        Booking.objects.update(created_at=timezone.now() - timedelta(minutes=1))

    def test_held_seats_are_booked_once_and_told_once(self) -> None:
        self.select(1, 2)

        first, second = self.book("1,2"), self.book("1,2")

        booking = Booking.objects.get()
        self.assertEqual(first["Location"], f"/bookings/{booking.reference}/")
        self.assertEqual(second["Location"], first["Location"])
        self.assertEqual(self.told(second), [BOOKED])
        self.booked_a_minute_ago()
        self.assertEqual(self.told(second), [])
        self.assertEqual(self.states(), "bbaaaaaaaa")

    def test_seats_chosen_without_scripts_are_booked_once_and_told_once(self) -> None:
        first, second = self.book("1,2"), self.book("1,2")

        self.assertEqual(second["Location"], first["Location"])
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(self.told(second), [BOOKED])

    def test_booking_that_was_cancelled_meanwhile_is_not_made_anew(self) -> None:
        first = self.book("1")
        self.client.post(f"{first['Location']}cancel/", {"key": "another"})

        second = self.book("1")

        self.assertEqual(second["Location"], first["Location"])
        self.assertEqual(Booking.objects.count(), 1)
        self.assertEqual(self.states(), "aaaaaaaaaa")

    def test_same_key_with_other_seats_is_refused(self) -> None:
        self.book("1")

        second = self.book("2")

        self.assertContains(second, "came with another request", status_code=422)
        self.assertEqual(self.states(), "baaaaaaaaa")

    def test_refusal_is_not_kept(self) -> None:
        self.select(1, client=self.client_class())
        self.assertEqual(self.book("1").status_code, 409)
        self.lapse()

        self.assertEqual(self.book("1").status_code, 302)

    def test_key_that_is_none_is_a_bad_request(self) -> None:
        for key in ("", "with space", "ключ", "k" * 101):
            with self.subTest(key=key):
                self.assertEqual(self.book("1", key).status_code, 400)
        self.assertEqual(Booking.objects.count(), 0)

    def test_seats_that_are_the_users_own_lead_to_their_booking(self) -> None:
        first = self.book("1,2", "one")

        for seats, key in (("1,2", "two"), ("2", None)):
            with self.subTest(seats=seats):
                again = self.book(seats, key)
                self.assertEqual(again["Location"], first["Location"])
                self.assertIn(
                    "These seats are yours already: here is your booking.", self.told(again)
                )
        self.assertEqual(Ticket.objects.count(), 2)

    def test_seats_of_others_among_the_users_own_are_refused(self) -> None:
        self.book("1", "one")
        other = self.client_class()
        other.force_login(factories.user())
        other.post(f"{self.path}book/", {"seats": "2"})

        self.assertContains(self.book("1,2", "two"), "already taken", status_code=409)

    def test_cancelling_is_told_once(self) -> None:
        page = self.book("1,2")["Location"]
        self.told({"Location": page})
        form = {"some": "", "seats": ["1"], "key": "cancel"}

        answers = [self.client.post(f"{page}cancel/", form) for _ in range(2)]

        self.assertEqual(
            self.told(answers[1]),
            ["Cancelled and free again: A1. Your other seats are still yours."],
        )
        self.assertEqual(self.states(), "abaaaaaaaa")

    def test_exchange_is_made_once_and_told_once(self) -> None:
        page = self.book("1,2")["Location"]
        self.told({"Location": page})
        form = {"give": "1", "take": "3", "key": "exchange"}

        answers = [self.client.post(f"{page}exchange/", form) for _ in range(2)]

        self.assertEqual(
            self.told(answers[1]), ["Your seats are exchanged. The reference stays the same."]
        )
        self.assertEqual(self.states(), "abbaaaaaaa")

    def test_every_form_of_a_page_has_a_key_of_its_own(self) -> None:
        page = self.client.get(self.book("1,2")["Location"]).content.decode()

        keys = re.findall(r'name="key" value="([^"]+)"', page)

        self.assertEqual(len(keys), 3)
        self.assertEqual(len(set(keys)), 3)
