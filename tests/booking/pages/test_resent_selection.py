from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import Client
from django.utils import timezone

from booking.models import Hold
from tests.booking.pages.holding import HoldCase


class ResentSelectionTests(HoldCase):
    """Seat 1 is selected when other seats, at other times, have been."""

    def setUp(self) -> None:
        super().setUp()
        self.client.get(self.path)

    def selection_sent(self, ago: timedelta, *seats: int, client: Client | None = None) -> Any:
        then = timezone.now() - ago
        with mock.patch.object(timezone, "now", return_value=then):
            return self.select(*seats, client=client)

    def selection_overtaken_by(self, *selections: tuple[int, ...]) -> Any:
        """Fulfil the selection for seat 1 after these, though it was sent before them."""
        for selection in selections:
            self.select(*selection)
        return self.selection_sent(timedelta(seconds=10), 1)

    def test_sending_again_changes_nothing(self) -> None:
        for selection in ([1], [1, 2], []):
            with self.subTest(selection=selection):
                first, again = (self.select(*selection).json()["hold"] for _ in range(2))
                self.assertEqual(first and first["seats"], again and again["seats"])
        self.assertEqual(Hold.objects.count(), 1)

    def test_other_seats_take_the_place_of_those_held_before(self) -> None:
        self.selection_sent(timedelta(seconds=10), 2)

        self.assertEqual(self.select(1).json()["hold"]["seats"], [1])
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_seat_that_somebody_else_holds_stays_a_refusal(self) -> None:
        self.select(1, client=Client(REMOTE_ADDR="192.0.2.9"))

        response = self.select(1)

        self.assertEqual((response.status_code, response.json()["code"]), (409, "seat_taken"))

    def test_later_selection_stands(self) -> None:
        for others in ([(1, 2)], [(1,), (1, 2)], [(3,)]):
            with self.subTest(others=others):
                response = self.selection_overtaken_by(*others)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json()["hold"]["seats"], list(others[-1]))

    def test_hold_that_was_given_back_meanwhile_is_not_placed_again(self) -> None:
        response = self.selection_overtaken_by((1,), ())

        self.assertEqual((response.status_code, response.json()["hold"]), (200, None))
        self.assertEqual(self.states(), "a" * 10)
        self.assertEqual(self.select(1).json()["hold"]["seats"], [1])
