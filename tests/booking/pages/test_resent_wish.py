from copy import deepcopy
from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import Client
from django.utils import timezone

from booking.models import Hold
from booking.services.holds import place_hold
from tests.booking.pages.holding import HoldCase

# How long before a wish comes to its seats another one was sent: before that wish, or after.
EARLIER, LATER = timedelta(seconds=10), timedelta()


class ResentWishTests(HoldCase):
    """A wish is sent again before its first sending has placed a hold."""

    def setUp(self) -> None:
        super().setUp()
        self.client.get(self.path)
        self.again = Client()
        self.again.cookies = deepcopy(self.client.cookies)

    def wish_overtaken_by(self, *others: tuple[timedelta, list[int]]) -> Any:
        """Wish for seat 1; others, sent so long before, are fulfilled while it is under way."""

        def place(**arguments: Any) -> Any:
            now = timezone.now()
            with mock.patch("booking.pages.holding.place_hold", place_hold):
                for before, wish in others:
                    with mock.patch.object(timezone, "now", return_value=now - before):
                        self.wish(*wish, client=self.again)
            return place_hold(**arguments)

        with (
            mock.patch("booking.pages.holding.place_hold", place),
            self.assertNoLogs("booking.services.transactions", "INFO"),
        ):
            return self.wish(1)

    def test_seats_that_the_first_sending_holds_are_no_refusal(self) -> None:
        response = self.wish_overtaken_by((EARLIER, [1]))

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (200, [1]))
        self.assertEqual(Hold.objects.count(), 1)

    def test_other_seats_take_the_place_of_those_held_before(self) -> None:
        response = self.wish_overtaken_by((EARLIER, [2]))

        self.assertEqual((response.status_code, response.json()["hold"]["seats"]), (200, [1]))
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_seat_that_somebody_else_holds_stays_a_refusal(self) -> None:
        self.again = Client()

        response = self.wish_overtaken_by((EARLIER, [1]))

        self.assertEqual((response.status_code, response.json()["code"]), (409, "seat_taken"))
        self.assertIsNone(response.json()["hold"])

    def test_later_wish_stands(self) -> None:
        for others in (
            [(LATER, [1, 2])],
            [(LATER, [3])],
            [(EARLIER, [1]), (LATER, [1, 2])],
        ):
            with self.subTest(others=others):
                response = self.wish_overtaken_by(*others)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["hold"]["seats"], others[-1][1])
                self.wish()
                self.again.cookies = deepcopy(self.client.cookies)

    def test_hold_that_was_given_back_meanwhile_is_not_placed_again(self) -> None:
        response = self.wish_overtaken_by((LATER, [1]), (LATER, []))

        self.assertEqual((response.status_code, response.json()["code"]), (409, "token_used"))
        self.assertEqual(self.states(), "a" * 10)
        self.assertEqual(self.wish(1).json()["hold"]["seats"], [1])
