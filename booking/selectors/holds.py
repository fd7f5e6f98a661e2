"""Who holds what."""

import hashlib

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import HoldEnded, HoldNotFound, NotYourHold
from booking.models import Hold
from foundation.db.statements import Columns
from foundation.errors import refuses

HOLD = Columns(Hold)


def hash_of(token: str) -> str:
    """Return the hash under which a hold's token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@refuses(HoldNotFound, HoldEnded, NotYourHold)
def hold_of(*, token: str, user: AbstractBaseUser | None) -> Hold:
    """Return a hold that was neither booked nor released; it may have expired."""
    holds = Hold.objects.select_related("show__movie", "show__auditorium")
    hold = holds.filter(token_hash=hash_of(token)).first()
    if hold is None:
        raise HoldNotFound
    if user is not None and hold.user_id not in (None, user.pk):
        raise NotYourHold
    if hold.ended_at is not None:
        raise HoldEnded
    return hold


def hold_in(*, browser: str, show_id: int, user: AbstractBaseUser | None) -> Hold | None:
    """Return the hold that the browser has at the show; it may have expired. Others' are hidden."""
    hold = Hold.objects.filter(
        browser_hash=hash_of(browser), show_id=show_id, ended_at=None
    ).first()
    if hold is None or hold.user_id is None or (user is not None and hold.user_id == user.pk):
        return hold
    return None
