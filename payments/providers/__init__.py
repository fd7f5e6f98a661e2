"""What a provider of payments is asked: one small protocol, the same for all.

No call is made inside of a database transaction, and but for `start` none on a thread that serves
people. Each has a time limit and an idempotency key of its own, made of the payment's or refund's
`key` and the step, so it can be repeated. Amounts are in the currency of the house.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from payments.models import Payment, Refund


class Unreachable(Exception):
    """Nobody knows what became of a call: look it up before anything else is tried."""


class Declined(Exception):
    """The provider will not do it, however often it is asked; `args[0]` says why."""


class BadSignature(Exception):
    """A notification that the provider has not sent, or not lately."""


class Status(StrEnum):
    """How far a payment is, as the provider has it; OPEN is before anybody has promised anything.

    CANCELLED and FAILED are for good: no money can come of it any more.
    """

    OPEN = "open"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    FAILED = "failed"


class RefundStatus(StrEnum):
    """How far a refund is; one that is DONE may still turn out to have FAILED."""

    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


class Dispute(StrEnum):
    """Whether the buyer's bank takes the money back; LOST is when it has done so."""

    NONE = ""
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True)
class Started:
    """A payment that the buyer can make: the provider's name of it, and its page."""

    reference: str
    url: str


@dataclass(frozen=True)
class Seen:
    """What a provider says of a payment.

    `reference` is its name of it, and `reason` says for people why it was declined. `outside` has
    what others than we sent back to the buyer, by the provider's name of each such refund.
    """

    status: Status
    amount_authorised: Decimal = Decimal(0)
    amount_captured: Decimal = Decimal(0)
    reference: str = ""
    reason: str = ""
    outside: Mapping[str, Decimal] = field(default_factory=dict)
    dispute: Dispute = Dispute.NONE


@dataclass(frozen=True)
class SeenRefund:
    """What a provider says of a refund."""

    status: RefundStatus
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Notification:
    """What a provider tells of its own accord: that something happened, and to which payment.

    It is named by our id, by the provider's reference, or by both. What is so then is looked up.
    One that is not `is_live` is a test of the provider's.
    """

    id: str
    kind: str
    payment_id: int | None = None
    reference: str = ""
    is_live: bool = True


class Provider(Protocol):
    """A way to pay online. Raises Unreachable and Declined but where it says otherwise."""

    label: str
    # Amounts below it are too small to be paid this way.
    least: Decimal

    def start(self, payment: Payment, *, success_url: str, cancel_url: str) -> Started:
        """Begin a payment; asked again with the same payment, return the same."""

    def look_up(self, payment: Payment) -> Seen:
        """Return how far it is; one that never began there is OPEN."""

    def capture(self, payment: Payment, amount: Decimal) -> Seen:
        """Take so much of what was authorised, and give up the rest."""

    def cancel(self, payment: Payment) -> Seen:
        """Give up what was authorised, or see to it that nothing can be any more."""

    def refund(self, refund: Refund) -> SeenRefund:
        """Send money back; asked again with the same refund and attempt, return the same."""

    def look_up_refund(self, refund: Refund) -> SeenRefund:
        """Return how far a refund is. One that never began there is FAILED."""

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Read a notification as it came over the wire. Raises BadSignature alone."""
