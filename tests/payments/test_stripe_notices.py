"""What Stripe tells: only what it has signed is read, and of that only whom it is about."""

import json
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.http import HttpRequest
from django.test import override_settings, tag

from payments.models import Payment
from payments.providers import BadSignature, Notification
from payments.providers.stripe import TOLERANCE, Stripe
from tests.payments.stripe_case import KEYS, StripeCase, refund_of
from tests.payments.stripe_server import signed

EVENT = {
    "id": "evt_1",
    "type": "payment_intent.succeeded",
    "livemode": False,
    "data": {"object": {"object": "payment_intent", "id": "pi_1", "metadata": {}}},
}


def headers_with(signature: str) -> Any:
    """Return headers as a view has them."""
    request = HttpRequest()
    request.META["HTTP_STRIPE_SIGNATURE"] = signature
    return request.headers


@tag("once")
class StripeNoticeTests(StripeCase):
    def parse(self, body: bytes, signature: str | None = None) -> Notification:
        """Have a body read; it is signed as it should be unless the test says otherwise."""
        header = signed(body) if signature is None else signature
        return self.provider.parse(body, headers_with(header))

    def told(self) -> Iterator[Notification]:
        """Yield what the new events say."""
        for event in self.server.notices():
            yield self.parse(json.dumps(event).encode())

    def test_every_notice_names_its_payment(self) -> None:
        paid = self.captured()
        [intent] = self.account.intents()
        refund = refund_of(paid)
        self.provider.refund(refund)
        self.account.fail_refund(self.account.refunds()[0])
        self.account.close_dispute(self.account.dispute(intent), "lost")
        told = list(self.told())
        [session] = self.account.things["checkout.session"]
        pk, by_intent = paid.pk, paid.reference
        self.assertEqual(
            [(one.kind, one.payment_id, one.reference) for one in told],
            [
                ("payment_intent.amount_capturable_updated", pk, by_intent),
                ("checkout.session.completed", pk, session),
                ("payment_intent.succeeded", pk, by_intent),
                ("refund.created", pk, by_intent),
                ("refund.failed", pk, by_intent),
                ("charge.dispute.created", None, by_intent),
                ("charge.dispute.closed", None, by_intent),
            ],
        )
        self.assertEqual(len({one.id for one in told}), len(told))
        self.assertTrue(all(one.is_live for one in told))

    def test_signature_is_over_the_bytes_that_came(self) -> None:
        event = json.dumps(EVENT | {"note": "Zoë’s 東京"}, ensure_ascii=False)
        body = (" \n" + event.replace(":", " :  ")).encode()
        self.assertEqual(self.parse(body).id, "evt_1")
        signature = signed(body)
        for changed in (
            body.strip(),
            body.replace("Zoë".encode(), b"Zoe"),
            json.dumps(json.loads(body)).encode(),
            body[:-1] + b"\xff",
        ):
            with self.subTest(changed=changed[:40]), self.assertRaises(BadSignature):
                self.parse(changed, signature)

    def test_what_is_not_signed_or_not_lately_is_refused(self) -> None:
        body = json.dumps(EVENT).encode()
        now = time.time()
        for why, header in {
            "none": "",
            "no scheme": f"t={int(now)}",
            "no time": signed(body).partition(",")[2],
            "words": "t=now,v1=é",
            "odd letters": f"t={int(now)},v1=é",
            "another secret": signed(body, secret="whsec_other"),
            "another time": signed(body, at=now - 1).replace(f"t={int(now - 1)}", f"t={int(now)}"),
            "too old": signed(body, at=now - TOLERANCE - 5),
        }.items():
            with self.subTest(why), self.assertRaises(BadSignature):
                self.parse(body, header)
        self.assertEqual(self.parse(body, signed(body, at=now - TOLERANCE + 60)).id, "evt_1")

    def test_without_a_secret_nothing_is_signed(self) -> None:
        body = json.dumps(EVENT).encode()
        with override_settings(STRIPE_WEBHOOK_SECRET=""):
            provider = Stripe({"api": self.server.url})
        with self.assertRaises(BadSignature):
            provider.parse(body, headers_with(signed(body, secret="")))

    def test_what_is_signed_and_no_event_is_refused(self) -> None:
        for body in (b"", b"no JSON", b"[]", b"1", b'{"object": "event"}'):
            with self.subTest(body), self.assertRaises(BadSignature):
                self.parse(body)

    def test_event_of_the_other_mode_is_a_test(self) -> None:
        body, live = (json.dumps(EVENT | {"livemode": mode}).encode() for mode in (False, True))
        self.assertTrue(self.parse(body).is_live)
        self.assertFalse(self.parse(live).is_live)
        with override_settings(**KEYS | {"STRIPE_SECRET_KEY": "sk_live_of_front_row"}):
            self.provider = Stripe({"api": self.server.url})
        self.assertFalse(self.parse(body).is_live)
        self.assertTrue(self.parse(live).is_live)

    def test_event_of_another_site_names_nothing_of_ours(self) -> None:
        with override_settings(SITE_URL="https://other.example"):
            self.captured()
        self.assertEqual({(one.payment_id, one.reference) for one in self.told()}, {(None, "")})

    def test_event_that_we_do_not_know_is_read_as_far_as_it_goes(self) -> None:
        strange = {
            "id": "evt_2",
            "type": "payment_intent.dreamt_of",
            "livemode": False,
            "api_version": "2031-01-01.zinnia",
            "colour": {"of": ["nothing"]},
        }
        odd_metadata = {"front_row_payment": "12x", "front_row_site": None}
        for about, payment_id, reference in (
            ({"object": "payment_intent", "id": "pi_9", "charges": None}, None, "pi_9"),
            ({"object": "payment_intent", "id": "pi_9", "metadata": odd_metadata}, None, ""),
            ({"object": "charge", "payment_intent": "pi_9", "metadata": None}, None, "pi_9"),
            ({"object": "charge", "payment_intent": {"id": "pi_9"}}, None, ""),
            ({"object": "nebula"}, None, ""),
            ({}, None, ""),
        ):
            with self.subTest(about):
                told = self.parse(json.dumps(strange | {"data": {"object": about}}).encode())
                self.assertEqual(
                    (told.id, told.payment_id, told.reference), ("evt_2", payment_id, reference)
                )

    def test_no_number_is_too_great(self) -> None:
        body = json.dumps(EVENT).replace("{}", '{"front_row_payment": "%s"}' % ("9" * 400))
        self.assertIsNone(self.parse(body.encode()).payment_id)

    def test_nobody_is_asked_about_a_notice(self) -> None:
        with mock.patch.object(Payment, "objects") as rows:
            self.parse(json.dumps(EVENT).encode())
        self.assertEqual((self.server.requests, rows.mock_calls), ([], []))
