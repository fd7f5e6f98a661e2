"""Payments at the same moment, on PostgreSQL: one intent, one booking, one refund."""

from decimal import Decimal
from typing import Any
from unittest import mock

from django.db import connection
from django.test import tag
from django.utils import timezone

from booking.models import Booking, Taking
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from foundation.outbox.models import Message
from foundation.outbox.worker import do_next
from payments.models import Notice, Payment, Pretended, Refund
from payments.providers import pretend
from payments.providers.pretend import signed
from payments.services import finishing, refunding
from payments.services.finishing import finish
from payments.services.notices import receive
from tests.ledger import check_books
from tests.payments.case import Paying
from tests.racing import PostgresTestCase, Racers, without_row_locks

AT_ONCE = 4
TWENTY = Decimal("20.00")


def without_locks_by_name() -> Any:
    return mock.patch("foundation.db.locks.locking_name", lambda *_, **__: [])


@tag("race")
class PaymentRaces(Paying, PostgresTestCase):
    def setUp(self) -> None:
        self.set_up(plan="S" * 40)

    def authorised(self, *seat_numbers: int) -> Payment:
        payment = self.start(self.hold(*seat_numbers))
        self.use(payment, pretend.NEVER)
        return payment

    def test_many_clicks_are_one_payment(self) -> None:
        with Racers(AT_ONCE) as racers:
            for seat in range(1, 6):
                hold = self.hold(seat, client=f"address:{seat}")
                payments = racers.race(lambda _, hold=hold: self.start(hold))  # type: ignore[misc]
                self.assertEqual(len({(one.pk, one.url) for one in payments}), 1)
                self.assertTrue(payments[0].url)
        self.assertEqual((Payment.objects.count(), Pretended.objects.count()), (5, 5))
        check_books(self, self.show.pk)

    def test_without_lock_and_constraint_many_clicks_are_several(self) -> None:
        drop = "DROP INDEX one_live_payment_per_hold"
        make = (
            "CREATE UNIQUE INDEX one_live_payment_per_hold ON payments_payment (hold_id) "
            "WHERE state IN ('started', 'unknown', 'authorised', 'captured')"
        )
        self.run_sql(drop)
        try:
            with Racers(AT_ONCE) as racers, without_row_locks(), without_locks_by_name():
                for seat in range(1, 11):
                    hold = self.hold(seat, client=f"address:{seat}")
                    payments = racers.race(lambda _, hold=hold: self.start(hold))  # type: ignore[misc]
                    if len({one.pk for one in payments}) > 1:
                        return
            self.fail("the race needs neither")
        finally:
            Payment.objects.all().delete()
            self.run_sql(make)

    def run_sql(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def test_told_and_come_back_at_once_is_one_booking(self) -> None:
        with Racers(AT_ONCE) as racers:
            for seat in range(1, 6):
                payment = self.authorised(seat)
                body, headers = signed({"id": f"n{seat}", "kind": "p", "payment": payment.pk})

                def act(number: int, payment: Payment = payment) -> None:
                    if number % 2:
                        receive(way="pretend", body=body, headers=headers, now=timezone.now())  # noqa: B023
                        while do_next():
                            pass
                    else:
                        finish(payment.pk, now=timezone.now())

                racers.race(act)
            racers.race(lambda _: [None for _ in iter(do_next, False)])
        self.assertEqual((Booking.objects.count(), Taking.objects.count()), (5, 5))
        self.assertEqual(Notice.objects.count(), 5)
        self.assertEqual(set(Payment.objects.values_list("state", flat=True)), {"captured"})
        self.assertEqual(Message.objects.filter(kind="mail.booked").count(), 5)
        check_books(self, self.show.pk)

    def settled_by_many(self, racers: Racers, payment: Payment) -> None:
        assert payment.booking_id is not None
        booking_id = payment.booking_id
        cancel_booking(booking_id=booking_id, user=None, now=timezone.now())
        racers.race(lambda _: refunding.settle(booking_id=booking_id, now=timezone.now()))

    def test_refunds_asked_for_at_once_are_one(self) -> None:
        with Racers(AT_ONCE) as racers:
            for first in (1, 3, 5):
                payment = self.paid(first, first + 1)
                self.settled_by_many(racers, payment)
                self.work()
                self.assertEqual(payment.refunds.get().amount, TWENTY)
                assert payment.booking is not None
                self.assertEqual(account_of(payment.booking).paid, 0)
                self.assertEqual(len(Pretended.objects.get(payment_id=payment.pk).refunds), 1)

    def test_without_locks_several_refunds_are_asked_for(self) -> None:
        with Racers(AT_ONCE) as racers, without_row_locks():
            for first in (1, 3, 5, 7, 9, 11):
                self.settled_by_many(racers, self.paid(first, first + 1))
                if Refund.objects.count() > Payment.objects.count():
                    return
        self.fail("the race needs no lock")

    def test_given_up_and_paid_at_once(self) -> None:
        with Racers(2) as racers:
            for seat in range(1, 9):
                payment = self.authorised(seat)

                def act(number: int, payment: Payment = payment) -> None:
                    if number:
                        finishing.cancel_payment(payment_id=payment.pk, now=timezone.now())
                    else:
                        finish(payment.pk, now=timezone.now())

                racers.race(act)
                self.work()
                payment.refresh_from_db()
                seen = Pretended.objects.get(payment_id=payment.pk).status
                self.assertIn((payment.state, seen), [("captured",) * 2, ("cancelled",) * 2])
        captured = Payment.objects.filter(state="captured").count()
        self.assertEqual(Booking.objects.count(), captured)
        check_books(self, self.show.pk)

    def test_taken_and_given_back_at_once(self) -> None:
        with Racers(2) as racers:
            for first in (1, 3, 5, 7, 9):
                payment = self.start(self.hold(first, first + 1))
                self.use(payment, pretend.NEVER)
                finish(payment.pk, now=timezone.now())
                booking = Booking.objects.get(payments=payment)

                def act(number: int, booking: Booking = booking, seat: int = first) -> None:
                    if number:
                        cancel_booking(
                            booking_id=booking.pk,
                            user=None,
                            now=timezone.now(),
                            seat_numbers=[seat],
                        )
                    for _ in iter(do_next, False):
                        pass

                racers.race(act)
                self.work()
                seen = Pretended.objects.get(payment_id=payment.pk)
                gone = sum(Decimal(one["amount"]) for one in seen.refunds.values())
                self.assertEqual(seen.captured - gone, Decimal("10.00"))
                self.assertEqual(account_of(booking).due, 0)

    def test_seats_are_sold_once_and_the_other_pays_nothing(self) -> None:
        first = self.authorised(1)
        with self.at(first.until):
            second = self.start(self.hold(1, client="address:2"), client="address:2")
            self.use(second, pretend.NEVER)
        with Racers(2) as racers, self.at(first.until):
            racers.race(lambda number: finish((first, second)[number].pk, now=first.until))
        self.work_at(first.until)
        states = sorted(Payment.objects.values_list("state", flat=True))
        self.assertEqual(states, ["cancelled", "captured"])
        self.assertEqual(Pretended.objects.get(payment_id=first.pk).captured, 0)
        check_books(self, self.show.pk)
