"""What the event loop answers to HTTP requests has in common: as Django would answer them."""

from io import BytesIO

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from foundation.server.asgi_types import Scope
from foundation.web.origins import headers_for

Headers = list[tuple[bytes, bytes]]

# Those of the views, and of the middleware around them.
HEADERS: Headers = [
    (b"allow", b"GET, HEAD, OPTIONS"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]


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
    headers = [*HEADERS, (b"cache-control", caching.encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    for name, value in headers_for(request.path, request.META.get("HTTP_ORIGIN")).items():
        headers.append((name.lower().encode(), value.encode()))
    if request.is_secure() and settings.SECURE_HSTS_SECONDS:
        for_how_long = f"max-age={settings.SECURE_HSTS_SECONDS}"
        headers.append((b"strict-transport-security", for_how_long.encode()))
    return headers
