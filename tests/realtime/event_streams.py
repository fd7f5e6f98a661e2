"""A client of Server-Sent Events over a plain connection; it reads them as their standard says."""

import socket
import time
from dataclasses import dataclass
from typing import Self

REQUEST = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n{more}\r\n"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Event:
    """What stands between two empty lines: fields by name, and comments under an empty one."""

    fields: dict[str, str]

    @property
    def data(self) -> str:
        return self.fields.get("data", "")

    @property
    def id(self) -> str | None:
        return self.fields.get("id")

    @property
    def comment(self) -> str:
        return self.fields.get("", "")


class Parser:
    """Makes events of the bytes of an answer in chunks."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_over = False  # in good order, by a last empty chunk
        self._bytes = bytearray()
        self._text = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """Take more bytes, and return the events that are complete by now."""
        self._bytes += data
        if not self.status and not self._take_head():
            return []
        if self.status != 200:
            return []
        while (chunk := self._chunk()) is not None:
            self._text += chunk
            self.is_over = self.is_over or not chunk
        *whole, rest = self._text.split(b"\n\n")
        self._text = rest
        return [_event(text.decode()) for text in whole]

    def _take_head(self) -> bool:
        head, separator, rest = self._bytes.partition(b"\r\n\r\n")
        if not separator:
            return False
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        named = (line.partition(": ") for line in lines)
        self.headers = {name.lower(): value for name, _, value in named}
        self._bytes = rest
        return True

    def _chunk(self) -> bytes | None:
        size, separator, rest = self._bytes.partition(b"\r\n")
        if not separator or len(rest) < int(size, 16) + 2:
            return None
        length = int(size, 16)
        self._bytes = rest[length + 2 :]
        return bytes(rest[:length])


def _event(text: str) -> Event:
    named = (line.partition(":") for line in text.split("\n"))
    return Event({name: value.removeprefix(" ") for name, _, value in named})


class EventStream:
    """A connection to a stream on a port of this machine."""

    def __init__(
        self, port: int, path: str, *, address: str = "127.0.0.1", last_event_id: str | None = None
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        more = "" if last_event_id is None else f"Last-Event-ID: {last_event_id}\r\n"
        self.socket.sendall(REQUEST.format(path=path, address=address, more=more).encode())
        self.parser = Parser()
        self.events: list[Event] = []
        self._next: list[Event] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def next(self, seconds: float = PATIENCE_SECONDS) -> Event | None:
        """Return the next event, or None at the end. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not self._next:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self._next += self.parser.feed(data)
            if self.parser.status not in (0, 200):
                return None
        self.events.append(self._next.pop(0))
        return self.events[-1]
