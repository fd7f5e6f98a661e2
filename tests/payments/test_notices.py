"""What providers tell: stored once, believed only as far as where to look."""

import json
from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from booking.models import Booking, Taking
from foundation.outbox.models import Message
from foundation.web.parsers import MAX_BODY_BYTES
from payments.models import Notice, Payment
from payments.providers import pretend
from payments.providers.pretend import GOOD_FOR_SECONDS, HEADER, header_of, signed
from payments.services.notices import PATIENCE
from tests.payments.case import Paying, later

URL = "/api/payments/notify/pretend/"
State = Payment.State


@override_settings(ALLOWED_HOSTS=["testserver"])
class NoticeTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def send(self, body: bytes, headers: dict[str, str], *, url: str = URL) -> int:
        response: Any = self.client.post(
            url, data=body, content_type="application/json", headers=headers
        )
        return int(response.status_code)

    def tell(self, **told: Any) -> int:
        return self.send(*signed({"id": "n1", "kind": "payment", **told}))

    def authorised(self) -> Payment:
        """Return a payment that is promised, of which nobody has told."""
        payment = self.start(self.hold(1))
        self.use(payment, pretend.NEVER)
        return payment

    def test_told_twice_it_is_stored_and_done_once(self) -> None:
        payment = self.authorised()
        for _ in range(2):
            self.assertEqual(self.tell(payment=payment.pk), 204)
        self.work()
        self.assertEqual(self.tell(payment=payment.pk), 204)
        self.assertEqual(self.tell(payment=payment.pk, id="n2"), 204)
        self.work()
        self.assertEqual((Notice.objects.count(), Booking.objects.count()), (2, 1))
        self.assertEqual(len(mail.outbox), 1)
        self.assertEqual(Taking.objects.count(), 1)
        self.assertFalse(Notice.objects.filter(handled_at=None).exists())

    def test_time_that_no_clock_shows_is_no_signature(self) -> None:
        body, _ = signed({"id": "n1", "kind": "payment"})
        self.assertEqual(self.send(body, {HEADER: f"{'1' * 5000},x"}), 400)

    def test_told_before_we_know_its_name(self) -> None:
        payment = self.authorised()
        known = payment.reference
        Payment.objects.update(reference="")
        self.assertEqual(self.tell(reference=known), 204)
        self.work()
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(Notice.objects.get().handled_at, None)
        Payment.objects.update(reference=known)
        self.retry()
        self.assertEqual(Booking.objects.count(), 1)
        self.assertIsNotNone(Notice.objects.get().handled_at)

    def test_body_is_verified_as_it_came(self) -> None:
        payment = self.authorised()
        told = {"id": "ñ", "kind": "zahlung", "payment": payment.pk, "new": {"charges": None}}
        body = json.dumps(told, ensure_ascii=False, indent=3).replace(":", " :  ").encode()
        self.assertEqual(self.send(body, {HEADER: header_of(body)}), 204)
        self.work()
        self.assertEqual(Booking.objects.count(), 1)

    def test_what_nobody_signed_is_refused_and_not_stored(self) -> None:
        payment = self.authorised()
        body, headers = signed({"id": "n1", "kind": "payment", "payment": payment.pk})
        old = timezone.now() - timedelta(seconds=GOOD_FOR_SECONDS + 2)
        for wrong, said in (
            (body.replace(b"n1", b"n2"), headers),
            (body, {}),
            (body, {HEADER: "now,then"}),
            (body, {HEADER: header_of(body, at=old)}),
            (body, {HEADER: "1,é"}),
            (b"[]", {HEADER: header_of(b"[]")}),
            (b"\xff", {HEADER: header_of(b"\xff")}),
        ):
            with self.subTest(wrong, said=said):
                self.assertEqual(self.send(wrong, said), 400)
        self.assertFalse(Notice.objects.exists())

    def test_tests_of_the_provider_have_no_effect(self) -> None:
        payment = self.authorised()
        self.assertEqual(self.tell(payment=payment.pk, live=False), 204)
        self.work()
        self.assertFalse(Booking.objects.exists() or Notice.objects.exists())

    def test_what_is_about_another_site_is_left_alone(self) -> None:
        self.assertEqual(self.tell(payment=1, reference="another's"), 204)
        self.work()
        with self.at(later(minutes=1) + PATIENCE):
            self.retry()
        self.assertIsNotNone(Notice.objects.get().handled_at)
        self.assertFalse(Message.objects.filter(failed_at__isnull=False).exists())

    def test_of_a_failed_payment_nothing_revives(self) -> None:
        payment = self.start(self.hold(1))
        self.use(payment, pretend.DECLINED)
        self.work()
        self.tell(payment=payment.pk, id="late")
        self.work()
        payment.refresh_from_db()
        self.assertEqual((payment.state, Booking.objects.count()), (State.FAILED, 0))

    def test_disputes_are_learnt_of(self) -> None:
        payment = self.paid(1, card=pretend.DISPUTED)
        self.tell(payment=payment.pk, id="dispute", kind="dispute")
        self.work()
        payment.refresh_from_db()
        self.assertIsNotNone(payment.disputed_at)

    def test_other_places_are_none(self) -> None:
        body, headers = signed({"id": "n1", "kind": "payment"})
        for provider in ("counter", "stripe", "nobody"):
            url = f"/api/payments/notify/{provider}/"
            self.assertEqual(self.send(body, headers, url=url), 404)
        with override_settings(PAYMENTS=["counter"]):
            self.assertEqual(self.send(body, headers), 404)
        self.assertEqual(self.send(b" " * (MAX_BODY_BYTES + 1), headers), 413)
        self.assertEqual(self.client.get(URL).status_code, 405)

    @override_settings(THROTTLES=True)
    def test_no_limit_drops_what_a_provider_tells(self) -> None:
        payment = self.authorised()
        with override_settings(REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": {"client": "1/min"}}):
            told = [self.tell(payment=payment.pk, id=f"n{n}") for n in range(5)]
        self.assertEqual(told, [204] * 5)
