"""The tokens of API clients: a short-lived access token and a refresh token that is used once."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import RefreshToken

from cinema.accounts.errors import TokenNotValid
from cinema.accounts.models import TokenFamily, User

FAMILY = "family"


class FamilyToken(RefreshToken):
    """A refresh token that names the log-in from which it descends.

    Its access tokens don't: they are good until they expire or the password is changed, also when
    the log-in has ended.
    """

    no_copy_claims = (*RefreshToken.no_copy_claims, FAMILY)  # type: ignore[assignment]


@dataclass(frozen=True)
class TokenPair:
    """What a client gets; `refresh_id` and `expires_at` are the refresh token's."""

    refresh: str
    access: str
    refresh_id: str
    expires_at: datetime


@dataclass(frozen=True)
class Claims:
    """What a refresh token says: the log-in that it belongs to, and its own id."""

    family_id: uuid.UUID
    refresh_id: str


def new_tokens(*, user: User, family: TokenFamily, now: datetime) -> TokenPair:
    refresh = _refresh_token(user, family, issued_at=now)
    return _pair(refresh, expires_at=now + FamilyToken.lifetime, now=now)


def successor_of(family: TokenFamily, *, now: datetime) -> TokenPair:
    """Return the log-in's refresh token again, made from its row, with another access token."""
    refresh = _refresh_token(family.user, family, issued_at=family.rotated_at)
    refresh["jti"] = family.current
    return _pair(refresh, expires_at=family.expires_at, now=now)


def _refresh_token(user: User, family: TokenFamily, *, issued_at: datetime) -> RefreshToken:
    refresh = FamilyToken.for_user(user)
    refresh[FAMILY] = str(family.pk)
    refresh.set_iat(at_time=issued_at)
    refresh.set_exp(from_time=issued_at)
    return refresh


def _pair(refresh: RefreshToken, *, expires_at: datetime, now: datetime) -> TokenPair:
    refresh.current_time = now  # from which its access token counts
    return TokenPair(
        refresh=str(refresh),
        access=str(refresh.access_token),
        refresh_id=refresh["jti"],
        expires_at=expires_at,
    )


def claims_of(refresh: str) -> Claims:
    """Return what a refresh token says. Raises TokenNotValid."""
    try:
        token = FamilyToken(refresh)  # type: ignore[arg-type]
        return Claims(uuid.UUID(token[FAMILY]), token["jti"])
    except (TokenError, KeyError, ValueError):
        raise TokenNotValid from None
