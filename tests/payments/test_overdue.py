"""What is overdue is asked for, the books are audited, and staff see what failed."""

from decimal import Decimal
from io import StringIO
from typing import Any
from unittest import mock

from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from booking.models import Booking, Taking
from booking.services import post
from booking.services.amendments import cancel_booking
from foundation.outbox.models import Message
from payments.models import Payment, Pretended, Refund
from payments.providers import Unreachable, pretend
from payments.selectors.audit import TOO_LATE, faults
from payments.selectors.overdue import PATIENCE
from payments.services.finishing import cancel_payment
from payments.services.reconciling import EVERY, reconcile
from tests import factories
from tests.payments.case import Paying, later

State = Payment.State


def nobody(step: str) -> Any:
    """Let the provider be away where it is asked for this."""
    away = Unreachable("nobody is there")
    return mock.patch.object(pretend.Pretend, step, side_effect=away)


class OverdueTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def give_back(self, payment: Payment) -> None:
        assert payment.booking_id is not None
        cancel_booking(booking_id=payment.booking_id, user=None, now=timezone.now())

    def all_overdue(self) -> list[Payment]:
        """Return a payment of each kind whose messages are lost, with all that is to be done."""
        late = self.start(self.hold(1))
        self.use(late, told=False)
        given_up = self.start(self.hold(2))
        cancel_payment(payment_id=given_up.pk, now=timezone.now())
        promised = self.start(self.hold(3))
        self.use(promised)
        with nobody("capture"):
            self.work()
        back = self.paid(4)
        self.give_back(back)
        with nobody("refund"):
            self.work()
        Pretended.objects.filter(payment_id=given_up.pk).update(status="authorised")
        Payment.objects.filter(pk=given_up.pk).update(released_at=None)
        Message.objects.all().delete()
        return [late, given_up, promised, back]

    def test_all_that_is_overdue_is_asked_for_and_done(self) -> None:
        late, given_up, promised, back = self.all_overdue()
        self.assertEqual(reconcile(now=timezone.now()).asked, 0)
        moment = max(late.until, later(seconds=1) + PATIENCE)
        with self.at(moment):
            done = reconcile(now=moment)
            self.work()
        self.assertEqual((done.asked, done.left), (4, []))
        states = [Payment.objects.get(pk=one.pk).state for one in (late, given_up, promised, back)]
        self.assertEqual(states, ["captured", "cancelled", "captured", "captured"])
        self.assertIsNotNone(Payment.objects.get(pk=given_up.pk).released_at)
        self.assertEqual(Pretended.objects.get(payment_id=given_up.pk).status, "cancelled")
        self.assertEqual(Refund.objects.get().state, "done")
        self.assertEqual(list(faults(moment)), [])

    def test_money_that_the_release_before_kept_goes_back(self) -> None:
        """It cancels tickets, and knows nothing of payments; what failed is for staff."""
        kept, failed = self.paid(1), self.paid(2, card=pretend.NO_BALANCE)
        self.give_back(failed)
        self.work()
        with mock.patch.object(post, "settling", return_value=[]):
            self.give_back(kept)
        moment = later(seconds=1) + PATIENCE
        self.assertEqual(reconcile(now=timezone.now()).asked, 0)
        self.assertEqual(reconcile(now=moment).asked, 1)
        self.work_at(moment)
        self.assertEqual(Refund.objects.get(payment=kept).state, "done")
        self.assertEqual(failed.refunds.count(), 1)
        self.assertEqual(reconcile(now=moment).asked, 0)

    def test_command_says_what_is_left_and_goes_on_with_the_rest(self) -> None:
        late, *_ = self.all_overdue()
        moment = max(late.until, later(seconds=1) + PATIENCE)
        said = StringIO()
        with self.at(moment):
            left = self.assertRaisesMessage(CommandError, "Asked about: 4. Left: 1.")
            with nobody("refund"), left:
                call_command("reconcile", stdout=said)
            self.assertIn("Unreachable: nobody is there", said.getvalue())
            self.work()
            call_command("reconcile", stdout=said)
        self.assertIn("Asked about: 1. Left: 0.", said.getvalue())

    def test_worker_reconciles_by_the_way_until_nothing_is_left(self) -> None:
        late, *_ = self.all_overdue()
        self.start(self.hold(5))  # has it begun
        self.start(self.hold(6))
        self.assertEqual(Message.objects.filter(kind="payments.reconcile").count(), 1)
        self.work_at(later(seconds=1) + EVERY)
        late.refresh_from_db()
        self.assertEqual(late.state, State.CAPTURED)
        self.assertFalse(Message.objects.waiting().filter(kind="payments.reconcile").exists())

    def test_books_are_right_at_every_rest(self) -> None:
        self.paid(1, 2)
        self.give_back(self.paid(3, card=pretend.REFUND_FAILS))
        self.paid(4, card=pretend.LAPSES)
        self.work()
        self.give_back(self.paid(5))
        self.assertEqual(list(faults(timezone.now())), [])  # its money is about to go back
        self.work_at(later(hours=7))
        self.assertEqual(list(faults(later(hours=7))), [])
        said = StringIO()
        call_command("auditmoney", stdout=said)
        self.assertEqual(said.getvalue(), "Faults: 0.\n")

    def test_audit_finds_what_cannot_be(self) -> None:
        payment = self.paid(1, 2)
        booking = Booking.objects.get()
        taking = Taking.objects.get()
        waiting = self.start(self.hold(3))
        moment = waiting.until + TOO_LATE
        Message.objects.all().delete()
        cases = {
            f"booking {booking.pk}: 19.00 was taken online, and payments have 20.00": (
                lambda: Taking.objects.update(amount="19.00"),
                lambda: Taking.objects.update(amount=taking.amount),
            ),
            f"booking {booking.pk}: 5.00 is owed to its buyer, and not on its way": (
                lambda: booking.tickets.filter(seat_number=1).update(price="5.00"),
                lambda: booking.tickets.filter(seat_number=1).update(price="10.00"),
            ),
            f"payment {payment.pk}: 30.00 goes back of 20.00": (
                lambda: Refund.objects.create(
                    payment=payment, amount=Decimal(30), state="done", asked_at=self.now
                ),
                lambda: Refund.objects.all().delete(),
            ),
            f"payment {payment.pk} is captured, and nothing is sold for it": (
                lambda: Payment.objects.filter(pk=payment.pk).update(booking=None),
                lambda: Payment.objects.filter(pk=payment.pk).update(booking=booking),
            ),
            f"payment {waiting.pk} is under way after its time": (lambda: None, lambda: None),
        }
        for fault, (spoil, mend) in cases.items():
            with self.subTest(fault):
                spoil()
                self.assertIn(fault, list(faults(moment)))
                mend()
        [left] = faults(moment)
        self.assertIn("under way after its time", left)
        Payment.objects.filter(pk=waiting.pk).update(state=State.CANCELLED, ended_at=self.now)
        self.assertIn(
            f"payment {waiting.pk} was given up, and its provider has not agreed",
            list(faults(later(hours=3))),
        )
        Payment.objects.filter(pk=payment.pk).update(state=State.AUTHORISED)
        self.assertIn(
            f"payment {payment.pk} was promised, and is not taken", list(faults(later(hours=3)))
        )
        Payment.objects.all().update(booking=None)
        self.assertIn(
            f"booking {booking.pk}: 20.00 was taken online by no payment",
            list(faults(timezone.now())),
        )
        with self.assertRaisesMessage(CommandError, "Faults: "):
            call_command("auditmoney", stdout=StringIO())

    def test_staff_see_failed_refunds_first_and_ask_again(self) -> None:
        done = self.paid(1)
        self.give_back(done)
        failing = self.paid(2, card=pretend.NO_BALANCE)
        self.give_back(failing)
        self.work()
        later_one = self.paid(3)
        self.give_back(later_one)
        self.work()
        refund = Refund.objects.get(payment=failing)
        manager = factories.user(is_staff=True)
        manager.groups.add(Group.objects.get(name="Manager"))
        self.client.force_login(manager)
        url = reverse("admin:payments_refund_changelist")
        page = self.client.get(url).content.decode()
        self.assertLess(page.index(str(refund.pk)), page.index(str(done.refunds.get().pk)))
        form = {"action": "ask_again", "_selected_action": [refund.pk]}
        self.assertContains(self.client.post(url, form, follow=True), "is asked for again")
        self.work()
        refund.refresh_from_db()
        self.assertEqual(refund.state, "done")
        self.assertContains(self.client.post(url, form, follow=True), "has not failed")
        payment = reverse("admin:payments_payment_change", args=[failing.pk])
        self.assertContains(self.client.get(payment), failing.reference)

    def test_till_sees_refunds_and_asks_for_none(self) -> None:
        self.give_back(self.paid(1, card=pretend.NO_BALANCE))
        self.work()
        clerk = factories.user(is_staff=True)
        clerk.groups.add(Group.objects.get(name="Till"))
        self.client.force_login(clerk)
        url = reverse("admin:payments_refund_changelist")
        form = {"action": "ask_again", "_selected_action": [Refund.objects.get().pk]}
        self.assertEqual(self.client.get(url).status_code, 200)
        self.client.post(url, form)
        self.assertEqual(Refund.objects.get().state, "failed")
