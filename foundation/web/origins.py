"""Which answers a page of another origin may read: what is public, and without credentials.

Django's answers get their headers from django-cors-headers. These are the same for what is answered
without Django.
"""

import re

from django.conf import settings


def headers_for(path: str, origin: str | None) -> dict[str, str]:
    """Return what an answer at this path says to a page that comes from an origin, or from none."""
    if not re.match(settings.CORS_URLS_REGEX, path):
        return {}
    if not origin:
        return {"Vary": "origin"}
    return {
        "Vary": "origin",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": ", ".join(settings.CORS_EXPOSE_HEADERS),
    }
