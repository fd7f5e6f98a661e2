"""What the event loop answers to HTTP requests has in common: as Django would answer them."""

from functools import lru_cache
from io import BytesIO

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from foundation.server.asgi_types import Scope
from foundation.web.origins import headers_for

Headers = list[tuple[bytes, bytes]]

# Those of the middleware around every view.
HEADERS: Headers = [
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
# Of an endpoint of the API.
ALLOW = (b"allow", b"GET, HEAD, OPTIONS")
# Of a page: no browser keeps it, so that going back shows no earlier map.
PAGE: Headers = [
    (b"cache-control", b"private, no-store"),
    (b"content-type", b"text/html; charset=utf-8"),
    (b"vary", b"Cookie, Accept-Encoding"),
]
POLICY = HEADER.lower().encode()


def ordinary(scope: Scope) -> ASGIRequest | None:
    """Return a request to GET something, unless it alone tells that Django has to answer it."""
    if scope["method"] != "GET":
        return None
    try:
        request = ASGIRequest(scope, BytesIO())
        request.get_host()
    except (DisallowedHost, ValueError):  # as for a Content-Type that makes no sense
        return None
    redirected = settings.SECURE_SSL_REDIRECT and not request.is_secure()
    return None if redirected else request


def headers_of(request: HttpRequest, *, caching: str, content_type: str | None) -> Headers:
    """Return the headers of an answer, but for those that name it and tell its length."""
    headers = [*HEADERS, ALLOW, (b"cache-control", caching.encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    for name, value in headers_for(request.path, request.META.get("HTTP_ORIGIN")).items():
        headers.append((name.lower().encode(), value.encode()))
    return headers + secured(request)


def page_headers(request: HttpRequest) -> Headers:
    """Return the headers of a page, but for those that name it and tell its length."""
    return [*HEADERS, *PAGE, (POLICY, _policy()), *secured(request)]


def secured(request: HttpRequest) -> Headers:
    """Return what keeps a browser to https, where the site does."""
    if not (request.is_secure() and settings.SECURE_HSTS_SECONDS):
        return []
    return [(b"strict-transport-security", f"max-age={settings.SECURE_HSTS_SECONDS}".encode())]


@lru_cache
def _policy() -> bytes:
    return build_policy().encode()
