"""A site that takes cards through the pretended Stripe: the whole way, but for Stripe itself."""

from typing import Any
from unittest import mock

from django.test import TestCase, override_settings
from django.utils import timezone

from booking.models import Booking, Hold
from booking.services.paying import WhichHold
from payments.models import Payment
from payments.providers.registry import provider
from payments.providers.stripe import Stripe
from payments.services.starting import start_payment
from tests.payments.case import GUEST, Paying
from tests.payments.stripe_account import Thing
from tests.payments.stripe_case import KEYS
from tests.payments.stripe_server import StripeServer


class StripeSite(Paying, TestCase):
    """Has a pretended Stripe as `server` and `account`, and a show."""

    def setUp(self) -> None:
        self.enterContext(override_settings(PAYMENTS=["counter", "stripe"], **KEYS))
        self.server = self.enterContext(StripeServer())
        self.account = self.server.account
        here = {"api": self.server.url}
        self.enterContext(mock.patch.object(Stripe.__init__, "__defaults__", (here,)))
        provider.cache_clear()
        self.addCleanup(provider.cache_clear)
        self.set_up()

    def begin(self, *seat_numbers: int, hold: Hold | None = None) -> Payment:
        """Begin to pay for these seats, or for a hold."""
        held = hold or self.hold(*seat_numbers)
        which = WhichHold(token=held.token)
        return start_payment(
            which, way="stripe", buyer=GUEST, client="address:1", now=timezone.now()
        )

    def taken(self, *seat_numbers: int) -> Payment:
        """Begin, pay, and let the money be taken."""
        payment = self.begin(*seat_numbers)
        self.account.pay(payment.reference)
        self.tell()
        self.work()
        payment.refresh_from_db()
        assert payment.state == Payment.State.CAPTURED, payment.state
        return payment

    def tell(self, *events: Thing) -> None:
        """Deliver these events, or all new ones; the site takes each."""
        answers = self.server.deliver(*events, post=self.post)
        self.assertEqual(set(answers), {204} if answers else set())

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a notice to the site, and return the status of its answer."""
        url, sent_as = "/api/payments/notify/stripe/", "application/json; charset=utf-8"
        answer = self.client.post(url, body, content_type=sent_as, headers=headers)
        return int(answer.status_code)

    def the_booking(self) -> Booking:
        return Booking.objects.get()

    def intent(self) -> Any:
        """Return the one intent of the account."""
        [found] = self.account.intents()
        return found
