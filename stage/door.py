"""The way that everybody takes into the box office, taken by this process itself.

A request goes to the application that serves those of clients, on the same threads and in turn with
theirs: no more of it than of any other client.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from foundation.server.asgi_types import Application, Message, Scope
from foundation.server.wsgi_adapter import PATIENT
from stage.performers import Performer

# Where no client can be: so nobody shares the turns of these requests.
NOWHERE = ("0.0.0.0", 0)  # noqa: S104  (nothing listens there)
# What says under which name and scheme the site is asked.
PASSED_ON = (b"host", b"x-forwarded-proto")


@dataclass(frozen=True)
class Answer:
    """An answer of the API, and how many seconds it took."""

    status: int
    body: dict[str, Any]
    seconds: float


class Door:
    """Sends requests to an application under the name that the site was asked under in a scope."""

    def __init__(self, application: Application, scope: Scope) -> None:
        self._application = application
        self._headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
        self._scheme = scope.get("scheme", "http")
        self._server = scope.get("server")

    async def post(self, path: str, body: dict[str, Any], performer: Performer) -> Answer:
        """Return what the performer is answered."""
        loop = asyncio.get_running_loop()
        sent = loop.time()
        content = json.dumps(body).encode()
        answered: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            answered.append(message)

        await self._application(self._scope(path, content, performer), receive, send)
        start, *parts = answered
        text = b"".join(part.get("body", b"") for part in parts)
        return Answer(start["status"], json.loads(text), loop.time() - sent)

    def _scope(self, path: str, content: bytes, performer: Performer) -> Scope:
        return {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": self._scheme,
            "path": path,
            "query_string": b"",
            "headers": [
                *self._headers,
                (b"authorization", f"Bearer {performer.access}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ],
            "client": NOWHERE,
            "server": self._server,
            PATIENT: True,
        }
