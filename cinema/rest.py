"""REST framework, as far as it is the same wherever Front Row runs."""

from datetime import timedelta
from typing import Any

REST: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cinema.accounts.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["foundation.web.renderers.QuickJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "foundation.web.renderers.QuickNegotiation",
    "DEFAULT_PARSER_CLASSES": ["foundation.web.parsers.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["foundation.web.throttling.ClientThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "client": "600/min",
        "login": "60/min",
        "signup": "20/hour",
        "reset": "20/hour",
        "guest": "20/hour",
        "guest_mail": "10/day",
        "guest_seats": "20/day",
        "stage": "20/min",
    },
    "EXCEPTION_HANDLER": "foundation.web.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "booking.api.schema.BoxOfficeAutoSchema",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}


def jwt_signed_by(key: str) -> dict[str, Any]:
    """Return the settings of the tokens that accounts log in with."""
    return {
        "SIGNING_KEY": key,
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
        "UPDATE_LAST_LOGIN": False,
        # Access tokens name the password by a hash of its hash, so they end with it.
        "CHECK_REVOKE_TOKEN": True,
    }
