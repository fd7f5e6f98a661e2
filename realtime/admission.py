"""Limits how many sockets and streams one client may open, and how often."""

import time
from collections import Counter
from typing import Any

from django.conf import settings

from foundation.web.clients import address_in

# Beyond this many remembered clients, those that may start afresh anyway are forgotten.
MOST_REMEMBERED = 10_000


class Admission:
    """Counts each client's open and new sockets in this process; a stream is one, too.

    A client may have SOCKETS_PER_CLIENT at a time, and open as many at once; after that it may open
    SOCKETS_PER_SECOND, however often it reconnects.
    """

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._paid_until: dict[str, float] = {}

    def enter(self, client: str) -> bool:
        """Return whether the client may open a socket, and count it if so."""
        if not settings.THROTTLES:
            return True
        now = time.monotonic()
        paid_until = max(self._paid_until.get(client, now), now) + 1 / settings.SOCKETS_PER_SECOND
        at_once = settings.SOCKETS_PER_CLIENT / settings.SOCKETS_PER_SECOND
        if self._open[client] >= settings.SOCKETS_PER_CLIENT or paid_until > now + at_once:
            return False
        if len(self._paid_until) >= MOST_REMEMBERED:
            self._paid_until = {c: until for c, until in self._paid_until.items() if until > now}
        self._paid_until[client] = paid_until
        self._open[client] += 1
        return True

    def leave(self, client: str) -> None:
        """Take one socket of the client off the count."""
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]


admission = Admission()


def client_in(scope: dict[str, Any]) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address."""
    address, _ = scope.get("client") or ("", 0)
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    told = b",".join(forwarded).decode("latin-1")
    return address_in({"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": told})
