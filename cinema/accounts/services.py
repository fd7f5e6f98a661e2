"""Making accounts, and starting, carrying on and ending log-ins of API clients."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from cinema.accounts.attempts import Attempt
from cinema.accounts.errors import BadCredentials, TokenNotValid, TokenReused
from cinema.accounts.letters import CONFIRM, RESET
from cinema.accounts.models import TokenFamily, User
from cinema.accounts.tokens import Claims, TokenPair, claims_of, new_tokens, successor_of
from foundation.db.locks import client_of_user, lock
from foundation.db.transactions import one_transaction
from foundation.errors import TokenRevoked, TooMuchContention, refuses
from foundation.outbox.addresses import mail_address
from foundation.outbox.services import enqueue


@refuses(TooMuchContention)
def sign_up(
    *, username: str, password: str, email: str = "", address: str = "", now: datetime
) -> User:
    """Make an account. Raises ValidationError with messages by field."""
    user = User(username=User.normalize_username(username), email=email, date_joined=now)
    _check_account(user, password)
    user.set_password(password)
    _insert(user)
    Attempt(username, address).succeed()
    return user


@one_transaction
def _insert(user: User) -> None:
    user.validate_constraints()  # somebody may have taken the name since it was checked
    user.save(force_insert=True)
    ask_whose(user, now=user.date_joined)


@one_transaction
def confirm_email(*, user_id: int, email: str) -> bool:
    """Confirm that the address is the user's, and return whether it is now.

    It is not where the user has given another one since, or where another account has confirmed it.
    """
    lock(f"confirming {email}")
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id, email=email).first()
    if user is None or not user.is_active:
        return False
    if User.objects.exclude(pk=user.pk).filter(confirmed_email=email).exists():
        return False
    user.confirmed_email = email
    user.save(update_fields=["confirmed_email"])
    return True


@one_transaction
def give_email(*, user_id: int, email: str, now: datetime) -> None:
    """Give the account an address in lower case, which is asked by mail whether it is right.

    Until it has confirmed that, mails go where they went; without an address no more are sent.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        return
    user.email = email
    if not email:
        user.confirmed_email = ""
    user.save(update_fields=["email", "confirmed_email"])
    ask_whose(user, now=now)


@one_transaction
def ask_for_reset(*, email: str, now: datetime) -> None:
    """Let a link to a new password be sent to whoever has confirmed the address, if anybody has.

    Who that is is found out when it is sent, so it takes as long for an address that is nobody's.
    """
    email = email.lower()
    enqueue(RESET, {"email": email}, about=email, to=email, now=now)


def ask_whose(user: User, *, now: datetime) -> None:
    """Ask by mail whether the address is the user's, if there is one that is not confirmed."""
    if user.email and user.email != user.confirmed_email:
        payload = {"user": user.pk, "email": user.email}
        enqueue(CONFIRM, payload, about=client_of_user(user.pk), to=user.email, now=now)


@refuses(BadCredentials, TooMuchContention)
def log_in(*, username: str, password: str, address: str = "", now: datetime) -> TokenPair:
    """Return the tokens of a new log-in from this address, and forget the user's expired ones.

    Unknown, inactive and mistaken users take the same time and get the same BadCredentials. Raises
    Throttled when there were too many attempts to log in to this account.
    """
    user = authenticate(username=username, password=password, address=address)
    if not isinstance(user, User):
        raise BadCredentials
    family = TokenFamily(user=user, rotated_at=now, auth_hash=user.get_session_auth_hash())
    tokens = new_tokens(user=user, family=family, now=now)
    family.current = tokens.refresh_id
    family.expires_at = tokens.expires_at
    _start(family, now=now)
    return tokens


@one_transaction
def _start(family: TokenFamily, *, now: datetime) -> None:
    family.user.token_families.filter(expires_at__lte=now).delete()
    family.save(force_insert=True)


def expired_families(now: datetime) -> QuerySet[TokenFamily]:
    """Return log-ins whose last refresh token has expired."""
    return TokenFamily.objects.filter(expires_at__lte=now).order_by("expires_at")


@refuses(TokenNotValid, TokenRevoked, TokenReused, TooMuchContention)
def refresh_tokens(*, refresh: str, now: datetime) -> TokenPair:
    """Exchange a refresh token for new tokens; each token has one successor.

    Locks the log-in's row. A token sent again within settings.REFRESH_REPEAT gets the successor
    that it has, as long as nobody used that one. Any other token that was exchanged before ends the
    log-in: the rule of RFC 9700, section 4.14.2.
    """
    tokens = _exchange(claims=claims_of(refresh), now=now)
    if tokens is None:
        raise TokenReused
    return tokens


@one_transaction
def _exchange(*, claims: Claims, now: datetime) -> TokenPair | None:
    """Return new tokens, or None after ending a log-in whose token was used twice."""
    family = _locked_family(claims)
    if family is None or not family.user.is_active:
        raise TokenNotValid
    if family.revoked_at or family.auth_hash != family.user.get_session_auth_hash():
        raise TokenRevoked
    if claims.refresh_id == family.current:
        tokens = new_tokens(user=family.user, family=family, now=now)
        family.previous, family.current = family.current, tokens.refresh_id
        family.rotated_at, family.expires_at = now, tokens.expires_at
        family.save()
        return tokens
    if claims.refresh_id == family.previous and now - family.rotated_at < settings.REFRESH_REPEAT:
        return successor_of(family, now=now)
    family.revoked_at = now
    family.save()
    return None


@refuses(TokenNotValid, TooMuchContention)
def log_out(*, refresh: str, now: datetime) -> None:
    """End the log-in of a refresh token; its last access token stays good until it expires."""
    _end(claims_of(refresh).family_id, now=now)


@one_transaction
def _end(family_id: uuid.UUID, *, now: datetime) -> None:
    TokenFamily.objects.filter(pk=family_id, revoked_at=None).update(revoked_at=now)


def _locked_family(claims: Claims) -> TokenFamily | None:
    return (
        TokenFamily.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user")
        .filter(pk=claims.family_id)
        .first()
    )


def _check_account(user: User, password: str) -> None:
    errors: dict[str, list[str]] = {}
    try:
        user.email = user.email and mail_address(user.email)
    except ValidationError as error:
        errors["email"] = error.messages
    try:
        user.full_clean(exclude={"password", "email"})
    except ValidationError as error:
        errors.update(error.message_dict)
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors["password"] = error.messages
    if errors:
        raise ValidationError(errors)
