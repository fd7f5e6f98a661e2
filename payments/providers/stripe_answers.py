"""What Stripe answers and tells, in the words of the protocol."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import stripe

from payments.providers import (
    Declined,
    Dispute,
    Notification,
    RefundStatus,
    Seen,
    SeenRefund,
    Status,
    Unreachable,
)
from payments.providers.money import from_units

# What our metadata call the payment, the site that it belongs to, and the attempt of a refund.
PAYMENT, SITE, REFUND = "front_row_payment", "front_row_site", "front_row_refund"
OUR_ID = re.compile(r"[0-9]{1,16}")
LONGEST_REASON = 200

# By the statuses there; what an intent that nobody has paid is, its session says.
INTENTS = {
    "requires_capture": Status.AUTHORISED,
    "succeeded": Status.CAPTURED,
    "canceled": Status.CANCELLED,
}
REFUNDS = {
    "pending": RefundStatus.SENT,
    "requires_action": RefundStatus.SENT,
    "succeeded": RefundStatus.DONE,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
DISPUTES = {"won": Dispute.WON, "warning_closed": Dispute.WON, "lost": Dispute.LOST}

Thing = dict[str, Any]


@contextmanager
def asking() -> Iterator[None]:
    """Raise what the SDK raises as one of the protocol's two.

    Where Stripe does not know a thing, the keys may be another account's; where a thing is in
    another state than it was a moment ago, somebody else has moved it. Both are to be looked up.
    """
    try:
        yield
    except stripe.CardError as error:
        raise Declined(_for_people(error.user_message)) from error
    except stripe.InvalidRequestError as error:
        if error.code in ("resource_missing", "payment_intent_unexpected_state"):
            raise Unreachable(str(error)) from error
        raise Declined(_for_people(error.user_message)) from error
    except stripe.StripeError as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def seen_of(
    session: Thing | None,
    intent: Thing | None,
    *,
    before: str,
    currency: str,
    dispute: Dispute,
    outside: Mapping[str, Decimal],
) -> Seen:
    """Return what a session and its intent, each where there is one, say of a payment.

    `before` is its reference so far. That becomes the intent's id with the bank's promise: notices
    about refunds and disputes name that alone.
    """
    is_over = session is not None and session["status"] == "expired"
    unpaid = Status.CANCELLED if is_over else Status.OPEN
    reference = session["id"] if session else before
    if intent is None:
        return Seen(unpaid, reference=reference)
    status = INTENTS.get(intent["status"], unpaid)
    is_promised = status in (Status.AUTHORISED, Status.CAPTURED)
    error = intent.get("last_payment_error")
    return Seen(
        status,
        amount_authorised=from_units(intent["amount"] if is_promised else 0, currency),
        amount_captured=from_units(intent["amount_received"], currency),
        reference=intent["id"] if is_promised else reference,
        reason=_for_people(error.get("message")) if error else "",
        outside=outside,
        dispute=dispute,
    )


def dispute_of(statuses: Iterable[str]) -> Dispute:
    """Return what came of disputes with these statuses: an open one counts before the others."""
    found = {DISPUTES.get(status, Dispute.OPEN) for status in statuses}
    worst_first = (Dispute.OPEN, Dispute.LOST, Dispute.WON)
    return next((one for one in worst_first if one in found), Dispute.NONE)


def outside_of(refunds: Iterable[Thing], *, let_go: int, let_go_by: float) -> dict[str, int]:
    """Return the amounts of refunds that others made, by their ids; the oldest comes first.

    Ours say so. Where less was captured than was promised, the rest that was `let_go` by that
    moment is a refund there, too, and was never taken.
    """
    found: dict[str, int] = {}
    for one in refunds:
        is_ours = REFUND in (one.get("metadata") or {})
        if is_ours or REFUNDS.get(one["status"]) == RefundStatus.FAILED:
            continue
        if one["amount"] == let_go and one["created"] <= let_go_by:
            let_go = 0
        else:
            found[one["id"]] = one["amount"]
    return found


def seen_refund(refund: Thing) -> SeenRefund:
    """Return how far a refund is."""
    why = refund.get("failure_reason") or refund.get("pending_reason") or ""
    status = REFUNDS.get(refund["status"], RefundStatus.SENT)
    return SeenRefund(status, reference=refund["id"], reason=why.replace("_", " "))


def notification_of(event: Any, *, site: str, is_live: bool) -> Notification:
    """Return which payment an event is about; all else in it is looked up, and not believed.

    One about what another site of the account began names nothing of ours. An event of the other of
    Stripe's two modes than that of our keys is a test here. Raises ValueError for what is no event.
    """
    if not isinstance(event, dict) or not isinstance(event.get("id"), str):
        raise ValueError("This is no event.")
    about = (event.get("data") or {}).get("object") or {}
    ours = about.get("metadata") or {}
    is_named = about.get("object") in ("checkout.session", "payment_intent")
    reference = about.get("id" if is_named else "payment_intent")
    number = str(ours.get(PAYMENT, ""))
    if ours.get(SITE, site) != site:
        number, reference = "", ""
    return Notification(
        id=event["id"],
        kind=str(event.get("type", "")),
        payment_id=int(number) if OUR_ID.fullmatch(number) else None,
        reference=reference if isinstance(reference, str) else "",
        is_live=event.get("livemode") is is_live,
    )


def _for_people(said: str | None) -> str:
    return (said or "The card was declined.")[:LONGEST_REASON]
