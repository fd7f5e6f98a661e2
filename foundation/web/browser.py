"""Which browser asks: a secret in a cookie that scripts can't read, the same for all its tabs."""

import hmac
import re
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "browser"
# From the last answer that set it.
COOKIE_AGE = timedelta(days=1)
SECRET = re.compile(r"[0-9a-f]{64}")


def browser_of(request: HttpRequest) -> str | None:
    """Return the browser's secret: that of its cookie, or the one that a first answer will set.

    That one follows from the cookie against forgery, which it has since it got the page. So when
    the first answer is lost, the request that is sent again has the same secret. None where the
    browser has neither cookie.
    """
    kept = request.COOKIES.get(COOKIE, "")
    if SECRET.fullmatch(kept):
        return kept
    known = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    if not known:
        return None
    message = f"browser\n{known}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def keep(response: HttpResponse, browser: str) -> None:
    """Let the browser keep its secret, with all its tabs and whoever signs in."""
    response.set_cookie(
        COOKIE,
        browser,
        max_age=COOKIE_AGE,
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Let the browser forget its secret, and so all that is known by it."""
    response.delete_cookie(COOKIE, path="/", samesite="Lax")
