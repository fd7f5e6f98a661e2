"""Who asks: the user, the user or address that limits count by, and the browser.

A browser is known by a secret in a cookie that scripts can't read, the same for all its tabs.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from foundation.db.locks import client_of_user

BROWSER_COOKIE = "browser"
# From the last answer that set it.
BROWSER_COOKIE_AGE = timedelta(days=1)
BROWSER_SECRET = re.compile(r"[0-9a-f]{64}")
# A network of IPv6 has at least so many addresses as 64 bits can name, and one visitor has it.
NETWORK_BITS = 64
# As some proxies name an address: 192.0.2.7:4711, [2001:db8::7]:4711, [2001:db8::7].
WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")


def client_of(request: Request | HttpRequest) -> str:
    """Return whose request it is: an account's, or else an address's."""
    if user := user_of(request):
        return client_of_user(user.pk)
    return f"address:{address_of(request)}"


def user_of(request: Request | HttpRequest) -> AbstractBaseUser | None:
    return request.user if isinstance(request.user, AbstractBaseUser) else None


def member(request: Request) -> AbstractBaseUser:
    """Return the user who calls a view for members."""
    if not isinstance(request.user, AbstractBaseUser):
        raise NotAuthenticated
    return request.user


def address_of(request: Request | HttpRequest) -> str:
    """Return where a request comes from, seen through TRUSTED_PROXIES."""
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """Return where the request of this environ comes from, seen through TRUSTED_PROXIES.

    That is an IPv4 address or the network of an IPv6 one. A proxy may pass on whatever it was told:
    where that is no address, the peer's own counts, so that nobody is a new client each time.
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    told = str(environ.get("HTTP_X_FORWARDED_FOR", ""))
    proxies = settings.TRUSTED_PROXIES
    if proxies and told:
        passed_on = told.split(",")
        if address := _address(passed_on[-min(proxies, len(passed_on))]):
            return address
    return _address(peer) or "unknown"


@lru_cache(maxsize=1024)
def _address(told: str) -> str | None:
    """Return what is counted for an address, with or without a port; None for anything else."""
    bare = told.strip()
    if match := WITH_PORT.fullmatch(bare):
        bare = match["v6"] or match["v4"]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), NETWORK_BITS), strict=False))


def browser_of(request: HttpRequest) -> str | None:
    """Return the browser's secret: that of its cookie, or the one that a first answer will set.

    That one follows from the cookie against forgery, which it has since it got the page. So when
    the first answer is lost, the request that is sent again has the same secret. None where the
    browser has neither cookie.
    """
    kept = request.COOKIES.get(BROWSER_COOKIE, "")
    if BROWSER_SECRET.fullmatch(kept):
        return kept
    known = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    if not known:
        return None
    message = f"browser\n{known}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def is_stranger(request: HttpRequest) -> bool:
    """Tell whether nothing that a page could show is known of who asks: no cookie of ours came."""
    ours = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, BROWSER_COOKIE)
    return not any(name in request.COOKIES for name in ours)


def keep_browser(response: HttpResponse, browser: str) -> None:
    """Let the browser keep its secret, with all its tabs and whoever signs in."""
    response.set_cookie(
        BROWSER_COOKIE,
        browser,
        max_age=BROWSER_COOKIE_AGE,
        path="/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget_browser(response: HttpResponse) -> None:
    """Let the browser forget its secret, and so all that is known by it."""
    response.delete_cookie(BROWSER_COOKIE, path="/", samesite="Lax")
