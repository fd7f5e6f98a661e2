"""A site whose provider is the real SDK, which talks to the pretended Stripe."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from booking.models import Movie, Show
from payments.models import Payment, Refund
from payments.providers.stripe import Stripe
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer

KEYS = {"STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
PAGE = "https://cinema.example/pay/1/"


class StripeCase(SimpleTestCase):
    """Has a pretended Stripe as `server` and `account`, and the provider that talks to it."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(override_settings(**KEYS))
        self.server = self.enterContext(StripeServer())
        self.account = self.server.account
        self.provider = Stripe({"api": self.server.url})

    def started(self, **fields: Any) -> Payment:
        """Begin a payment, and note what the provider says."""
        begun = payment(**fields)
        begun.reference = self.provider.start(begun, success_url=PAGE, cancel_url=PAGE).reference
        return begun

    def authorised(self, **fields: Any) -> Payment:
        """Begin one, and pay."""
        begun = self.started(**fields)
        self.account.pay(begun.reference)
        return begun

    def captured(self, **fields: Any) -> Payment:
        """Begin one, pay, and have the money taken."""
        paid = self.authorised(**fields)
        paid.reference = self.provider.capture(paid, paid.amount).reference
        return paid

    def captures(self) -> int:
        """Return how many captures were asked for."""
        return sum(path.endswith("/capture") for _, path in self.server.requests)


def payment(**fields: Any) -> Payment:
    """Return a payment of 20.00 that begins now, and is in no database."""
    now = timezone.now()
    fields = {
        "amount": Decimal("20.00"),
        "currency": "EUR",
        "show": Show(movie=Movie(title="Blade Runner")),
        "created_at": now,
        "until": now + timedelta(minutes=10),
    } | fields
    return Payment(**fields)


def refund_of(paid: Payment, amount: str = "20.00", **fields: Any) -> Refund:
    """Return a refund that is asked for now, and is in no database."""
    fields = {"asked_at": timezone.now()} | fields
    return Refund(payment=paid, amount=Decimal(amount), **fields)
