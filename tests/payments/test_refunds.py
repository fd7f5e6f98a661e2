"""Money that goes back: to buyers who gave tickets back, and by whatever else takes it."""

from dataclasses import replace
from decimal import Decimal
from unittest import mock

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.links import token_of
from booking.models import Booking, Taking
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from booking.services.calling_off import cancel_show
from foundation.outbox.models import Message
from payments.errors import NotRefundable, RefundNotFound
from payments.models import Payment, Pretended, Refund
from payments.providers import Declined, RefundStatus, SeenRefund, Unreachable, pretend
from payments.selectors.overdue import PATIENCE, unreleased_payments
from payments.services.capturing import begin_capture, capture
from payments.services.notices import look_at
from payments.services.refunding import OUTSIDE, ask_again, look_up_refund, note_money, settle
from payments.services.steps import LOOK_UP_REFUND
from tests import factories
from tests.ledger import check_books
from tests.payments.case import GUEST, Paying, later, paid_for

State = Payment.State
TWENTY = Decimal("20.00")


class RefundTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def give_back(self, payment: Payment, *seat_numbers: int) -> Booking:
        assert payment.booking_id is not None
        return cancel_booking(
            booking_id=payment.booking_id,
            user=None,
            now=timezone.now(),
            seat_numbers=seat_numbers or None,
        )

    def seen(self, payment: Payment) -> Pretended:
        return Pretended.objects.get(payment_id=payment.pk)

    def look(self, payment: Payment) -> None:
        payment.refresh_from_db()
        look_at(payment, now=timezone.now())

    def books(self, payment: Payment) -> tuple[Decimal, Decimal]:
        """Return what the booking has paid and what is due, once its books are checked."""
        booking = Booking.objects.get(pk=self.the_booking(payment))
        check_books(self, self.show.pk)
        account = account_of(booking)
        return account.paid, account.due

    def test_what_was_given_back_is_sent_back_once(self) -> None:
        payment = self.paid(1, 2)
        self.give_back(payment, 1)
        self.work()
        [refund] = Refund.objects.all()
        self.assertEqual((refund.amount, refund.state), (Decimal("10.00"), Refund.State.DONE))
        self.assertEqual(self.books(payment), (Decimal("10.00"), Decimal("0.00")))
        for _ in range(2):
            settle(booking_id=self.the_booking(payment), now=timezone.now())
        self.work()
        self.assertEqual(Refund.objects.count(), 1)
        self.give_back(payment)
        self.work()
        amounts = sorted(Refund.objects.values_list("amount", flat=True))
        self.assertEqual(amounts, [Decimal("10.00"), Decimal("10.00")])
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def the_booking(self, payment: Payment) -> int:
        assert payment.booking_id is not None
        return payment.booking_id

    def promised(self, *seat_numbers: int) -> Payment:
        """Return a payment whose seats are sold, and whose money nobody has taken yet."""
        payment = self.start(self.hold(*seat_numbers))
        self.use(payment)
        with mock.patch.object(pretend.Pretend, "capture", side_effect=Unreachable):
            self.work()
        Payment.objects.filter(pk=payment.pk).update(capturing_at=None)
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.AUTHORISED)
        return payment

    def test_promise_of_what_was_given_back_is_given_up(self) -> None:
        payment = self.promised(1, 2)
        self.give_back(payment)
        self.work()
        self.retry()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.CANCELLED, "cancelled"))
        self.assertIsNotNone(payment.released_at)
        self.assertFalse(Refund.objects.exists())
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def test_of_a_promise_only_what_is_left_is_taken(self) -> None:
        payment = self.promised(1, 2)
        self.give_back(payment, 2)
        self.work()
        self.retry()
        self.assertEqual(self.seen(payment).captured, Decimal("10.00"))
        self.assertFalse(Refund.objects.exists())
        self.assertEqual(self.books(payment), (Decimal("10.00"), Decimal("0.00")))

    def test_given_back_while_it_is_being_taken(self) -> None:
        payment = self.promised(1, 2)
        begin_capture(payment_id=payment.pk, now=timezone.now())
        self.give_back(payment, 2)
        settle(booking_id=self.the_booking(payment), now=timezone.now())
        self.assertFalse(Refund.objects.exists())
        capture(payment.pk, now=timezone.now())
        self.work()
        self.assertEqual(self.seen(payment).captured, TWENTY)
        [refund] = Refund.objects.all()
        self.assertEqual((refund.amount, refund.state), (Decimal("10.00"), Refund.State.DONE))
        self.assertEqual(self.books(payment), (Decimal("10.00"), Decimal("0.00")))

    def test_taking_is_repeated_where_the_answer_was_lost(self) -> None:
        payment = self.start(self.hold(1, 2))
        self.use(payment)
        take = pretend.Pretend.capture

        def lose(*args: object) -> None:
            take(*args)  # type: ignore[arg-type]
            raise Unreachable

        with mock.patch.object(pretend.Pretend, "capture", lose):
            self.work()
        self.retry()
        payment.refresh_from_db()
        self.assertEqual((payment.state, payment.captured), (State.CAPTURED, TWENTY))
        self.assertEqual(self.books(payment), (TWENTY, Decimal("0.00")))

    def test_promise_that_is_not_kept_is_to_be_paid_at_the_door(self) -> None:
        payment = self.paid(1, 2, card=pretend.LAPSES)
        self.assertEqual((payment.state, payment.captured), (State.FAILED, Decimal("0.00")))
        booking = Booking.objects.get()
        self.assertFalse(booking.pays_online)
        self.assertEqual(self.books(payment), (Decimal("0.00"), TWENTY))
        self.assertEqual(mail.outbox[-1].to, [booking.email])
        self.assertIn("pay at the box office", mail.outbox[-1].body)
        self.assertIn("because you booked tickets.", mail.outbox[-1].body)
        self.assertIn(f"/tickets/{token_of(booking.pk, booking.email)}/", mail.outbox[-1].body)
        self.work_at(later(days=2))
        self.assertEqual(len(mail.outbox), 2)

    def broken_promise(self, payment: Payment) -> None:
        """Let the provider refuse to give what it has promised, and keep it."""
        with mock.patch.object(pretend.Pretend, "capture", side_effect=Declined("no")):
            self.retry()
            self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.FAILED)

    def test_promise_that_is_refused_is_given_up_at_the_provider(self) -> None:
        payment = self.promised(1)
        with mock.patch.object(pretend.Pretend, "cancel", side_effect=Unreachable):
            self.broken_promise(payment)
        self.assertIsNone(payment.released_at)
        moment = later(seconds=1) + PATIENCE
        self.assertEqual([*unreleased_payments(moment)], [payment])
        self.retry()
        payment.refresh_from_db()
        self.assertEqual((payment.state, self.seen(payment).status), (State.FAILED, "cancelled"))
        self.assertIsNotNone(payment.released_at)

    def test_nothing_is_kept_of_what_was_never_paid(self) -> None:
        self.set_up(starts_at=later(minutes=90))
        payment = self.promised(1, 2)
        cancel_booking(
            booking_id=self.the_booking(payment),
            user=None,
            guest=GUEST.email,
            now=timezone.now(),
            seat_numbers=[1],
        )
        self.assertEqual(account_of(Booking.objects.get()).owed, Decimal("15.00"))
        self.work()
        self.broken_promise(payment)
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("10.00")))

    def test_nobody_is_asked_to_pay_for_a_show_that_is_called_off(self) -> None:
        payment = self.promised(1)
        begin_capture(payment_id=payment.pk, now=timezone.now())
        cancel_show(show_id=self.show.pk, now=timezone.now())
        self.work()
        mail.outbox.clear()
        self.broken_promise(payment)
        self.assertEqual(mail.outbox, [])
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def test_refund_that_fails_later(self) -> None:
        payment = self.paid(1, 2, card=pretend.REFUND_FAILS)
        self.give_back(payment)
        self.work()
        [refund] = Refund.objects.all()
        self.assertEqual(refund.state, Refund.State.DONE)
        self.work_at(later(hours=7))
        refund.refresh_from_db()
        self.assertEqual((refund.state, refund.reason), ("failed", "The bank sent it back."))
        booking = Booking.objects.get()
        self.assertIsNotNone(booking.cancelled_at)
        self.assertEqual(self.books(payment), (TWENTY, -TWENTY))
        self.assertIn("did not arrive", mail.outbox[-1].body)
        self.work_at(later(days=30))  # nobody has asked again
        self.assertEqual(Refund.objects.count(), 1)

    def test_refund_that_failed_is_asked_for_again(self) -> None:
        payment = self.paid(1, 2, card=pretend.NO_BALANCE)
        self.give_back(payment)
        self.work()
        [refund] = Refund.objects.all()
        self.assertEqual((refund.state, self.books(payment)), ("failed", (TWENTY, -TWENTY)))
        ask_again(refund_id=refund.pk, now=timezone.now())
        self.work()
        refund.refresh_from_db()
        self.assertEqual((refund.state, refund.attempts), ("done", 2))
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))
        for wrong, refusal in ((refund.pk, NotRefundable), (1, RefundNotFound)):
            with self.assertRaises(refusal):
                ask_again(refund_id=wrong, now=timezone.now())

    def test_failed_refund_that_another_has_covered_is_not_asked_for_again(self) -> None:
        payment = self.paid(1, 2, card=pretend.NO_BALANCE)
        self.give_back(payment, 1)
        self.work()
        failed = Refund.objects.get()
        Pretended.objects.update(card="4242")
        self.give_back(payment)
        self.work()
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))
        with self.assertRaises(NotRefundable):
            ask_again(refund_id=failed.pk, now=timezone.now())
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def test_provider_that_is_away_refunds_once_it_is_back(self) -> None:
        payment = self.paid(1, 2)
        self.give_back(payment)
        send = pretend.Pretend.refund

        def lose(*args: object) -> None:
            send(*args)  # type: ignore[arg-type]
            raise Unreachable

        with mock.patch.object(pretend.Pretend, "refund", lose):
            self.work()
        self.assertEqual(Refund.objects.get().state, "asked")
        self.retry()
        self.assertEqual(Refund.objects.get().state, "done")
        self.assertEqual(len(self.seen(payment).refunds), 1)

    def test_what_is_disputed_is_not_refunded(self) -> None:
        payment = self.paid(1, 2, card=pretend.DISPUTED)
        payment.refresh_from_db()
        self.assertIsNotNone(payment.disputed_at)
        self.give_back(payment)
        self.work()
        self.assertFalse(Refund.objects.exists())
        self.assertIn("the bank decides", mail.outbox[-1].body)
        self.assertEqual(self.books(payment), (TWENTY, -TWENTY))
        Pretended.objects.update(dispute="won")
        for _ in range(2):
            self.look(payment)
            self.work()
        payment.refresh_from_db()
        self.assertIsNone(payment.disputed_at)
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))
        self.assertIsNotNone(Booking.objects.get().cancelled_at)

    def test_lost_dispute_has_taken_the_money(self) -> None:
        payment = self.paid(1, 2, card=pretend.DISPUTED)
        Pretended.objects.update(dispute="lost")
        for _ in range(2):
            self.look(payment)
        self.work()
        [gone] = Refund.objects.all()
        self.assertEqual((gone.amount, gone.state), (TWENTY, "done"))
        self.assertEqual(self.books(payment), (Decimal("0.00"), TWENTY))
        self.give_back(payment)
        self.work()
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def test_refunds_on_the_providers_site_are_in_the_books(self) -> None:
        payment = self.paid(1, 2)
        for amounts in ({"a": "5.00"}, {"a": "5.00", "b": "15.00"}, {"a": "5.00", "b": "15.00"}):
            found = self.seen(payment)
            found.refunds = {
                key: {"amount": amount, "status": "done"} for key, amount in amounts.items()
            }
            found.save()
            self.look(payment)
        refunds = Refund.objects.order_by("amount").values_list("amount", "reason")
        self.assertEqual(list(refunds), [(Decimal("5.00"), OUTSIDE), (Decimal("15.00"), OUTSIDE)])
        self.assertEqual(self.books(payment), (Decimal("0.00"), TWENTY))
        self.assertIsNone(Booking.objects.get().cancelled_at)

    def test_refund_by_hand_while_ours_is_asked_for_is_all_that_goes_back(self) -> None:
        payment = self.paid(1)
        self.give_back(payment)
        with mock.patch.object(pretend.Pretend, "refund", side_effect=Unreachable):
            self.work()
        found = self.seen(payment)
        found.refunds["by hand"] = {"amount": "10.00", "status": "done"}
        found.save()
        self.look(payment)
        self.retry()
        ours, by_hand = Refund.objects.order_by("asked_at")
        self.assertEqual((ours.state, ours.amount), ("failed", Decimal("10.00")))
        self.assertEqual((by_hand.state, by_hand.amount), ("done", Decimal("10.00")))
        self.assertEqual(by_hand.reason, OUTSIDE)
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))

    def test_refund_that_failed_meanwhile_is_not_taken_for_anothers(self) -> None:
        payment = self.paid(1, card=pretend.REFUND_FAILS)
        self.give_back(payment)
        self.work()
        before = pretend.Pretend().look_up(payment)
        look_up_refund(Refund.objects.get().pk, now=timezone.now())
        note_money(payment_id=payment.pk, seen=before, now=timezone.now())
        self.assertEqual(Refund.objects.get().state, "failed")
        self.assertEqual(self.books(payment), (Decimal("10.00"), Decimal("-10.00")))

    def test_no_more_goes_back_than_was_taken(self) -> None:
        payment = self.paid(1)
        seen = replace(pretend.Pretend().look_up(payment), outside={"odd": Decimal("25.00")})
        note_money(payment_id=payment.pk, seen=seen, now=timezone.now())
        self.assertEqual(Refund.objects.get().amount, Decimal("10.00"))

    def test_refund_on_its_way_is_looked_up_by_one_message(self) -> None:
        payment = self.paid(1)
        self.give_back(payment)
        sent = SeenRefund(RefundStatus.SENT, reference="sent")
        with (
            mock.patch.object(pretend.Pretend, "refund", return_value=sent),
            mock.patch.object(pretend.Pretend, "look_up_refund", return_value=sent),
        ):
            self.work()
            for _ in range(3):
                self.look(payment)
            waiting = Message.objects.waiting().filter(kind=LOOK_UP_REFUND)
            self.assertEqual(waiting.count(), 1)
            self.work_at(later(hours=7))
            self.assertEqual(waiting.count(), 1)

    def test_own_refunds_are_not_taken_for_others(self) -> None:
        payment = self.paid(1, 2)
        self.give_back(payment, 1)
        self.work()
        self.look(payment)
        self.assertEqual(Refund.objects.count(), 1)
        self.assertEqual(self.books(payment), (Decimal("10.00"), Decimal("0.00")))

    def test_booking_that_was_paid_twice_stays_paid_where_one_is_refunded(self) -> None:
        payment = self.paid(1, 2)
        second = self.start(self.hold(3, 4))
        self.use(second)
        self.work()
        second.refresh_from_db()
        Taking.objects.filter(booking=second.booking).update(booking=payment.booking)
        Payment.objects.filter(pk=second.pk).update(booking=payment.booking)
        found = self.seen(second)
        found.refunds = {"outside": {"amount": "20.00", "status": "done"}}
        found.save()
        self.look(second)
        self.work()
        booking = Booking.objects.get(pk=self.the_booking(payment))
        self.assertEqual((paid_for(booking), account_of(booking).due), (TWENTY, 0))

    def test_late_success_after_a_refund_has_no_effect(self) -> None:
        payment = self.paid(1, 2)
        self.give_back(payment)
        self.work()
        other = self.paid(1, 2)
        self.use(payment)
        self.look(payment)
        self.work()
        self.assertEqual(Booking.objects.filter(cancelled_at=None).get(), other.booking)
        self.assertEqual(self.books(payment), (Decimal("0.00"), Decimal("0.00")))
        self.assertEqual(Refund.objects.count(), 1)

    def test_erased_buyer_gets_their_money_all_the_same(self) -> None:
        user = factories.user(confirmed_email="bob@example.org")
        payment = self.paid(1, 2)
        Booking.objects.update(email="", user=user)
        self.give_back(payment)
        Booking.objects.update(user=None)
        user.delete()
        self.work()
        self.assertEqual(Refund.objects.get().state, "done")
