"""Stripe: the buyer pays on its Checkout page, and we capture when the seats are sold.

A payment is a Checkout Session there, and from the first card on a PaymentIntent, too. Notices
about refunds and disputes name the intent alone, so that is a payment's reference once there is
one. To import this module imports the SDK, which takes 24 MiB: that is done where PAYMENTS names
stripe, or where something is heard of what was paid so before, and nowhere else.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings
from django.utils import timezone

from payments.models import Payment, Refund
from payments.providers import (
    BadSignature,
    Declined,
    Dispute,
    Notification,
    RefundStatus,
    Seen,
    SeenRefund,
    Started,
    Status,
    Unreachable,
)
from payments.providers.money import from_units, to_units
from payments.providers.stripe_answers import (
    PAYMENT,
    REFUND,
    SITE,
    Thing,
    asking,
    dispute_of,
    notification_of,
    outside_of,
    seen_of,
    seen_refund,
)

# What answers look like; that of the SDK, so both change together.
API_VERSION = "2026-10-28.endive"
# In seconds, to connect and for each read: somebody waits for a page while a payment begins.
TIMEOUT = (1, 2)
# Stripe keeps a checkout open for no less, counted from when it hears of it.
SHORTEST_SESSION = timedelta(minutes=30)
CLOCKS_AND_WAYS = timedelta(minutes=5)
# After this, what was not heard of at Stripe is not on its way there either.
ARRIVES_WITHIN = timedelta(minutes=5)
# How old a notice may be, in seconds: one that is sent again is signed again.
TOLERANCE = 300
logger = logging.getLogger(__name__)


class Stripe:
    """Payments by card through Stripe (`payments.providers.Provider`)."""

    label = "Card"
    # Of euros; what else is too small, Stripe says itself.
    least = Decimal("0.50")

    def __init__(self, addresses: Any = None) -> None:
        """Talk to Stripe, or in tests to what pretends to be Stripe at other addresses."""
        self._webhook_secret = settings.STRIPE_WEBHOOK_SECRET
        self._is_live = "_live_" in settings.STRIPE_SECRET_KEY
        self._api = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            stripe_version=API_VERSION,
            base_addresses=addresses,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            # We look first, which the SDK would not.
            max_network_retries=0,
        ).v1

    def start(self, payment: Payment, *, success_url: str, cancel_url: str) -> Started:
        """Open a checkout, which says in its metadata whose it is."""
        units = _units(payment.amount, payment)
        ours = {PAYMENT: str(payment.pk), SITE: settings.SITE_URL}
        closes = max(payment.until, payment.created_at + SHORTEST_SESSION) + CLOCKS_AND_WAYS
        params: Any = {
            "mode": "payment",
            "payment_method_types": ["card"],
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": payment.currency.lower(),
                        "unit_amount": units,
                        "product_data": {"name": f"Tickets for {payment.show.movie.title}"[:250]},
                    },
                }
            ],
            # Whoever pays in another currency would get back another amount.
            "adaptive_pricing": {"enabled": False},
            "client_reference_id": str(payment.pk),
            "metadata": ours,
            "payment_intent_data": {"capture_method": "manual", "metadata": ours},
            "expires_at": int(closes.timestamp()),
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        with asking():
            session = self._api.checkout.sessions.create(
                params, {"idempotency_key": f"{payment.key}-start"}
            )
        return Started(session.id, session.url or "")

    def look_up(self, payment: Payment) -> Seen:
        """Return what session, intent, charge and disputes say together."""
        with asking():
            session, intent = self._find(payment)
            return self._seen(payment, session, intent)

    def capture(self, payment: Payment, amount: Decimal) -> Seen:
        """Capture the intent once, whoever asks how often: Stripe refuses a second time."""
        with asking():
            session, intent = self._find(payment)
            if intent is None or intent["status"] == "canceled":
                raise Declined("The card's promise has lapsed.")
            if intent["status"] == "requires_capture":
                units = _units(amount, payment)
                self._api.payment_intents.capture(intent["id"], {"amount_to_capture": units})
                session, intent = self._find(payment)
            return self._seen(payment, session, intent)

    def cancel(self, payment: Payment) -> Seen:
        """Close the checkout and cancel the intent, whichever there is; money taken stays."""
        with asking():
            session, intent = self._find(payment)
            if session is not None and session["status"] == "open":
                try:
                    self._api.checkout.sessions.expire(session["id"])
                except stripe.InvalidRequestError:
                    # It was completed meanwhile, so there is an intent now.
                    logger.info("%s was paid while it was cancelled", payment)
                session, intent = self._find(payment)
            if intent is not None and intent["status"] == "requires_capture":
                self._api.payment_intents.cancel(intent["id"])
                session, intent = self._find(payment)
            if session is None and intent is None:
                return Seen(Status.CANCELLED, reference=payment.reference)
            return self._seen(payment, session, intent)

    def refund(self, refund: Refund) -> SeenRefund:
        """Send money back, once for each attempt; Stripe forgets keys after a day, so we look."""
        payment = refund.payment
        with asking():
            _, intent = self._find(payment)
            if intent is None:
                raise Declined("Stripe has no charge to refund.")
            if known := self._known(refund, intent):
                return seen_refund(known)
            sent = self._api.refunds.create(
                {
                    "payment_intent": intent["id"],
                    "amount": _units(refund.amount, payment),
                    "metadata": {
                        REFUND: refund.key,
                        PAYMENT: str(payment.pk),
                        SITE: settings.SITE_URL,
                    },
                },
                {"idempotency_key": refund.key},
            )
        return seen_refund(sent.to_dict())

    def look_up_refund(self, refund: Refund) -> SeenRefund:
        """Return how far the present attempt is. Raises Unreachable while it may be on its way."""
        with asking():
            if refund.reference:
                return seen_refund(self._api.refunds.retrieve(refund.reference).to_dict())
            _, intent = self._find(refund.payment)
            if intent is not None and (known := self._known(refund, intent)):
                return seen_refund(known)
        if timezone.now() < refund.asked_at + ARRIVES_WITHIN:
            raise Unreachable("Stripe has not heard of it yet.")
        return SeenRefund(RefundStatus.FAILED, reason="It never reached Stripe.")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verify the very bytes that came, and return which payment they are about."""
        signature = headers.get("Stripe-Signature", "")
        try:
            stripe.WebhookSignature.verify_header(
                body, signature, self._webhook_secret, tolerance=TOLERANCE
            )
            event = json.loads(body)
            return notification_of(event, site=settings.SITE_URL, is_live=self._is_live)
        # Odd bytes in body or header are no signature either.
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            raise BadSignature("Stripe has not signed this, or not lately.") from error

    def _find(self, payment: Payment) -> tuple[Thing | None, Thing | None]:
        """Return the payment's session and intent as they are now, as far as there are any."""
        if payment.reference.startswith("pi_"):
            found = self._api.payment_intents.retrieve(
                payment.reference, {"expand": ["latest_charge"]}
            )
            return None, found.to_dict()
        session_id = payment.reference or self._session_of(payment)
        if not session_id:
            return None, None
        session = self._api.checkout.sessions.retrieve(
            session_id, {"expand": ["payment_intent.latest_charge"]}
        ).to_dict()
        return session, session["payment_intent"]

    def _session_of(self, payment: Payment) -> str:
        """Return the id of the session that a lost answer named, if any began."""
        since = int((payment.created_at - CLOCKS_AND_WAYS).timestamp())
        sessions = self._api.checkout.sessions.list({"created": {"gte": since}, "limit": 100})
        for session in sessions.auto_paging_iter():
            if session.client_reference_id == str(payment.pk):
                return session.id
        return ""

    def _seen(self, payment: Payment, session: Thing | None, intent: Thing | None) -> Seen:
        dispute, outside = Dispute.NONE, {}
        charge = (intent and intent.get("latest_charge")) or {}
        if intent is not None and charge.get("amount_refunded"):
            outside = self._outside(payment, intent)
        if intent is not None and charge.get("disputed"):
            found = self._api.disputes.list({"payment_intent": intent["id"], "limit": 100})
            dispute = dispute_of(one.status for one in found.auto_paging_iter())
        return seen_of(
            session,
            intent,
            before=payment.reference,
            currency=payment.currency,
            dispute=dispute,
            outside=outside,
        )

    def _outside(self, payment: Payment, intent: Thing) -> dict[str, Decimal]:
        noted = payment.captured_at or timezone.now()
        found = outside_of(
            reversed([*self._refunds_of(intent)]),
            let_go=intent["amount"] - intent["amount_received"],
            let_go_by=(noted + CLOCKS_AND_WAYS).timestamp(),
        )
        return {pk: from_units(units, payment.currency) for pk, units in found.items()}

    def _known(self, refund: Refund, intent: Thing) -> Thing | None:
        """Return what Stripe has of the present attempt, if it has heard of it."""
        ours = (one for one in self._refunds_of(intent) if _key_of(one) == refund.key)
        return next(ours, None)

    def _refunds_of(self, intent: Thing) -> Iterator[Thing]:
        found = self._api.refunds.list({"payment_intent": intent["id"], "limit": 100})
        return (one.to_dict() for one in found.auto_paging_iter())


def _key_of(refund: Thing) -> object:
    return (refund.get("metadata") or {}).get(REFUND)


def _units(amount: Decimal, payment: Payment) -> int:
    try:
        return to_units(amount, payment.currency)
    except ValueError as error:
        raise Declined(str(error)) from error
