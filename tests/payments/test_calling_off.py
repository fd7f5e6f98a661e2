"""Shows that are called off while they are paid for: all the money goes back, and none is taken."""

from decimal import Decimal
from typing import Any
from unittest import mock
from uuid import uuid4

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, Ticket
from booking.selectors.money import accounts_of
from booking.services.amendments import exchange_seats
from booking.services.calling_off import cancel_show
from booking.services.left_over import SEE_PAYMENT, left_over
from booking.services.takings import take_money
from payments.models import Payment, Pretended, Refund
from payments.providers import Unreachable, pretend
from payments.selectors.audit import faults
from tests import factories
from tests.ledger import check_books
from tests.payments.case import Paying

TEN = Decimal("10.00")


def given_back(pretended: Pretended) -> Decimal:
    done = [one["amount"] for one in pretended.refunds.values() if one["status"] == "done"]
    return sum(map(Decimal, done), Decimal(0))


class CallingOffTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def call_off(self) -> None:
        cancel_show(show_id=self.show.pk, now=timezone.now())

    def all_is_back(self) -> None:
        self.assertEqual(Ticket.objects.filter(cancelled_at=None).count(), 0)
        accounts = accounts_of(Booking.objects.all()).values()
        self.assertEqual([(one.paid, one.due) for one in accounts], [(0, 0)] * len(accounts))
        kept = [one.captured - given_back(one) for one in Pretended.objects.all()]
        self.assertEqual(kept, [Decimal(0)] * len(kept))
        check_books(self, self.show.pk)

    def test_what_was_paid_goes_back_and_is_told(self) -> None:
        for seat, client in ((1, "address:1"), (2, "address:2")):
            hold = self.hold(seat, client=client)
            self.use(self.start(hold, client=client))
        self.work()
        mail.outbox.clear()

        self.call_off()
        self.work()

        self.all_is_back()
        refunds = Refund.objects.values_list("amount", "state")
        self.assertEqual(list(refunds), [(TEN, Refund.State.DONE)] * 2)
        told = [one for one in mail.outbox if one.subject.startswith("Called off")]
        self.assertEqual(len(told), 2)
        for one in told:
            self.assertIn("€10.00 is on its way back, as it was paid.", str(one.body))
        self.assertTrue(left_over(self.show.pk).is_done)

    def test_promise_of_money_is_given_up(self) -> None:
        self.use(self.start(self.hold(1)))
        with mock.patch.object(pretend.Pretend, "capture", side_effect=Unreachable):
            self.work()
        self.call_off()
        self.work()
        self.retry()
        self.all_is_back()

    def test_who_pays_at_that_moment_pays_nothing(self) -> None:
        payment = self.start(self.hold(1))
        self.call_off()
        self.work()
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, Payment.State.CANCELLED)
        self.assertEqual(Booking.objects.count(), 0)
        self.all_is_back()

    def test_what_was_paid_at_the_box_office_as_well_is_to_be_given_back_there(self) -> None:
        self.set_up(plan="SSPP")
        booking = self.paid(1).booking
        assert booking is not None
        here: dict[str, Any] = {"booking_id": booking.pk, "now": timezone.now()}
        exchange_seats(give=[1], take=[3], user=None, **here)
        clerk = factories.user()
        take_money(amount=Decimal(3), method="cash", by=clerk, key=uuid4(), **here)
        cancel_show(show_id=self.show.pk, now=timezone.now())
        self.work()
        left = left_over(self.show.pk)
        self.assertEqual((left.refunds, [one.amount for one in left.to_give_back]), ([], [3]))
        self.assertEqual(list(faults(timezone.now())), [])

    def test_money_of_a_dispute_is_left_and_stops_nothing(self) -> None:
        disputed = self.paid(1, card=pretend.DISPUTED)
        other = self.start(self.hold(2, client="address:2"), client="address:2")
        self.use(other)
        self.work()
        self.call_off()
        self.work()
        self.assertEqual(Booking.objects.filter(cancelled_at=None).count(), 0)
        [left] = left_over(self.show.pk).refunds
        self.assertEqual((left.booking.pk, left.amount), (disputed.booking_id, TEN))
        self.assertEqual(left.why, SEE_PAYMENT)
        done = Refund.objects.filter(state=Refund.State.DONE)
        self.assertEqual([refund.payment_id for refund in done], [other.pk])
