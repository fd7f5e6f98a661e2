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
    if not buyer.address:
        return []
    return [enqueueing(kind, about, about=buyer.client, now=now)]


def letter_asked_for(kind: str, buyer: Buyer, now: datetime, **about: Any) -> list[Statement]:
    """Return what enqueues a letter about what the buyer has done, and not the house.

    A guest's address may be another's, so it gets no more than a number of them.
    """
    if buyer.user is not None or not buyer.address:
        return letter(kind, buyer, now, **about)
    return [enqueueing(kind, about, about=buyer.client, to=buyer.address, now=now)]


def settling(booking: Booking, now: datetime) -> list[Statement]:
    """Return what enqueues that money goes back which is not owed any more; most pay here."""
    if not booking.pays_online:
        return []
    return [enqueueing(SETTLE, {"booking": booking.pk}, now=now)]
