"""Letters to moviegoers, enqueued with what they tell of; `booking.letters` writes them."""

from datetime import datetime
from typing import Any

from booking.buyers import Buyer
from foundation.db.statements import Statement
from foundation.outbox.services import enqueueing

BOOKED = "mail.booked"
CANCELLED = "mail.cancelled"
EXCHANGED = "mail.exchanged"
OFFERED = "mail.offered"
CALLED_OFF = "mail.called_off"
MOVED = "mail.moved"


def letter(kind: str, buyer: Buyer, now: datetime, **about: Any) -> list[Statement]:
    """Return what enqueues a letter to somebody: nothing where they have no address.

    `about` names what it tells of; what it says is what is true when it is sent.
    """
    return [enqueueing(kind, about, about=buyer.client, now=now)] if buyer.address else []
