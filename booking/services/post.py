"""Letters to moviegoers, enqueued with what they tell of; `booking.letters` writes them."""

from datetime import datetime
from typing import Any

from booking.buyers import Buyer
from booking.models import Booking
from foundation.db.statements import Statement
from foundation.outbox.services import enqueueing

BOOKED = "mail.booked"
CANCELLED = "mail.cancelled"
EXCHANGED = "mail.exchanged"
OFFERED = "mail.offered"
CALLED_OFF = "mail.called_off"
MOVED = "mail.moved"
# Sends back what a buyer has paid online and does not owe any more; for `payments` to do.
SETTLE = "payments.settle"


def letter(kind: str, buyer: Buyer, now: datetime, **about: Any) -> list[Statement]:
    """Return what enqueues a letter to somebody: nothing where they have no address.

    `about` names what it tells of; what it says is what is true when it is sent.
    """
    return [enqueueing(kind, about, about=buyer.client, now=now)] if buyer.address else []


def settling(booking: Booking, now: datetime) -> list[Statement]:
    """Return what enqueues that money goes back which is not owed any more; most pay here."""
    if not booking.pays_online:
        return []
    return [enqueueing(SETTLE, {"booking": booking.pk}, now=now)]
