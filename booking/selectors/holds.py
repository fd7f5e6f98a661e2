"""Who holds what."""

import hashlib

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import HoldEnded, HoldNotFound, NotYourHold
from booking.models import Hold


def hash_of(token: str) -> str:
    """Return the hash under which a hold's token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def hold_of(*, token: str, user: AbstractBaseUser | None) -> Hold:
    """Return a hold that was neither booked nor released; it may have expired.

    Raises HoldNotFound, HoldEnded, NotYourHold.
    """
    hold = Hold.objects.filter(token_hash=hash_of(token)).first()
    if hold is None:
        raise HoldNotFound
    if user is not None and hold.user_id not in (None, user.pk):
        raise NotYourHold
    if hold.ended_at is not None:
        raise HoldEnded
    return hold
