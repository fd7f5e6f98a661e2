"""The hold that a browser keeps: its token is in a cookie that scripts can't read.

A token serves one hold. After that hold its successor serves the next one, and both sides can tell
it from the first: so a request whose answer got lost can simply be sent again.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from booking.clients import user_of
from booking.errors import HoldEnded, HoldNotFound, NotYourHold
from booking.models import Hold
from booking.selectors.holds import hold_of

COOKIE_AGE = timedelta(days=1)
# A lost answer leaves the cookie one hold behind, a slow answer to another tab some more.
MAX_LINKS = 8


@dataclass(frozen=True)
class KeptHold:
    """A browser's token for a show, and its hold, if it has one; that may have expired."""

    token: str
    hold: Hold | None = None

    def live(self, now: datetime) -> Hold | None:
        """Return the hold, unless it has expired."""
        return self.hold if self.hold and self.hold.expires_at > now else None

    def expired(self, now: datetime) -> Hold | None:
        """Return the hold if it has expired."""
        return self.hold if self.hold and self.hold.expires_at <= now else None

    @property
    def next_token(self) -> str:
        """The token for the hold after this one."""
        return self.token if self.hold is None else successor(self.token)


def kept_hold(request: HttpRequest, show_id: int, now: datetime) -> KeptHold:
    """Return what the browser keeps for the show: its newest hold, or a token for its first one.

    Runs no query without a cookie, and one for each hold from the cookie's on, up to MAX_LINKS. No
    browser is as far behind as that: whoever keeps an old cookie on purpose begins anew.
    """
    token: str | None = request.get_signed_cookie(_name(show_id), default=None, max_age=COOKIE_AGE)
    if token is None:
        return _first()
    newest: KeptHold | None = None
    for _ in range(MAX_LINKS):
        try:
            newest = KeptHold(token, hold_of(token=token, user=user_of(request)))
        except HoldNotFound:
            return newest or KeptHold(token)
        except (HoldEnded, NotYourHold):
            newest = None
        if newest and newest.live(now):
            return newest
        token = successor(token)
    return _first()


def _first() -> KeptHold:
    return KeptHold(secrets.token_urlsafe(24))


def successor(token: str) -> str:
    """Return the token that follows this one."""
    message = f"hold\n{token}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def keep(response: HttpResponse, show_id: int, kept: KeptHold) -> None:
    """Let the browser keep the token, with all its tabs and whoever signs in."""
    response.set_signed_cookie(
        _name(show_id),
        kept.token,
        max_age=COOKIE_AGE,
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, show_id: int) -> None:
    """Let the browser forget its token."""
    response.delete_cookie(_name(show_id), path="/", samesite="Lax")


def _name(show_id: int) -> str:
    return f"hold-{show_id}"
