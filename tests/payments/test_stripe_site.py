"""The whole way of a payment through Stripe, whatever becomes of its notices and answers."""

from decimal import Decimal
from typing import Any

from django.core import mail
from django.test import override_settings
from django.utils import timezone

from booking.models import Booking, Taking
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from payments.models import Notice, Payment, Refund
from payments.services.finishing import cancel_payment, finish
from payments.services.notices import look_at
from payments.services.refunding import ask_again, settle
from tests import factories
from tests.ledger import check_books
from tests.payments.case import GUEST, later
from tests.payments.stripe_site import StripeSite

State = Payment.State
TEN, TWENTY = Decimal("10.00"), Decimal("20.00")


class NoticeTests(StripeSite):
    """What comes of a payment is the same, however its notices come."""

    def check_paid(self, payment: Payment) -> None:
        """Check that the seats are sold once, the money taken once, and one mail was sent."""
        payment.refresh_from_db()
        self.assertEqual((payment.state, payment.captured), (State.CAPTURED, TWENTY))
        booking = self.the_booking()
        self.assertEqual((booking.total, account_of(booking).paid), (TWENTY, TWENTY))
        self.assertEqual(
            (self.intent()["status"], self.intent()["amount_received"]), ("succeeded", 2000)
        )
        self.assertEqual([one.to for one in mail.outbox], [[GUEST.email]])
        check_books(self, self.show.pk)

    def test_in_time(self) -> None:
        self.check_paid(self.taken(1, 2))
        self.tell()
        self.work()
        self.check_paid(Payment.objects.get())

    def test_twice(self) -> None:
        payment = self.begin(1, 2)
        self.account.pay(payment.reference)
        for _ in range(2):
            self.tell(*self.account.events)
        self.work()
        for _ in range(2):
            self.tell(*self.account.events)
        self.work()
        self.check_paid(payment)
        self.assertEqual(Notice.objects.count(), len(self.account.events))

    def test_out_of_order(self) -> None:
        payment = self.begin(1, 2)
        self.account.decline(payment.reference)
        self.account.pay(payment.reference)
        self.work_at(payment.until)
        self.check_paid(payment)
        self.tell(*reversed(self.account.events))
        self.work()
        self.check_paid(payment)

    def test_never(self) -> None:
        payment = self.begin(1, 2)
        self.account.pay(payment.reference)
        self.work_at(payment.until)
        self.check_paid(payment)

    def test_before_the_answer(self) -> None:
        def pay_at_once() -> None:
            [session] = self.account.things["checkout.session"]
            self.account.pay(session)
            self.told = self.server.notices()

        self.server.meanwhile = pay_at_once
        payment = self.begin(1, 2)
        self.tell(*self.told)
        self.work()
        self.check_paid(payment)

    def test_those_that_are_not_ours(self) -> None:
        payment = self.begin(1, 2)
        self.account.pay(payment.reference)
        foreign, live = self.server.notices()
        live["livemode"] = True
        intent = foreign["data"]["object"]
        intent["id"], intent["metadata"] = "pi_foreign", {"front_row_site": "https://other.example"}
        with self.assertLogs("payments", "INFO") as logs:
            self.tell(foreign, live)
            self.work()
            Notice.objects.update(received_at=later(minutes=-20))
            self.retry()
        self.assertEqual(len(logs.output), 2)
        payment.refresh_from_db()
        self.assertEqual((payment.state, Booking.objects.count()), (State.STARTED, 0))

    def test_not_signed(self) -> None:
        self.assertEqual(self.post(b"{}", {"Stripe-Signature": "t=1,v1=2"}), 400)
        self.assertFalse(Notice.objects.exists())


