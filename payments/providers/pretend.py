"""A provider that only pretends: a card page of our own, and a card for each way it can go.

What it knows is in a table of its own (`payments.models.Pretended`), as if it were far away: so
what is lost between it and us is really unknown here. It is for debug mode and tests alone.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from secrets import token_hex

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from foundation.db.transactions import one_transaction
from payments.models import Payment, Pretended, Refund
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

HEADER = "Pretend-Signature"
# An older notification is not listened to: somebody may have kept it.
GOOD_FOR_SECONDS = 300
LONGEST_TIME = 12

# What cards do, by the last four digits.
CARDS = {
    "4242": "pays",
    "0002": "is declined",
    "0010": "pays, but the provider does not answer for a while",
    "0028": "pays, but the answer to this page is lost",
    "0036": "pays only when the time to pay is over",
    "0051": "pays, and the box office is told twice",
    "0069": "pays, and the box office is never told",
    "0077": "promises the money, and will not give it",
    "0085": "pays; a refund of it succeeds, and fails later",
    "0093": "pays; the bank disputes it",
    "0101": "pays; there is too little money for the first try of a refund",
}
DECLINED, HANGS, ANSWER_LOST, LATE, TWICE, NEVER, LAPSES, REFUND_FAILS, DISPUTED, NO_BALANCE = list(
    CARDS
)[1:]
# What keys of refunds begin with that we ask for; others are made by hand.
OURS = "refund-"
# So often a payment with the card that HANGS is looked up in vain.
HANGS_FOR = 3


class Pretend:
    """The protocol of `payments.providers`, with nobody behind it."""

    label = "Pretended card"
    least = Decimal("0.50")

    def start(self, payment: Payment, *, success_url: str, cancel_url: str) -> Started:
        found, _ = Pretended.objects.get_or_create(
            payment_id=payment.pk,
            defaults={
                "amount": payment.amount,
                "until": payment.until,
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
        )
        page = reverse("pretended-card", args=[found.pk])
        return Started(reference_of(found), f"{settings.SITE_URL}{page}")

    def look_up(self, payment: Payment) -> Seen:
        return _looked_up(payment_id=payment.pk)

    def capture(self, payment: Payment, amount: Decimal) -> Seen:
        return _captured(payment_id=payment.pk, amount=amount)

    def cancel(self, payment: Payment) -> Seen:
        return _cancelled(payment_id=payment.pk)

    def refund(self, refund: Refund) -> SeenRefund:
        return _refunded(
            payment_id=refund.payment_id,
            key=refund.key,
            amount=refund.amount,
            attempt=refund.attempts,
        )

    def look_up_refund(self, refund: Refund) -> SeenRefund:
        return _looked_up_refund(payment_id=refund.payment_id, key=refund.key)

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        time, _, signature = headers.get(HEADER, "").partition(",")
        if (
            len(time) > LONGEST_TIME
            or not time.isdecimal()
            or not hmac.compare_digest(_signature(int(time), body).encode(), signature.encode())
        ):
            raise BadSignature
        if abs(timezone.now().timestamp() - int(time)) > GOOD_FOR_SECONDS:
            raise BadSignature
        try:
            told = json.loads(body)
            return Notification(
                id=str(told["id"]),
                kind=str(told["kind"]),
                payment_id=told.get("payment"),
                reference=str(told.get("reference", "")),
                is_live=bool(told.get("live", True)),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature from None


def reference_of(found: Pretended) -> str:
    return f"pretended_{found.pk}"


@one_transaction
def pay(*, pretended_id: int, card: str) -> Pretended:
    """Do what the card does, where nobody has paid or left yet."""
    found = _locked(pk=pretended_id)
    if found.status == Status.OPEN:
        found.card = card
        if card == DECLINED:
            found.status = Status.FAILED.value
        elif card != LATE:
            found.status = Status.AUTHORISED.value
        found.save()
    return found


@one_transaction
def leave(*, pretended_id: int) -> Pretended:
    """Pay nothing, and have it no more."""
    found = _locked(pk=pretended_id)
    if found.status == Status.OPEN:
        found.status = Status.CANCELLED.value
        found.save()
    return found


def notifications(found: Pretended, kind: str = "payment") -> list[tuple[bytes, dict[str, str]]]:
    """Return the body and headers of each notification that the box office gets after a step."""
    if found.card in (NEVER, HANGS, ANSWER_LOST, LATE):
        return []
    told = {"id": token_hex(16), "kind": kind, "payment": found.payment_id}
    return [signed(told)] * (2 if found.card == TWICE else 1)


def signed(
    told: Mapping[str, object], *, at: datetime | None = None
) -> tuple[bytes, dict[str, str]]:
    """Return a notification as it comes over the wire."""
    body = json.dumps(told, ensure_ascii=False).encode()
    return body, {HEADER: header_of(body, at=at)}


def header_of(body: bytes, *, at: datetime | None = None) -> str:
    time = int((at or timezone.now()).timestamp())
    return f"{time},{_signature(time, body)}"


def _signature(time: int, body: bytes) -> str:
    key = sha256(f"pretended notifications {settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, b"%d." % time + body, sha256).hexdigest()


def _locked(**which: object) -> Pretended:
    found = Pretended.objects.select_for_update().filter(**which).first()
    if found is None:
        raise Pretended.DoesNotExist
    if found.card == LATE and found.status == Status.OPEN and found.until <= timezone.now():
        found.status = Status.AUTHORISED.value
    return found


def _seen(found: Pretended) -> Seen:
    promised = found.status in (Status.AUTHORISED, Status.CAPTURED)
    gone = _gone(found)
    return Seen(
        Status(found.status),
        amount_authorised=found.amount if promised else Decimal(0),
        amount_captured=found.captured,
        reference=reference_of(found),
        reason="Your card was declined." if found.status == Status.FAILED else "",
        outside={key: gone[key] for key in gone if not key.startswith(OURS)},
        dispute=Dispute(found.dispute),
    )


def _gone(found: Pretended) -> dict[str, Decimal]:
    """Return the refunds that did not fail, by their keys."""
    refunds = found.refunds.items()
    return {key: Decimal(one["amount"]) for key, one in refunds if one["status"] != "failed"}


@one_transaction
def _look(*, payment_id: int) -> tuple[Seen, bool]:
    """Return what is known, and whether it answers at all this time."""
    try:
        found = _locked(payment_id=payment_id)
    except Pretended.DoesNotExist:
        return Seen(Status.OPEN), True
    if found.card == HANGS and found.looks < HANGS_FOR:
        found.looks += 1
        found.save(update_fields=["looks"])
        return _seen(found), False
    return _seen(found), True


def _looked_up(*, payment_id: int) -> Seen:
    seen, answers = _look(payment_id=payment_id)
    if not answers:
        raise Unreachable("the pretended provider does not answer")
    return seen


@one_transaction
def _captured(*, payment_id: int, amount: Decimal) -> Seen:
    found = _locked(payment_id=payment_id)
    if found.status == Status.AUTHORISED:
        if found.card == LAPSES:
            found.status = Status.CANCELLED.value
        else:
            found.status, found.captured = Status.CAPTURED.value, amount
            found.dispute = Dispute.OPEN.value if found.card == DISPUTED else ""
        found.save()
    return _seen(found)


@one_transaction
def _cancelled(*, payment_id: int) -> Seen:
    try:
        found = _locked(payment_id=payment_id)
    except Pretended.DoesNotExist:
        return Seen(Status.CANCELLED)
    if found.status in (Status.OPEN, Status.AUTHORISED):
        found.status = Status.CANCELLED.value
        found.save()
    return _seen(found)


@one_transaction
def _refunded(*, payment_id: int, key: str, amount: Decimal, attempt: int) -> SeenRefund:
    found = _locked(payment_id=payment_id)
    if key not in found.refunds:
        gone = sum(_gone(found).values(), Decimal(0))
        if found.status != Status.CAPTURED or gone + amount > found.captured:
            raise Declined("That is more than was paid.")
        if found.dispute == Dispute.OPEN:
            raise Declined("The payment is disputed.")
        is_short = found.card == NO_BALANCE and attempt == 1
        found.refunds[key] = {"amount": str(amount), "status": "failed" if is_short else "done"}
        found.save(update_fields=["refunds"])
    return _seen_refund(found, key)


@one_transaction
def _looked_up_refund(*, payment_id: int, key: str) -> SeenRefund:
    found = _locked(payment_id=payment_id)
    if key in found.refunds and found.card == REFUND_FAILS:
        found.refunds[key]["status"] = "failed"
        found.save(update_fields=["refunds"])
    return _seen_refund(found, key)


def _seen_refund(found: Pretended, key: str) -> SeenRefund:
    known = found.refunds.get(key)
    status = RefundStatus(known["status"]) if known else RefundStatus.FAILED
    short = "There was too little money to send." if found.card == NO_BALANCE else ""
    reason = (short or "The bank sent it back.") if status == RefundStatus.FAILED else ""
    return SeenRefund(status, reference=f"pretended_{key}", reason=reason)
