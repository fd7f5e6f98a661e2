"""Two hundred people want the same seat."""

from collections import Counter
from functools import partial
from typing import Any
from unittest import mock

from django.db import connections
from django.test import tag
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from booking.models import Booking, SeatChange, Ticket
from tests import factories
from tests.ledger import check_books, sold_seats, sold_twice
from tests.racing import (
    PostgresTestCase,
    Racers,
    drop_ticket_constraint,
    restore_ticket_constraint,
    without_row_locks,
)

PEOPLE = 200
ROUNDS = 10


@tag("race")
class OneSeatTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="S" * ROUNDS)
        self.clients = [_client() for _ in range(PEOPLE)]

    def book(self, person: int, seat_number: int) -> Any:
        return self.clients[person].post(
            f"/api/shows/{self.show.pk}/book/", {"seat_number": seat_number}, format="json"
        )

    def test_each_round_has_one_winner_and_the_rest_are_told_so(self) -> None:
        with Racers(PEOPLE) as people:
            for seat_number in range(1, ROUNDS + 1):
                answers = people.race(partial(self.book, seat_number=seat_number))

                self.assertEqual(
                    Counter(answer.status_code for answer in answers), {201: 1, 409: PEOPLE - 1}
                )
                codes = {answer.data["code"] for answer in answers if answer.status_code == 409}
                self.assertLessEqual(codes, {"seat_taken", "show_full"})
                self.assertEqual(
                    {
                        seat["seat_number"]
                        for answer in answers
                        if answer.status_code == 409
                        for seat in answer.data["seats"]
                    },
                    {seat_number},
                )
        check_books(self, self.show.pk)

    def test_with_locks_off_the_constraint_still_sells_once(self) -> None:
        with without_row_locks(), Racers(PEOPLE) as people:
            answers = people.race(lambda person: self.book(person, 1))

        self.assertEqual(
            Counter(answer.status_code for answer in answers), {201: 1, 409: PEOPLE - 1}
        )
        check_books(self, self.show.pk)

    def test_with_lock_and_constraint_off_a_seat_is_sold_twice(self) -> None:
        """Show that this race is real, and that the tests above would see it lost."""
        drop_ticket_constraint()
        self.addCleanup(restore_ticket_constraint)
        self.addCleanup(_forget_sales)
        with without_row_locks(), Racers(PEOPLE) as people:
            answers = people.race(lambda person: self.book(person, 1))

        self.assertGreater(Counter(answer.status_code for answer in answers)[201], 1)
        self.assertEqual(sold_twice(sold_seats(self.show.pk)), [1])


def _client() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(factories.user())}")
    return client


def _forget_sales() -> None:
    Ticket.objects.all().delete()
    Booking.objects.all().delete()
    SeatChange.objects.all().delete()
    connections.close_all()
