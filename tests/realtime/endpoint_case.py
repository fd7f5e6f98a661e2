"""The endpoint of a seat map, before a view that remembers what it was asked."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.test import override_settings

from booking.selectors.seat_map import Head
from realtime.rooms import Rooms
from realtime.seat_map import SeatMapEndpoint
from tests.realtime.fakes import (
    SHOW,
    FakeSource,
    RoomTestCase,
    until,
)

PATH = f"/api/shows/{SHOW}/seats/"


class View:
    """An ASGI application that answers what the database has, and remembers what it was asked."""

    def __init__(self, source: FakeSource) -> None:
        self.source = source
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        known = dict(scope["headers"]).get(b"if-none-match")
        etag = f'"{self.source.head.name}"'.encode()
        headers = [(b"etag", etag), (b"content-length", b"9")]
        status = 304 if known == etag else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"the view's"})


class Answer:
    def __init__(self, messages: list[dict[str, Any]]) -> None:
        start, body = messages
        self.status = start["status"]
        self.headers = dict(start["headers"])
        self.body = body["body"]

    @property
    def map(self) -> tuple[int, str]:
        """The version and the states."""
        answer = json.loads(self.body)
        return answer["version"], answer["states"]


async def ask(
    application: Any,
    path: str = PATH,
    *,
    method: str = "GET",
    query: bytes = b"",
    host: bytes = b"127.0.0.1",
    **headers: str,
) -> Answer:
    given = [(b"host", host)]
    given += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": given,
        "client": ("192.0.2.7", 1234),
        "server": ("127.0.0.1", 80),
    }
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await application(scope, receive, send)
    return Answer(messages)


@override_settings(THROTTLES=False)
class EndpointTestCase(RoomTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.view = View(self.source)
        self.endpoint: Any = SeatMapEndpoint(self.view)
        self.batches: list[int] = []
        self.while_asking: Callable[[], None] = lambda: None
        self.enterContext(mock.patch("realtime.head_loader._ask", self.database))
        self.enterContext(mock.patch("realtime.head_loader.in_thread", self.in_no_thread))

    def database(self, show_ids: Any, clients: Any) -> tuple[dict[int, Head], list[bool]]:
        self.batches.append(len(clients))
        if self.source.failing:
            raise OSError("the database is away")
        if self.source.gone or SHOW not in show_ids:
            return {}, [True] * len(clients)
        return {SHOW: Head(self.source.head, 5, "hash")}, [True] * len(clients)

    def in_no_thread(self, work: Any) -> Any:
        async def in_time(*arguments: Any) -> Any:
            found = work(*arguments)
            self.while_asking()
            await asyncio.sleep(0.001)
            return found

        return in_time

    def using(self, rooms: Rooms) -> Any:
        return mock.patch("realtime.seat_map.rooms", lambda: rooms)

    async def warm(self, rooms: Rooms) -> None:
        """Let the room be read."""
        await ask(self.endpoint)
        await until(lambda: rooms.visit(SHOW).map.known == self.source.head)
        await until(lambda: rooms.visit(SHOW).map.timeline.version is not None)
        self.view.asked.clear()
