"""Letters about an account, and the signed links in them."""

from datetime import timedelta
from typing import Any

from django.core import signing
from django.urls import reverse

from cinema.accounts.models import User
from foundation.outbox.mail import Mail, send, url
from foundation.outbox.models import Message
from foundation.outbox.worker import handles

CONFIRM = "mail.confirm"
# Long enough for a mail that is read after a weekend.
CONFIRM_WITHIN = timedelta(days=3)
SALT = "cinema.accounts.letters.confirm"


@handles(CONFIRM)
def confirm(message: Message) -> None:
    """Ask whether an address is that of an account, if it still wants to know."""
    user_id, email = message.payload["user"], message.payload["email"]
    user = User.objects.filter(pk=user_id, email=email, is_active=True).first()
    if user is not None and user.confirmed_email != email:
        send(confirm_mail(user), message)


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
