"""Two tabs, two tills: money is noted once."""

import uuid
from decimal import Decimal
from functools import partial
from unittest import mock

from django.db.models import Sum
from django.test import tag
from django.utils import timezone

from booking.models import Booking, Taking
from booking.selectors.money import account_of
from booking.services.admission import admit
from booking.services.sales import book_seats
from booking.services.takings import reverse_taking, take_money
from foundation.errors import Refusal
from tests import factories
from tests.concurrency.hold_case import ROUNDS
from tests.racing import PostgresTestCase, Racers, without_row_locks

TILLS = 4


@tag("race")
class TillsTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="\n".join(["S" * 20] * 10))
        self.clerk = factories.user()

    def sell(self) -> Booking:
        free = 1 + Booking.objects.count()
        return book_seats(
            show_id=self.show.pk, seat_numbers=[free], user=factories.user(), now=timezone.now()
        )

    def take(self, booking: Booking, key: uuid.UUID) -> str:
        try:
            taken = take_money(
                booking_id=booking.pk,
                amount=Decimal("10.00"),
                method=Taking.Method.CASH,
                by=self.clerk,
                now=timezone.now(),
                key=key,
            )
        except Refusal as refusal:
            return refusal.code
        return str(taken.pk)

    def send(self, booking: Booking, key: uuid.UUID, _tab: int) -> str:
        return self.take(booking, key)

    def paid_at_several_tills(self, tills: Racers) -> Decimal:
        booking = self.sell()
        tills.race(lambda _: self.take(booking, uuid.uuid4()))
        return account_of(booking).paid

    def test_same_taking_sent_from_several_tabs_is_noted_once(self) -> None:
        with Racers(TILLS) as tabs:
            for _ in range(ROUNDS):
                booking, key = self.sell(), uuid.uuid4()
                answers = tabs.race(partial(self.send, booking, key))
                self.assertEqual(set(answers), {str(Taking.objects.get(key=key).pk)})

    def test_same_key_for_several_bookings_is_one_bookings(self) -> None:
        with Racers(TILLS) as tabs:
            bookings, key = [self.sell() for _ in range(TILLS)], uuid.uuid4()
            answers = tabs.race(lambda number: self.take(bookings[number], key))
        refused = ["idempotency_key_reused"] * (TILLS - 1)
        self.assertCountEqual(answers, [str(Taking.objects.get().pk), *refused])

    def test_several_tills_take_what_is_due_once(self) -> None:
        with Racers(TILLS) as tills:
            for _ in range(ROUNDS):
                self.assertEqual(self.paid_at_several_tills(tills), Decimal("10.00"))

    def test_door_and_till_take_what_is_due_once(self) -> None:
        with Racers(2) as both:
            for _ in range(ROUNDS):
                booking = self.sell()
                outcome = tuple(both.race(partial(self.at_door_or_till, booking)))
                self.assertEqual(account_of(booking).paid, Decimal("10.00"))
                self.assertIn(outcome[0], {"in", "not_due"})
                self.assertEqual(outcome[1] == "not_due", outcome[0] == "in")

    def at_door_or_till(self, booking: Booking, is_till: int) -> str:
        if is_till:
            return self.take(booking, uuid.uuid4())
        try:
            admit(
                show_id=self.show.pk,
                reference=booking.reference,
                by=self.clerk,
                now=timezone.now(),
                amount=Decimal("10.00"),
                method=Taking.Method.CARD,
            )
        except Refusal as refusal:
            return refusal.code
        return "in"

    def test_without_row_locks_some_are_paid_twice(self) -> None:
        with Racers(TILLS) as tills, without_row_locks():
            self.assertTrue(
                any(
                    self.paid_at_several_tills(tills) > Decimal("10.00") for _ in range(10 * ROUNDS)
                )
            )

    def test_taking_is_taken_back_once_by_several_at_once(self) -> None:
        with Racers(TILLS) as tabs:
            booking = self.sell()
            wrong = int(self.take(booking, uuid.uuid4()))
            tabs.race(
                lambda _: reverse_taking(taking_id=wrong, by=self.clerk, now=timezone.now()).pk
            )
        self.assertEqual(Taking.objects.aggregate(Sum("amount")), {"amount__sum": 0})
        self.assertEqual(Taking.objects.count(), 2)
