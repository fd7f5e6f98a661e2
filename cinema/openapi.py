"""What the API's schema says of the whole."""

from typing import Any

SPECTACULAR: dict[str, Any] = {
    "TITLE": "Front Row",
    "DESCRIPTION": (
        "A cinema's live box office: listings, live seat maps and bookings.\n\n"
        "With the sample data freshly loaded, the examples work as printed, from the top of this "
        "page to its end. Tokens and the ids of bookings come from the answers before."
    ),
    "VERSION": "1",
    "CONTACT": {"name": "The Front Row authors"},
    "LICENSE": {"name": "MIT"},
    "SERVERS": [{"url": "/", "description": "The host that serves this page."}],
    # In the order of the URLs.
    "SORT_OPERATIONS": False,
    "SERVE_INCLUDE_SCHEMA": False,
    # Programs send a token. The session of /door/ is that page's own.
    "AUTHENTICATION_WHITELIST": ["cinema.accounts.authentication.TokenAuthentication"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "deepLinking": True},
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "format": "int64", "minimum": 0, "example": 1}
    },
    "TAGS": [
        {"name": "Accounts", "description": "Signing up, and getting tokens."},
        {"name": "Catalogue", "description": "What is on."},
        {"name": "Seat maps", "description": "Where the seats are, and which are free."},
        {"name": "Holds", "description": "Keeping seats while one decides, and waiting for them."},
        {"name": "Bookings", "description": "Booking seats, exchanging them, giving them back."},
        {"name": "Payments", "description": "Paying online for seats that are held."},
        {"name": "Door", "description": "Letting people in. For staff at the door."},
        {"name": "Programme", "description": "Shows that can't go on. For staff in charge."},
    ],
}
