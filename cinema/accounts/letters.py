"""Letters about an account, and the signed links in them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from cinema.accounts.models import User
from foundation.outbox.mail import Mail, send, url
from foundation.outbox.models import Message
from foundation.outbox.worker import handles

CONFIRM = "mail.confirm"
RESET = "mail.reset"
# Long enough for a mail that is read after a weekend.
CONFIRM_WITHIN = timedelta(days=3)
SALT = "cinema.accounts.letters.confirm"


class ResetTokens(PasswordResetTokenGenerator):
    """Makes tokens that are good while their owner has the address that they were sent to."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return super()._make_hash_value(user, timestamp) + str(user.confirmed_email)


reset_tokens = ResetTokens()


@handles(CONFIRM)
def confirm(message: Message) -> None:
    """Ask whether an address is that of an account, if it still wants to know."""
    user_id, email = message.payload["user"], message.payload["email"]
    user = User.objects.filter(pk=user_id, email=email, is_active=True).first()
    if user is not None and user.confirmed_email != email:
        send(confirm_mail(user), message)


@handles(RESET)
def reset(message: Message) -> None:
    """Send a link to a new password to the owner of an address, if it is anybody's."""
    user = User.objects.filter(confirmed_email=message.payload["email"], is_active=True).first()
    if user is not None and user.has_usable_password():
        send(reset_mail(user), message)


def reset_mail(user: User) -> Mail:
    name = urlsafe_base64_encode(str(user.pk).encode())
    token = reset_tokens.make_token(user)
    return Mail(
        to=user.confirmed_email,
        subject="A new password",
        template="reset",
        context={
            "username": user.get_username(),
            "url": url(reverse("password-reset-confirm", args=[name, token])),
            "days": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT).days,
        },
    )


def confirm_mail(user: User) -> Mail:
    token = signing.dumps({"user": user.pk, "email": user.email}, salt=SALT)
    return Mail(
        to=user.email,
        subject="Is this your address?",
        template="confirm",
        context={
            "username": user.get_username(),
            "url": url(reverse("confirm-email", args=[token])),
            "days": CONFIRM_WITHIN.days,
        },
    )


def confirmed_in(token: str) -> dict[str, Any] | None:
    """Return whose address a link confirms: `user` and `email`; None if it is no good, or old."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        return None
    return said
