"""A real client, by a WebSocket or by Server-Sent Events, that checks every frame it gets."""

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, Protocol, Self
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from booking.chain import Checkpoint
from deploy.serve import Daphne
from realtime.room import Pace
from tests.realtime.api import ApiClient
from tests.realtime.event_streams import PATIENCE_SECONDS as PATIENCE_SECONDS
from tests.realtime.event_streams import EventStream
from tests.realtime.frames import Follower, checked


class Connection(Protocol):
    """A way to the frames of a show; `why` is the code with which the server ended it."""

    why: int | None

    def __init__(self, server: Daphne, show_id: int, query: str, address: str | None) -> None: ...

    def recv(self, seconds: float) -> str | None:
        """Return the next frame, or None after the last. Raises TimeoutError."""

    def close(self) -> None: ...


class BySocket:
    """A WebSocket."""

    def __init__(self, server: Daphne, show_id: int, query: str, address: str | None) -> None:
        self.why: int | None = None
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                server.socket_url(f"/ws/shows/{show_id}/?{query}"),
                compression=None,
                open_timeout=PATIENCE_SECONDS,
                additional_headers={"X-Forwarded-For": address} if address else None,
            )
        )

    def recv(self, seconds: float) -> str | None:
        try:
            return str(self._socket.recv(timeout=seconds))
        except ConnectionClosed as closed:
            self.why = closed.rcvd.code if closed.rcvd else None
            return None

    def close(self) -> None:
        self._open.close()


class ByStream:
    """Server-Sent Events: whatever has a version must have an id."""

    def __init__(self, server: Daphne, show_id: int, query: str, address: str | None) -> None:
        self.why: int | None = None
        path = f"/api/shows/{show_id}/events/?{query}"
        self._stream = self._opened(server.port, path, address or "127.0.0.1")

    def _opened(self, port: int, path: str, address: str) -> EventStream:
        return EventStream(port, path, address=address)

    def recv(self, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        while event := self._stream.next(max(deadline - time.monotonic(), 0)):
            if event.comment:
                self.why = int(event.comment)
            if event.data:
                if ('"version"' in event.data) != (event.id is not None):
                    raise AssertionError(f"an event with the wrong id: {event}")
                return event.data
        status, is_over = self._stream.parser.status, self._stream.parser.is_over
        if status != 200:
            self.why = 4000 + status  # as sockets say it
        elif self.why and not is_over:
            raise AssertionError("the stream broke off after its last event")
        return None

    def close(self) -> None:
        self._stream.close()


class ByResumedStream(ByStream):
    """A stream that says what it has as a browser does that comes back: by Last-Event-ID."""

    def _opened(self, port: int, path: str, address: str) -> EventStream:
        page, _, since = path.partition("since=")
        return EventStream(port, f"{page}since=0", address=address, last_event_id=since or None)


class Watcher:
    """A client on a show's live seat map; frames that are invalid or out of order fail.

    A server with TRUSTED_PROXIES=1 takes `address` for the client's. It comes `by` one of the ways.
    """

    def __init__(
        self,
        server: Daphne,
        show_id: int,
        *,
        since: Checkpoint | None = None,
        states: str = "",
        waitlist: str | None = None,
        address: str | None = None,
        by: type[Connection] = BySocket,
    ) -> None:
        asked = {"since": since and since.name, "waitlist": waitlist}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        self._connection = by(server, show_id, query, address)
        self.follower = Follower(since, states)
        self.frames: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    def next(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next frame. Raises TimeoutError, or EOFError after the last one."""
        text = self._connection.recv(seconds)
        if text is None:
            raise EOFError
        frame = checked(text)
        self.follower.apply(frame)
        self.frames.append(frame)
        return frame

    def drain(self) -> None:
        """Take all that has come."""
        with suppress(TimeoutError):
            while True:
                self.next(0.01)

    def until_told_at_once(self, client: ApiClient, show_id: int) -> int:
        """Book seat by seat, until one is told sooner than a check of the log could tell it.

        Each is one version, and its number the version's. Returns the version that was told so.
        """
        for seat_number in range((self.follower.version or 0) + 1, len(self.follower.states) + 1):
            self.drain()
            self.next_of("tick")  # right after one the next check is a whole interval away
            if (status := client.book(show_id, seat_number).status) != 201:
                raise AssertionError(f"seat {seat_number} was not booked: {status}")
            with suppress(TimeoutError):
                self.until_version(seat_number, Pace().check / 2)
                return seat_number
        raise AssertionError("changes come by the checks alone")

    def next_of(self, kind: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next frame of this type."""
        return self.until(lambda frame: frame["type"] == kind, seconds)

    def until(
        self, wanted: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Return the next frame that is wanted. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not wanted(frame := self.next(max(deadline - time.monotonic(), 0))):
            pass
        return frame

    def until_version(self, version: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Read frames until the seat map has this version."""
        deadline = time.monotonic() + seconds
        while self.follower.version is None or self.follower.version < version:
            self.next(max(deadline - time.monotonic(), 0))

    def close_code(self, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Read to the end, and return the code that the server closed with."""
        deadline = time.monotonic() + seconds
        while self._connection.recv(max(deadline - time.monotonic(), 0)) is not None:
            pass
        return self._connection.why
