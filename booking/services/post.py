"""Letters to moviegoers, enqueued with what they tell of; `booking.letters` writes them."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from foundation.db.locks import client_of_user
from foundation.db.statements import Statement
from foundation.outbox.services import enqueueing

BOOKED = "mail.booked"
CANCELLED = "mail.cancelled"
EXCHANGED = "mail.exchanged"
OFFERED = "mail.offered"


def address_of(user: AbstractBaseUser | None) -> str:
    """Return where a user gets mail: the address that they have confirmed, if any."""
    address: str = getattr(user, "confirmed_email", "")
    return address


def letter(
    kind: str, user: AbstractBaseUser | None, now: datetime, **about: Any
) -> list[Statement]:
    """Return what enqueues a letter to the user: nothing where there is none, or no address.

    `about` names what it tells of; what it says is what is true when it is sent.
    """
    if user is None or not address_of(user):
        return []
    return [enqueueing(kind, about, about=client_of_user(user.pk), now=now)]
