"""The provider: the real SDK against the pretended Stripe (`tests.payments.stripe_server`)."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.test import SimpleTestCase, override_settings, tag
from django.utils import timezone

from payments.providers import Declined, Dispute, RefundStatus, Status, Unreachable
from payments.providers.money import from_units, to_units
from payments.providers.stripe import API_VERSION, TIMEOUT, Stripe
from tests.payments.stripe_case import PAGE, StripeCase, payment, refund_of
from tests.payments.stripe_server import HANGS_SECONDS

TWENTY = Decimal("20.00")


@tag("once")
class StripePaymentTests(StripeCase):
    def test_checkout_asks_for_the_amount_and_names_the_payment(self) -> None:
        begun = payment()
        started = self.provider.start(begun, success_url=PAGE, cancel_url=PAGE)
        session = self.account.things["checkout.session"][started.reference]
        self.assertEqual(started.url, session["url"])
        self.assertEqual((session["amount_total"], session["currency"]), (2000, "eur"))
        self.assertEqual(session["metadata"]["front_row_payment"], str(begun.pk))
        self.assertEqual(session["payment_intent_data"]["metadata"], session["metadata"])
        self.assertEqual(session["success_url"], PAGE)
        self.assertEqual(self.server.versions, {API_VERSION})

    def test_checkout_begun_again_is_the_same(self) -> None:
        begun = payment()
        self.server.faults["/sessions"] = "lost"
        with self.assertRaises(Unreachable):
            self.provider.start(begun, success_url=PAGE, cancel_url=PAGE)
        again = self.provider.start(begun, success_url=PAGE, cancel_url=PAGE)
        self.assertEqual([*self.account.things["checkout.session"]], [again.reference])

    def test_checkout_whose_answer_was_lost_is_found_by_its_payment(self) -> None:
        begun = payment()
        self.started()
        self.server.faults["/sessions"] = "lost"
        with self.assertRaises(Unreachable):
            self.provider.start(begun, success_url=PAGE, cancel_url=PAGE)
        self.started()
        [_, lost, _] = self.account.things["checkout.session"]
        self.assertEqual(self.provider.look_up(begun).reference, lost)
        self.account.pay(lost)
        self.assertEqual(self.provider.look_up(begun).status, Status.AUTHORISED)

    def test_payment_that_never_began_is_open_and_can_be_cancelled(self) -> None:
        self.assertEqual(self.provider.look_up(payment()).status, Status.OPEN)
        self.assertEqual(self.provider.cancel(payment()).status, Status.CANCELLED)

    def test_hanging_server_keeps_nobody_waiting(self) -> None:
        self.server.faults["/sessions"] = "hangs"
        with mock.patch("payments.providers.stripe.TIMEOUT", TIMEOUT):
            provider = Stripe({"api": self.server.url})
        with self.assertRaises(Unreachable):
            provider.start(payment(), success_url=PAGE, cancel_url=PAGE)
        self.assertTrue(self.server.hanging.wait(HANGS_SECONDS))
        self.assertEqual(len(self.server.requests), 1)

    def test_amount_that_stripe_finds_too_small_is_declined(self) -> None:
        with self.assertRaisesMessage(Declined, "at least €0.50"):
            self.started(amount=Decimal("0.30"))

    def test_declined_card_leaves_the_checkout_open_for_another(self) -> None:
        begun = self.started()
        self.account.decline(begun.reference)
        seen = self.provider.look_up(begun)
        self.assertEqual((seen.status, seen.reference), (Status.OPEN, begun.reference))
        self.assertEqual(seen.reason, "The card was declined.")
        self.account.pay(begun.reference)
        self.assertEqual(self.provider.look_up(begun).status, Status.AUTHORISED)

    def test_promise_is_captured_once(self) -> None:
        paid = self.authorised()
        seen = self.provider.look_up(paid)
        self.assertEqual(
            (seen.status, seen.amount_authorised, seen.amount_captured),
            (Status.AUTHORISED, TWENTY, 0),
        )
        [intent] = self.account.intents()
        for _ in range(2):
            seen = self.provider.capture(paid, TWENTY)
            self.assertEqual(
                (seen.status, seen.amount_captured, seen.reference),
                (Status.CAPTURED, TWENTY, intent["id"]),
            )
        self.assertEqual(self.captures(), 1)

    def test_less_can_be_captured_than_was_promised(self) -> None:
        paid = self.authorised()
        seen = self.provider.capture(paid, Decimal("12.50"))
        self.assertEqual((seen.status, seen.amount_captured), (Status.CAPTURED, Decimal("12.50")))
        self.assertEqual(seen.outside, {})
        [intent] = self.account.intents()
        there = self.account.refund({"payment_intent": intent["id"], "amount": "750"})
        self.assertEqual(self.provider.look_up(paid).outside, {there["id"]: Decimal("7.50")})

    def test_capture_whose_answer_was_lost_is_not_made_again(self) -> None:
        paid = self.authorised()
        self.server.faults["/capture"] = "lost"
        with self.assertRaises(Unreachable):
            self.provider.capture(paid, TWENTY)
        self.assertEqual(self.provider.capture(paid, TWENTY).amount_captured, TWENTY)
        self.assertEqual(self.captures(), 1)

    def test_capture_that_another_worker_made_meanwhile_is_looked_up(self) -> None:
        paid = self.authorised()
        [intent] = self.account.intents()
        self.server.meanwhile = lambda: self.account.capture(intent, {})
        with self.assertRaises(Unreachable):
            self.provider.capture(paid, TWENTY)
        self.assertEqual(self.provider.capture(paid, TWENTY).status, Status.CAPTURED)

    def test_lapsed_promise_is_declined_for_good(self) -> None:
        paid = self.authorised()
        self.account.lapse(self.account.intents()[0])
        with self.assertRaisesMessage(Declined, "lapsed"):
            self.provider.capture(paid, TWENTY)
        self.assertEqual(self.provider.look_up(paid).status, Status.CANCELLED)

    def test_server_that_is_down_decides_nothing(self) -> None:
        paid = self.authorised()
        self.server.faults["/capture"] = "down"
        with self.assertRaises(Unreachable):
            self.provider.capture(paid, TWENTY)
        self.assertEqual(self.provider.capture(paid, TWENTY).status, Status.CAPTURED)

    def test_keys_of_another_account_decide_nothing(self) -> None:
        paid = self.authorised()
        self.account.things["checkout.session"].clear()
        with self.assertRaises(Unreachable):
            self.provider.look_up(paid)
        with override_settings(STRIPE_SECRET_KEY="sk_test_wrong"):
            stranger = Stripe({"api": self.server.url})
        with self.assertRaises(Unreachable):
            stranger.look_up(paid)

    def test_cancelled_checkout_takes_no_card_any_more(self) -> None:
        begun = self.started()
        self.account.decline(begun.reference)
        for _ in range(2):
            self.assertEqual(self.provider.cancel(begun).status, Status.CANCELLED)
        [session] = self.account.things["checkout.session"].values()
        self.assertEqual(session["status"], "expired")

    def test_cancelled_promise_is_let_go(self) -> None:
        paid = self.authorised()
        for _ in range(2):
            self.assertEqual(self.provider.cancel(paid).status, Status.CANCELLED)
        [intent] = self.account.intents()
        self.assertEqual((intent["status"], intent["amount_capturable"]), ("canceled", 0))

    def test_checkout_that_is_paid_while_it_is_cancelled_is_let_go_too(self) -> None:
        begun = self.started()
        self.server.meanwhile = lambda: self.account.pay(begun.reference)
        self.assertEqual(self.provider.cancel(begun).status, Status.CANCELLED)
        self.assertEqual(self.account.intents()[0]["status"], "canceled")

    def test_money_that_was_taken_is_not_cancelled(self) -> None:
        self.assertEqual(self.provider.cancel(self.captured()).status, Status.CAPTURED)


@tag("once")
class StripeRefundTests(StripeCase):
    """With a captured payment as `paid`."""

    def setUp(self) -> None:
        super().setUp()
        self.paid = self.captured()

    def test_refund_is_made_once_for_each_attempt(self) -> None:
        refund = refund_of(self.paid, "5.00")
        self.server.faults["/refunds"] = "lost"
        with self.assertRaises(Unreachable):
            self.provider.refund(refund)
        for seen in (self.provider.refund(refund), self.provider.look_up_refund(refund)):
            self.assertEqual(seen.status, RefundStatus.DONE)
        [there] = self.account.refunds()
        self.assertEqual((there["id"], there["amount"]), (seen.reference, 500))
        self.assertEqual(self.provider.look_up(self.paid).outside, {})

    def test_attempt_after_a_failure_is_a_refund_of_its_own(self) -> None:
        refund = refund_of(self.paid)
        refund.reference = self.provider.refund(refund).reference
        self.account.fail_refund(self.account.refunds()[0])
        seen = self.provider.look_up_refund(refund)
        self.assertEqual(
            (seen.status, seen.reason), (RefundStatus.FAILED, "expired or canceled card")
        )
        refund.attempts, refund.reference = 2, ""
        self.assertEqual(self.provider.refund(refund).status, RefundStatus.DONE)
        self.assertEqual(self.provider.look_up_refund(refund).status, RefundStatus.DONE)

    def test_refund_waits_for_money_on_the_account(self) -> None:
        self.account.balance = 0
        refund = refund_of(self.paid)
        seen = self.provider.refund(refund)
        self.assertEqual((seen.status, seen.reason), (RefundStatus.SENT, "insufficient funds"))
        refund.reference = seen.reference
        self.account.settle_refund(self.account.refunds()[0])
        self.assertEqual(self.provider.look_up_refund(refund).status, RefundStatus.DONE)

    def test_refund_is_declined_where_an_account_makes_no_debts(self) -> None:
        self.account.balance, self.account.refuses_debts = 0, True
        with self.assertRaisesMessage(Declined, "Insufficient funds"):
            self.provider.refund(refund_of(self.paid))
        self.account.balance = 5000
        second = refund_of(self.paid, attempts=2)
        self.assertEqual(self.provider.refund(second).status, RefundStatus.DONE)

    def test_refund_of_more_than_is_left_is_declined(self) -> None:
        self.provider.refund(refund_of(self.paid, "15.00"))
        with self.assertRaisesMessage(Declined, "greater"):
            self.provider.refund(refund_of(self.paid, "5.01"))

    def test_refund_made_on_stripes_own_site_counts(self) -> None:
        [intent] = self.account.intents()
        self.account.refund({"payment_intent": intent["id"], "amount": "700"})
        [there] = self.account.refunds()
        outside = self.provider.look_up(self.paid).outside
        self.assertEqual(outside, {there["id"]: Decimal("7.00")})

    def test_refund_whose_key_stripe_has_forgotten_is_found(self) -> None:
        refund = refund_of(self.paid, "5.00")
        first = self.provider.refund(refund)
        self.server.forget_keys()
        self.assertEqual(self.provider.refund(refund), first)
        self.assertEqual(len(self.account.refunds()), 1)

    def test_disputed_payment_is_not_refunded(self) -> None:
        self.account.dispute(self.account.intents()[0])
        with self.assertRaisesMessage(Declined, "charged back"):
            self.provider.refund(refund_of(self.paid))

    def test_disputes_are_seen_with_what_came_of_them(self) -> None:
        [intent] = self.account.intents()
        self.assertEqual(self.provider.look_up(self.paid).dispute, Dispute.NONE)
        dispute = self.account.dispute(intent)
        self.assertEqual(self.provider.look_up(self.paid).dispute, Dispute.OPEN)
        for outcome in (Dispute.WON, Dispute.LOST):
            self.account.close_dispute(dispute, outcome)
            self.assertEqual(self.provider.look_up(self.paid).dispute, outcome)
        self.account.dispute(intent)
        self.assertEqual(self.provider.look_up(self.paid).dispute, Dispute.OPEN)

    def test_refund_that_stripe_does_not_know_may_be_on_its_way(self) -> None:
        with self.assertRaises(Unreachable):
            self.provider.look_up_refund(refund_of(self.paid))
        long_ago = refund_of(self.paid, asked_at=timezone.now() - timedelta(minutes=6))
        self.assertEqual(self.provider.look_up_refund(long_ago).status, RefundStatus.FAILED)


@tag("once")
class UnitTests(SimpleTestCase):
    def test_amounts_are_in_the_smallest_unit_of_their_currency(self) -> None:
        for amount, currency, units in (
            ("12.50", "EUR", 1250),
            ("1200.00", "JPY", 1200),
            ("1.25", "KWD", 1250),
            ("0", "EUR", 0),
        ):
            with self.subTest(currency):
                self.assertEqual(to_units(Decimal(amount), currency), units)
                self.assertEqual(from_units(units, currency), Decimal(amount))

    def test_no_fraction_of_a_unit_is_cut_off(self) -> None:
        for amount, currency in (("12.505", "EUR"), ("1200.50", "JPY")):
            with self.subTest(currency), self.assertRaises(ValueError):
                to_units(Decimal(amount), currency)
