"""The pretended Stripe has limits, without which to pass against it would say nothing."""

import time
from typing import Any

import stripe
from django.test import SimpleTestCase, tag

from tests.payments.stripe_server import PATIENT, SECRET_KEY, StripeServer


@tag("once")
class StripeServerTests(SimpleTestCase):
    def setUp(self) -> None:
        self.server = self.enterContext(StripeServer())
        self.account = self.server.account
        self.api = self.api_that_waits(PATIENT)

    def api_that_waits(self, timeout: tuple[float, float]) -> Any:
        """Return what waits for so many seconds to connect, and for each read."""
        return stripe.StripeClient(
            SECRET_KEY,
            base_addresses={"api": self.server.url},
            http_client=stripe.RequestsClient(timeout=timeout),
            max_network_retries=0,
        ).v1

    def session(self, amount: int = 2000, key: str = "") -> Any:
        """Open a checkout."""
        price: Any = {"currency": "eur", "unit_amount": amount, "product_data": {"name": "Tickets"}}
        return self.api.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [{"quantity": 1, "price_data": price}],
                "payment_intent_data": {"capture_method": "manual"},
                "expires_at": int(time.time()) + 1900,
                "success_url": "https://example.com/",
            },
            {"idempotency_key": key or f"key-{time.monotonic_ns()}"},
        )

    def authorised(self) -> Any:
        """Let somebody pay a checkout, and return the intent."""
        return self.account.pay(self.session().id)

    def refusal(self, call: Any, *arguments: Any) -> str:
        """Return the code with which a call is refused."""
        with self.assertRaises(stripe.InvalidRequestError) as raised:
            call(*arguments)
        return raised.exception.code or str(raised.exception.user_message)

    def test_key_gives_the_same_answer_to_the_same_question_alone(self) -> None:
        first, again = self.session(key="a"), self.session(key="a")
        self.assertEqual(first.to_dict(), again.to_dict())
        with self.assertRaises(stripe.IdempotencyError):
            self.session(amount=2100, key="a")
        self.assertEqual(len(self.account.things["checkout.session"]), 1)

    def test_intent_is_captured_once_and_no_more_than_was_promised(self) -> None:
        intent = self.authorised()
        capture = self.api.payment_intents.capture
        self.assertEqual(
            self.refusal(capture, intent["id"], {"amount_to_capture": 2001}), "amount_too_large"
        )
        captured = capture(intent["id"], {"amount_to_capture": 1500})
        self.assertEqual(
            (captured.status, captured.amount_received, captured.amount_capturable),
            ("succeeded", 1500, 0),
        )
        unexpected = "payment_intent_unexpected_state"
        self.assertEqual(self.refusal(capture, intent["id"]), unexpected)
        self.assertEqual(self.refusal(self.api.payment_intents.cancel, intent["id"]), unexpected)

    def test_cancelled_intent_is_not_captured(self) -> None:
        intent = self.authorised()
        self.api.payment_intents.cancel(intent["id"])
        self.assertEqual(
            self.refusal(self.api.payment_intents.capture, intent["id"]),
            "payment_intent_unexpected_state",
        )

    def test_refunds_are_never_more_than_was_captured(self) -> None:
        intent = self.authorised()
        refund = self.api.refunds.create
        self.assertIn("successful charge", self.refusal(refund, {"payment_intent": intent["id"]}))
        self.api.payment_intents.capture(intent["id"])
        refund({"payment_intent": intent["id"], "amount": 1500})
        too_much = {"payment_intent": intent["id"], "amount": 501}
        self.assertIn("greater", self.refusal(refund, too_much))
        refund({"payment_intent": intent["id"]})
        self.assertEqual(
            self.refusal(refund, {"payment_intent": intent["id"]}), "charge_already_refunded"
        )

    def test_refund_that_failed_leaves_the_money_to_be_refunded(self) -> None:
        intent = self.authorised()
        self.api.payment_intents.capture(intent["id"])
        failed = self.api.refunds.create({"payment_intent": intent["id"]})
        self.account.fail_refund(self.account.find("refund", failed.id))
        self.assertEqual(self.api.refunds.retrieve(failed.id).status, "failed")
        self.assertEqual(self.api.refunds.create({"payment_intent": intent["id"]}).amount, 2000)

    def test_disputed_charge_is_not_refunded(self) -> None:
        intent = self.authorised()
        self.api.payment_intents.capture(intent["id"])
        self.account.dispute(intent)
        self.assertEqual(
            self.refusal(self.api.refunds.create, {"payment_intent": intent["id"]}),
            "charge_disputed",
        )

    def test_completed_session_does_not_expire(self) -> None:
        session = self.session()
        self.account.decline(session.id)
        self.account.pay(session.id)
        self.assertIn("complete", self.refusal(self.api.checkout.sessions.expire, session.id))

    def test_list_has_pages(self) -> None:
        ids = [self.session().id for _ in range(5)]
        pages = self.api.checkout.sessions.list({"limit": 2}).auto_paging_iter()
        self.assertEqual([one.id for one in pages], ids[::-1])
        self.assertEqual(self.server.requests.count(("GET", "/v1/checkout/sessions")), 3)

    def test_answer_that_is_lost_comes_after_the_deed(self) -> None:
        for fault, patience in {"lost": PATIENT, "hangs": (30, 0.5)}.items():
            with self.subTest(fault):
                intent = self.authorised()
                self.server.faults["/capture"] = fault
                with self.assertRaises(stripe.APIConnectionError):
                    self.api_that_waits(patience).payment_intents.capture(intent["id"])
                self.assertEqual(
                    self.api.payment_intents.retrieve(intent["id"]).status, "succeeded"
                )

    def test_server_that_is_down_does_nothing(self) -> None:
        intent = self.authorised()
        self.server.faults["/capture"] = "down"
        with self.assertRaises(stripe.APIError):
            self.api.payment_intents.capture(intent["id"])
        self.assertEqual(self.api.payment_intents.retrieve(intent["id"]).status, "requires_capture")

    def test_wrong_key_is_refused(self) -> None:
        stranger = stripe.StripeClient("sk_test_x", base_addresses={"api": self.server.url})
        with self.assertRaises(stripe.AuthenticationError):
            stranger.v1.payment_intents.retrieve("pi_1")