class PaymentTests(StripeSite):
    def test_lost_answer_at_the_beginning(self) -> None:
        hold = self.hold(1, 2)
        self.server.faults["/sessions"] = "lost"
        payment = self.begin(hold=hold)
        self.assertEqual((payment.state, payment.url), (State.UNKNOWN, ""))
        self.assertEqual(self.begin(hold=hold).pk, payment.pk)
        self.work()
        payment.refresh_from_db()
        [session] = self.account.things["checkout.session"].values()
        self.assertEqual((payment.state, payment.url), (State.STARTED, session["url"]))

    def test_lost_answer_while_the_money_is_taken(self) -> None:
        payment = self.begin(1, 2)
        self.account.pay(payment.reference)
        self.tell()
        self.server.faults["/capture"] = "lost"
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.AUTHORISED)
        self.retry()
        payment.refresh_from_db()
        self.assertEqual((payment.state, payment.captured), (State.CAPTURED, TWENTY))

    def test_second_card_after_a_decline(self) -> None:
        payment = self.begin(1, 2)
        self.account.decline(payment.reference)
        self.tell()
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, mail.outbox), (State.STARTED, []))
        self.account.pay(payment.reference)
        self.tell()
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CAPTURED)

    def test_seats_lost_meanwhile(self) -> None:
        payment = self.begin(1)
        with self.at(payment.until):
            book_seats(
                show_id=self.show.pk, seat_numbers=[1], user=factories.user(), now=payment.until
            )
            self.account.pay(payment.reference)
            self.work()
            self.tell()
            self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, payment.booking), (State.CANCELLED, None))
        self.assertIsNotNone(payment.released_at)
        self.assertEqual(
            (self.intent()["status"], self.intent()["amount_received"]), ("canceled", 0)
        )
        self.assertFalse(Taking.objects.exists())

    def test_given_up_before_anybody_paid(self) -> None:
        payment = self.begin(1)
        cancel_payment(payment_id=payment.pk, now=timezone.now())
        self.work()
        [session] = self.account.things["checkout.session"].values()
        self.assertEqual((session["status"], self.account.intents()), ("expired", []))

    def test_paid_in_the_moment_when_it_was_given_up(self) -> None:
        payment = self.begin(1)
        cancel_payment(payment_id=payment.pk, now=timezone.now())
        self.server.meanwhile = lambda: self.account.pay(payment.reference)
        self.work()
        self.tell()
        self.work()
        self.assertEqual(self.intent()["status"], "canceled")
        self.assertFalse(Booking.objects.exists())

    def test_promise_that_lapses_before_the_money_is_taken(self) -> None:
        payment = self.begin(1, 2)
        self.account.pay(payment.reference)
        self.tell()
        self.server.faults["/capture"] = "down"
        self.work()
        self.account.lapse(self.intent())
        self.retry()
        payment.refresh_from_db()
        booking = self.the_booking()
        self.assertEqual((payment.state, booking.pays_online), (State.FAILED, False))
        self.assertEqual(account_of(booking).due, TWENTY)
        self.assertIn("pay at the box office", mail.outbox[-1].body)
        self.tell()
        self.work_at(later(days=2))
        self.assertEqual(len(mail.outbox), 2)


