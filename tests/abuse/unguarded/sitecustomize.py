"""Takes guards from a server: those that GUARDS_OFF names. Python imports it at its start.

They go when Django is set up, and before cinema.asgi puts the server together.
"""

import os
import secrets
from datetime import timedelta
from typing import Any

import django.core.wsgi


def sockets_may_talk() -> None:
    """Let sockets talk."""
    from foundation.server import guards

    def guard_nothing(protocol_class: Any) -> None:
        """Leave Daphne's sockets as they are."""

    guards.guard_frames = guard_nothing


def sockets_are_viewers() -> None:
    """Count each socket as a viewer of its own."""
    from realtime import viewers

    def viewer_of(_address: str) -> int:
        return secrets.randbits(64)

    viewers.viewer_of = viewer_of  # type: ignore[assignment]


def one_queue() -> None:
    """Let whoever asks most be served most, from one queue for all, and hash on any thread."""
    from cinema.accounts import hashing
    from foundation.server.threads import FairThreads

    submit = FairThreads.submit

    def submit_for_everybody(threads: Any, _client: str, call: Any, **_: Any) -> Any:
        threads._longest = 1_000_000
        return submit(threads, "everybody", call)

    FairThreads.submit = submit_for_everybody  # type: ignore[assignment,method-assign]
    hashing.hashes_password = lambda environ: False


def long_headers() -> None:
    """Let out headers of any length."""
    from foundation.web.middleware import HeadersMiddleware

    def process_response(_middleware: Any, _request: Any, response: Any) -> Any:
        return response

    HeadersMiddleware.process_response = process_response  # type: ignore[assignment,method-assign]


def no_rules() -> None:
    """Let anybody hold and buy as much as there is."""
    from booking.services import bounds

    rules = {
        "SEATS_HELD": 1_000_000,
        "TICKETS_OF_ACCOUNT": 1_000_000,
        "LIVE_HOLDS_OF_ADDRESS": 1_000_000,
        "REST": timedelta(0),
        "HOLDING_TIME": timedelta(days=365),
    }
    for name, value in rules.items():
        setattr(bounds, name, value)


def slow_hashes() -> None:
    """Hash passwords in four times the time, as a slower machine does."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    ScryptPasswordHasher.parallelism *= 4


_get_wsgi_application = django.core.wsgi.get_wsgi_application


def _get_unguarded_application() -> Any:
    application = _get_wsgi_application()
    for guard in os.environ.get("GUARDS_OFF", "").split():
        globals()[guard]()
    return application


django.core.wsgi.get_wsgi_application = _get_unguarded_application
