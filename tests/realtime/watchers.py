"""A real WebSocket client that checks every frame it gets."""

import time
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.live import LiveServer
from tests.realtime.frames import Follower, checked

# Bounds, not waits: a machine that does other things as well may need that long.
PATIENCE_SECONDS = 30


class Watcher:
    """A client on a show's live seat map; frames that are invalid or out of order fail."""

    def __init__(
        self,
        server: LiveServer,
        show_id: int,
        *,
        since: int | None = None,
        states: str = "",
        line: str | None = None,
    ) -> None:
        asked = {"since": since, "line": line}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        path = f"/ws/shows/{show_id}/?{query}"
        self._socket = connect(
            server.socket_url(path), compression=None, open_timeout=PATIENCE_SECONDS
        )
        self.follower = Follower(since, states)
        self.frames: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def next(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Return the next frame. Raises TimeoutError."""
        frame = checked(self._socket.recv(timeout=seconds))
        self.follower.apply(frame)
        self.frames.append(frame)
        return frame

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
        try:
            while True:
                self._socket.recv(timeout=max(deadline - time.monotonic(), 0))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