class RefundTests(StripeSite):
    def setUp(self) -> None:
        super().setUp()
        self.payment = self.taken(1, 2)
        self.server.notices()

    def give_back(self, *seat_numbers: int) -> None:
        cancel_booking(
            booking_id=self.the_booking().pk,
            user=None,
            now=timezone.now(),
            seat_numbers=seat_numbers or None,
        )
        self.work()

    def look(self) -> None:
        """Deliver what is new, and let it be looked up."""
        self.tell()
        self.work()

    def there(self) -> list[Any]:
        """Return what Stripe has of refunds."""
        return [(one["amount"], one["status"]) for one in self.account.refunds()]

    def due(self) -> Decimal:
        check_books(self, self.show.pk)
        return account_of(self.the_booking()).due

    def test_reference_becomes_the_intents(self) -> None:
        self.assertEqual(self.payment.reference, self.intent()["id"])

    def test_part_and_then_the_rest(self) -> None:
        self.give_back(1)
        first = self.server.notices()
        self.give_back()
        self.tell(*reversed(first + self.server.notices()))
        self.work()
        self.assertEqual(self.there(), [(1000, "succeeded"), (1000, "succeeded")])
        self.assertEqual((Refund.objects.count(), self.due()), (2, 0))

    def test_lost_answer(self) -> None:
        self.server.faults["/refunds"] = "lost"
        self.give_back()
        self.assertEqual(Refund.objects.get().state, Refund.State.ASKED)
        self.retry()
        self.assertEqual((Refund.objects.get().state, self.due()), (Refund.State.DONE, 0))
        self.assertEqual(self.there(), [(2000, "succeeded")])

    def test_one_that_fails_later_can_be_asked_again(self) -> None:
        self.give_back()
        self.account.fail_refund(self.account.refunds()[0])
        self.look()
        refund = Refund.objects.get()
        self.assertEqual((refund.state, self.due()), (Refund.State.FAILED, -TWENTY))
        self.assertIsNotNone(self.the_booking().cancelled_at)
        self.assertIn("did not arrive", mail.outbox[-1].body)
        ask_again(refund_id=refund.pk, now=timezone.now())
        self.work()
        self.assertEqual(self.there(), [(2000, "failed"), (2000, "succeeded")])
        self.assertEqual((Refund.objects.get().state, self.due()), (Refund.State.DONE, 0))

    def test_one_that_waits_for_balance(self) -> None:
        self.account.balance = 0
        self.give_back()
        self.assertEqual(Refund.objects.get().state, Refund.State.SENT)
        self.account.settle_refund(self.account.refunds()[0])
        self.look()
        self.assertEqual((Refund.objects.get().state, self.due()), (Refund.State.DONE, 0))

    def test_one_that_is_refused_for_want_of_balance(self) -> None:
        self.account.balance, self.account.refuses_debts = 0, True
        self.give_back()
        refund = Refund.objects.get()
        self.assertEqual((refund.state, self.due()), (Refund.State.FAILED, -TWENTY))
        self.assertIn("Insufficient funds", refund.reason)

    def test_rest_of_a_promise_that_was_let_go_is_no_refund(self) -> None:
        payment = self.begin(3, 4)
        self.account.pay(payment.reference)
        finish(payment.pk, now=timezone.now())
        payment.refresh_from_db()
        assert payment.booking_id is not None
        cancel_booking(
            booking_id=payment.booking_id, user=None, now=timezone.now(), seat_numbers=[3]
        )
        settle(booking_id=payment.booking_id, now=timezone.now())
        self.work()
        self.tell()
        self.work()
        payment.refresh_from_db()
        look_at(payment, now=timezone.now())
        booking = Booking.objects.get(pk=payment.booking_id)
        self.assertEqual((payment.captured, account_of(booking).due), (Decimal("10.00"), 0))
        self.assertFalse(Refund.objects.exists())

    def test_made_on_stripes_own_site(self) -> None:
        self.account.refund({"payment_intent": self.intent()["id"], "amount": "500"})
        self.account.refund({"payment_intent": self.intent()["id"], "amount": "1500"})
        self.tell(*reversed(self.server.notices()))
        self.work()
        self.assertEqual(self.due(), TWENTY)
        self.give_back()
        self.assertEqual((len(self.account.refunds()), self.due()), (2, 0))

    def test_disputed_money_is_not_sent_back(self) -> None:
        dispute = self.account.dispute(self.intent())
        self.look()
        self.give_back()
        self.assertEqual((self.there(), self.due()), ([], -TWENTY))
        self.account.close_dispute(dispute, "won")
        self.look()
        self.assertEqual((self.there(), self.due()), ([(2000, "succeeded")], 0))

    def test_money_lost_to_a_dispute_is_gone_once(self) -> None:
        dispute = self.account.dispute(self.intent())
        self.account.close_dispute(dispute, "lost")
        opened, lost = self.server.notices()
        self.tell(lost, opened, lost)
        self.work()
        self.assertEqual(self.due(), TWENTY)
        self.give_back()
        self.assertEqual((self.there(), self.due()), ([], 0))

    def test_way_that_is_not_offered_any_more_is_heard(self) -> None:
        with override_settings(PAYMENTS=["counter"]):
            self.account.refund({"payment_intent": self.intent()["id"], "amount": "2000"})
            self.tell()
            self.work()
        self.assertEqual(Refund.objects.get().amount, TWENTY)

    def test_old_success_revives_nothing(self) -> None:
        self.give_back()
        book_seats(
            show_id=self.show.pk,
            seat_numbers=[1, 2],
            user=factories.user(),
            now=timezone.now(),
        )
        self.tell(*self.account.events)
        self.work()
        self.assertEqual(Booking.objects.filter(cancelled_at=None).count(), 1)
        self.assertEqual(self.there(), [(2000, "succeeded")])
        check_books(self, self.show.pk)
