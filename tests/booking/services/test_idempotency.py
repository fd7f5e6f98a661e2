from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from booking.errors import SeatTaken
from booking.models import Booking
from booking.services.sales import book_seats
from foundation.db.purge import KEPT_FOR
from foundation.idempotency import services
from foundation.idempotency.models import StoredAnswer
from foundation.idempotency.services import KeyReused, Sending, idempotent
from tests import factories

NOW = timezone.now()


class AnsweredOnceTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user()

    def send(
        self, *seat_numbers: int, key: str = "k", body: str = "1", now: Any = NOW
    ) -> dict[str, Any]:
        return idempotent(
            Sending("user:1", key, body),
            perform=lambda: book_seats(
                show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=now
            ),
            answer=lambda booking: {"reference": booking.reference},
            now=now,
        ).answer

    def test_the_same_request_sent_again_gets_the_first_answer(self) -> None:
        first = self.send(1)

        self.assertEqual(self.send(1), first)
        self.assertEqual(Booking.objects.get().reference, first["reference"])

    def test_another_request_with_the_same_key_is_refused(self) -> None:
        self.send(1)

        with self.assertRaises(KeyReused):
            self.send(2, body="2")
        self.assertEqual(Booking.objects.count(), 1)

    def test_other_keys_are_other_requests(self) -> None:
        self.send(1)
        self.send(2, key="l")

        self.assertEqual(Booking.objects.count(), 2)

    def test_a_refusal_is_not_stored(self) -> None:
        self.send(1)

        with self.assertRaises(SeatTaken):
            self.send(1, key="l")
        self.send(2, key="l", body="2")
        self.assertEqual(Booking.objects.count(), 2)

    def test_what_cannot_be_answered_has_no_effect(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            idempotent(
                Sending("user:1", "k", "1"),
                perform=lambda: book_seats(
                    show_id=self.show.pk, seat_numbers=[1], user=self.user, now=NOW
                ),
                answer=lambda booking: {"reference": 1 // 0},
                now=NOW,
            )

        self.assertEqual(Booking.objects.count(), 0)
        self.assertEqual(StoredAnswer.objects.count(), 0)

    def test_a_key_is_forgotten_after_a_day(self) -> None:
        self.send(1)
        self.send(2, body="2", now=NOW + timedelta(days=1))

        self.assertEqual(Booking.objects.count(), 2)

    def test_sending_that_was_quicker_than_one_after_a_day_is_looked_at_anew(self) -> None:
        first = self.send(1)
        tomorrow = NOW + timedelta(days=1)
        begin = services._begin
        # Both find an old answer, and the other one begins first.
        with mock.patch.object(services, "_begin") as begins:
            begins.side_effect = lambda *args: begin(*args) if begins.call_count > 2 else None
            again = self.send(2, body="2", now=tomorrow)

        self.assertNotEqual(again, first)
        self.assertEqual(self.send(2, body="2", now=tomorrow), again)
        self.assertEqual(Booking.objects.count(), 2)

    def test_old_answers_are_purged_by_the_way(self) -> None:
        for number in range(3):
            self.send(1 + number, key=str(number))

        self.send(4, now=NOW + KEPT_FOR)

        self.assertEqual(list(StoredAnswer.objects.values_list("key", flat=True)), ["k"])


class SecretTests(TestCase):
    def test_a_secret_is_the_same_for_the_same_request_only(self) -> None:
        one = Sending("user:1", "k", "1").secret("test")

        self.assertEqual(Sending("user:1", "k", "1").secret("test"), one)
        others = {
            Sending(*parts).secret("test")
            for parts in (("user:2", "k", "1"), ("user:1", "l", "1"), ("user:1", "k", "2"))
        }
        self.assertEqual(len(others - {one}), 3)
