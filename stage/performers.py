"""Those who act: throw-away accounts that nobody can log in to, and tokens for them."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from rest_framework_simplejwt.tokens import AccessToken

from foundation.db.transactions import one_transaction

# A name with blanks, which sign-up and admin refuse: so these are never anybody else's accounts.
PREFIX = "on stage "


@dataclass(frozen=True)
class Performer:
    """An account that acts, by its access token."""

    user_id: int
    access: str


def performers() -> QuerySet[Any]:
    """Return the accounts of all performers."""
    return get_user_model().objects.filter(username__startswith=PREFIX)


@one_transaction
def engage(count: int) -> list[Performer]:
    """Make so many performers."""
    troupe = secrets.token_hex(4)
    users = get_user_model().objects.bulk_create(
        get_user_model()(username=f"{PREFIX}{troupe} {number}", password=make_password(None))
        for number in range(1, count + 1)
    )
    return [Performer(user.pk, str(AccessToken.for_user(user))) for user in users]


def dismiss() -> None:
    """Delete all performers but those with a booking, who go when the stage is cleared.

    One act is played at a time, so those of earlier ones are over, also where their process ended.
    """
    performers().filter(bookings=None).delete()
