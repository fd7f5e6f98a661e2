"""What a payment provider keeps of one account: sessions, intents, refunds, disputes, events.

It behaves as Stripe's public documentation of its API says, as far as we use it. We wrote it
ourselves, so it proves nothing about Stripe: only that we keep to what we have read there.
"""

import time
from collections import defaultdict
from itertools import count
from typing import Any

Thing = dict[str, Any]


class Refused(Exception):
    """An answer that is an error, as the API describes it."""

    def __init__(self, message: str, *, status: int = 400, **error: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message} | error


class StripeAccount:
    """The objects by their ids, and what buyers, banks and the passing of time do to them.

    `events` are the notices that came of it, the oldest first. `balance` is what refunds are paid
    from, where one is set; one that it can't pay for waits, unless the account `refuses_debts`.
    """

    def __init__(self, *, livemode: bool = False) -> None:
        self.livemode = livemode
        self.events: list[Thing] = []
        self.balance: int | None = None
        self.refuses_debts = False
        self.things: dict[str, dict[str, Thing]] = defaultdict(dict)
        self._serial = count(1)
        self._never_taken: set[str] = set()

    # What the API does

    def create_session(self, asked: Thing) -> Thing:
        """Open a checkout; its intent comes with the first card."""
        for name in ("mode", "success_url", "line_items"):
            if name not in asked:
                raise Refused(f"Missing required param: {name}.", param=name)
        if not time.time() + 30 * 60 <= int(asked["expires_at"]) + 5 <= time.time() + 86_400:
            raise Refused("expires_at must be 30 minutes to 24 hours from now.", param="expires_at")
        [item] = asked["line_items"]
        price = item["price_data"]
        if int(price["unit_amount"]) < 50:
            message = "The Checkout Session's total amount due must add up to at least €0.50"
            raise Refused(message, code="amount_too_small")
        session = self._new("checkout.session", "cs_test_")
        return self._set(
            session,
            amount_total=int(price["unit_amount"]) * int(item["quantity"]),
            currency=price["currency"],
            client_reference_id=asked.get("client_reference_id"),
            expires_at=int(asked["expires_at"]),
            metadata=asked.get("metadata", {}),
            payment_intent=None,
            payment_intent_data=asked.get("payment_intent_data", {}),
            payment_status="unpaid",
            status="open",
            success_url=asked["success_url"],
            url=f"https://checkout.stripe.invalid/{session['id']}",
        )

    def expire_session(self, session: Thing) -> Thing:
        """End a checkout that nobody has completed, and its intent with it."""
        if session["status"] != "open":
            raise Refused(f"Only open sessions can be expired; this is {session['status']}.")
        self._set(session, status="expired", url=None)
        if session["payment_intent"]:
            self._cancel(self.things["payment_intent"][session["payment_intent"]], "automatic")
        self._tell("checkout.session.expired", session)
        return session

    def capture(self, intent: Thing, asked: Thing) -> Thing:
        """Take what was authorised, or less: then the rest is let go."""
        self._expect(intent, "captured", "requires_capture")
        amount = int(asked.get("amount_to_capture") or intent["amount_capturable"])
        if not 0 < amount <= intent["amount_capturable"]:
            raise Refused(
                "amount_to_capture is more than amount_capturable.", code="amount_too_large"
            )
        if rest := intent["amount_capturable"] - amount:
            self._let_go(intent, rest)
        self._set(intent, status="succeeded", amount_capturable=0, amount_received=amount)
        if self.balance is not None:
            self.balance += amount
        self._tell("payment_intent.succeeded", intent)
        return intent

    def cancel(self, intent: Thing) -> Thing:
        """Let go of what was authorised, or end what nobody has paid."""
        self._expect(
            intent, "canceled", "requires_payment_method", "requires_action", "requires_capture"
        )
        return self._cancel(intent, "requested_by_customer")

    def refund(self, asked: Thing) -> Thing:
        """Give money back, as far as any is left."""
        intent = self.find("payment_intent", asked["payment_intent"])
        if intent["status"] != "succeeded":
            raise Refused("This PaymentIntent does not have a successful charge to refund.")
        if any(one["status"] != "won" for one in self.disputes_of(intent)):
            raise Refused("The charge has been charged back.", code="charge_disputed")
        left = intent["amount_received"] - self.refunded(intent)
        if left == 0:
            raise Refused("The charge has already been refunded.", code="charge_already_refunded")
        amount = int(asked.get("amount", left))
        if not 0 < amount <= left:
            raise Refused("The refund is greater than the unrefunded amount.", param="amount")
        is_covered = self.balance is None or amount <= self.balance
        if not is_covered and self.refuses_debts:
            raise Refused("Insufficient funds in your account.", code="balance_insufficient")
        refund = self._new("refund", "re_")
        self._set(
            refund,
            amount=amount,
            currency=intent["currency"],
            metadata=asked.get("metadata", {}),
            payment_intent=intent["id"],
            failure_reason=None,
            pending_reason=None if is_covered else "insufficient_funds",
            status="succeeded" if is_covered else "pending",
        )
        if is_covered and self.balance is not None:
            self.balance -= amount
        self._tell("refund.created", refund)
        return refund

    # What others do

    def pay(self, session_id: str) -> Thing:
        """Let the buyer's bank promise the money: the intent waits to be captured."""
        session, intent = self._card_for(session_id)
        self._set(intent, status="requires_capture", amount_capturable=intent["amount"])
        self._set(session, status="complete", url=None)
        self._tell("payment_intent.amount_capturable_updated", intent)
        self._tell("checkout.session.completed", session)
        return intent

    def decline(self, session_id: str, code: str = "insufficient_funds") -> Thing:
        """Let the buyer's bank refuse the card; the buyer may take another one."""
        _, intent = self._card_for(session_id)
        error = {"type": "card_error", "code": "card_declined", "decline_code": code}
        self._set(intent, status="requires_payment_method", last_payment_error=error)
        self._tell("payment_intent.payment_failed", intent)
        return intent

    def lapse(self, intent: Thing) -> None:
        """Let an authorisation end that nobody has captured for days."""
        self._cancel(intent, "automatic")

    def fail_refund(self, refund: Thing, why: str = "expired_or_canceled_card") -> None:
        """Let the bank send back what was refunded."""
        if refund["status"] == "succeeded" and self.balance is not None:
            self.balance += refund["amount"]
        self._set(refund, status="failed", failure_reason=why)
        self._tell("refund.failed", refund)

    def settle_refund(self, refund: Thing) -> None:
        """Send a refund that waited for money."""
        self._set(refund, status="succeeded", pending_reason=None)
        self._tell("refund.updated", refund)

    def dispute(self, intent: Thing) -> Thing:
        """Let the buyer have the bank take the money back."""
        dispute = self._new("dispute", "du_")
        self._set(
            dispute,
            amount=intent["amount_received"],
            payment_intent=intent["id"],
            status="needs_response",
        )
        self._tell("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute: Thing, status: str) -> None:
        """Let the bank decide it: `won` or `lost`, as the cinema sees it."""
        self._set(dispute, status=status)
        self._tell("charge.dispute.closed", dispute)

    # What there is

    def find(self, kind: str, pk: str) -> Thing:
        """Return an object of the account."""
        if pk not in self.things[kind]:
            message = f"No such {kind}: '{pk}'"
            raise Refused(message, status=404, code="resource_missing")
        return self.things[kind][pk]

    def intents(self) -> list[Thing]:
        """Return all intents, the oldest first."""
        return list(self.things["payment_intent"].values())

    def refunds(self) -> list[Thing]:
        """Return all refunds of what was taken, the oldest first."""
        refunds = self.things["refund"].values()
        return [one for one in refunds if one["id"] not in self._never_taken]

    def disputes_of(self, intent: Thing) -> list[Thing]:
        """Return the disputes about an intent."""
        disputes = self.things["dispute"].values()
        return [one for one in disputes if one["payment_intent"] == intent["id"]]

    def refunded(self, intent: Thing) -> int:
        """Return how much of an intent was given back, or will be."""
        ended = ("failed", "canceled")
        return sum(
            one["amount"]
            for one in self.refunds()
            if one["payment_intent"] == intent["id"] and one["status"] not in ended
        )

    def charge_of(self, intent: Thing) -> Thing:
        """Return the charge that the last card of an intent made."""
        return {
            "id": intent["latest_charge"],
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount_received"],
            "amount_refunded": self.refunded(intent) + self._rest(intent),
            "disputed": bool(self.disputes_of(intent)),
            "payment_intent": intent["id"],
        }

    def _let_go(self, intent: Thing, rest: int) -> None:
        """Give up what was promised and is not captured: among the refunds there is one of it."""
        refund = self._new("refund", "re_")
        self._never_taken.add(refund["id"])
        self._set(
            refund,
            amount=rest,
            currency=intent["currency"],
            metadata={},
            payment_intent=intent["id"],
            status="succeeded",
        )

    def _rest(self, intent: Thing) -> int:
        is_taken = intent["status"] == "succeeded"
        return intent["amount"] - intent["amount_received"] if is_taken else 0

    def _card_for(self, session_id: str) -> tuple[Thing, Thing]:
        session = self.find("checkout.session", session_id)
        assert session["status"] == "open", "No card is taken where the checkout has ended."
        if session["payment_intent"] is None:
            data = session["payment_intent_data"]
            assert data.get("capture_method") == "manual", "It would capture at once."
            intent = self._new("payment_intent", "pi_")
            self._set(
                intent,
                amount=session["amount_total"],
                amount_capturable=0,
                amount_received=0,
                capture_method="manual",
                currency=session["currency"],
                last_payment_error=None,
                latest_charge=f"ch_{next(self._serial):06}",
                metadata=data.get("metadata", {}),
                status="requires_payment_method",
            )
            session["payment_intent"] = intent["id"]
        return session, self.things["payment_intent"][session["payment_intent"]]

    def _cancel(self, intent: Thing, why: str) -> Thing:
        self._set(intent, status="canceled", amount_capturable=0, cancellation_reason=why)
        self._tell("payment_intent.canceled", intent)
        return intent

    def _expect(self, intent: Thing, done: str, *statuses: str) -> None:
        if intent["status"] not in statuses:
            raise Refused(
                f"This PaymentIntent could not be {done} because it is {intent['status']}.",
                code="payment_intent_unexpected_state",
                payment_intent=intent,
            )

    def _new(self, kind: str, prefix: str) -> Thing:
        thing: Thing = {
            "id": f"{prefix}{next(self._serial):06}",
            "object": kind,
            "created": int(time.time()),
            "livemode": self.livemode,
        }
        self.things[kind][thing["id"]] = thing
        return thing

    def _set(self, thing: Thing, **fields: Any) -> Thing:
        thing.update(fields)
        return thing

    def _tell(self, kind: str, thing: Thing) -> None:
        self.events.append(
            {
                "id": f"evt_{next(self._serial):06}",
                "object": "event",
                "api_version": "2019-01-01",
                "created": int(time.time()),
                "data": {"object": dict(thing)},
                "livemode": self.livemode,
                "type": kind,
            }
        )
