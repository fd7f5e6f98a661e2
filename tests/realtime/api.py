"""Books and cancels over HTTP, as a REST client of a live server does."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from rest_framework_simplejwt.tokens import AccessToken

from tests.live import LiveServer


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    body: Any
    seconds: float


class ApiClient:
    """A signed-in client of one server; `token` is that of a log-in, or made for the user."""

    def __init__(self, server: LiveServer, *, user: Any = None, token: str = "") -> None:
        self._server = server
        self._token = token or str(AccessToken.for_user(user))

    def book(self, show_id: int, *seat_numbers: int, key: str | None = None) -> Answer:
        """Book these seats, with an Idempotency-Key if one is given."""
        return self.post(f"/api/shows/{show_id}/book/", {"seat_numbers": seat_numbers}, key=key)

    def cancel(self, booking_id: int) -> Answer:
        """Cancel a booking."""
        return self.post(f"/api/bookings/{booking_id}/cancel/", {})

    def get(self, path: str) -> Answer:
        """Ask for a path, and wait for the answer for 30 seconds at most."""
        return self._asked(path, None)

    def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Answer:
        """Send JSON, and wait for the answer for 30 seconds at most."""
        return self._asked(path, json.dumps(body).encode(), key=key)

    def _asked(self, path: str, body: bytes | None, *, key: str | None = None) -> Answer:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self._server.url(path), body, headers)
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        return Answer(status, json.loads(text or "null"), time.monotonic() - started)
