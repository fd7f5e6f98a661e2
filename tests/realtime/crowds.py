"""Many WebSockets and streams in one thread that check the order of what they get."""

import itertools
import json
import selectors
import socket
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, ClassVar, Protocol, Self

from tests.realtime import event_streams

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "X-Forwarded-For: {address}\r\n\r\n"
)
_addresses = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in itertools.count())
TEXT, CLOSE, PING = 0x81, 0x88, 0x89


@lru_cache(maxsize=8)
def _frame(payload: bytes | str) -> Any:
    """Return the frame; the same one comes to every member."""
    return json.loads(payload)


class Served(Protocol):
    """A server, or a proxy in front of some, on this machine."""

    port: int


class Member(ABC):
    """One connection of a crowd; an AssertionError says where frames left a gap or came twice.

    Each says that it comes from another address, to whoever believes that.
    """

    request: ClassVar[str]

    def __init__(self, server: Served, path: str, *, keeps: int | None) -> None:
        self.version: int | None = None
        self.digest = ""
        self.heard = 0
        self.viewers = 0
        self.close_code: int | None = None
        self.is_over = False
        self.socket = socket.socket()
        if keeps is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, keeps)
        self.socket.connect(("127.0.0.1", server.port))
        request = self.request.format(path=path, address=next(_addresses), more="")
        self.socket.sendall(request.encode())
        self.socket.setblocking(False)

    def read(self) -> None:
        """Take what has come."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self.is_over = self.is_over or not data
        self._take(data)

    def reset(self) -> None:
        """End the connection without a word, as a client that dies does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """Take more bytes of the connection."""

    def _apply(self, frame: dict[str, Any]) -> None:
        self.heard += 1
        self.digest = frame.get("digest", self.digest)
        if frame["type"] == "viewers":
            self.viewers = frame["count"]
        elif frame["type"] == "changes":
            if self.version is not None and frame["from"] != self.version + 1:
                raise AssertionError(f"at version {self.version} came {frame['from']}")
            self.version = frame["version"]
        elif frame["type"] == "tick" and self.version not in (None, frame["version"]):
            raise AssertionError(f"at version {self.version} came a tick of {frame['version']}")
        else:
            self.version = frame["version"]


class SocketMember(Member):
    """A WebSocket."""

    request = REQUEST

    def __init__(self, server: Served, path: str, *, keeps: int | None) -> None:
        self._data = bytearray()
        self._is_open = False
        super().__init__(server, path, keeps=keeps)

    def _take(self, data: bytes) -> None:
        self._data += data
        if not self._is_open:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._data.startswith(b"HTTP/1.1 101 "):
                self.is_over = True
                return
            del self._data[: end + 4]
            self._is_open = True
        while (frame := self._next()) is not None:
            self._hear(*frame)

    def _next(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        head, length = 2, data[1]
        if length == 126 and len(data) >= 4:
            head, length = 4, struct.unpack_from("!H", data, 2)[0]
        if len(data) < head + length or (head == 2 and length == 126):
            return None
        payload = bytes(data[head : head + length])
        kind = data[0]
        del data[: head + length]
        return kind, payload

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self.close_code = struct.unpack("!H", payload[:2])[0]
            self.is_over = True
        if kind == PING:  # a client's frames are masked; these four zeros change nothing
            with suppress(OSError):
                self.socket.send(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
        if kind == TEXT:
            self._apply(_frame(payload))


class StreamMember(Member):
    """A stream of Server-Sent Events."""

    request = event_streams.REQUEST

    def __init__(self, server: Served, path: str, *, keeps: int | None) -> None:
        self._parser = event_streams.Parser()
        super().__init__(server, path, keeps=keeps)

    def _take(self, data: bytes) -> None:
        for event in self._parser.feed(data):
            if event.data:
                self._apply(_frame(event.data))


class Crowd:
    """Members that are read while one waits for anything.

    They come to the paths in turns. `keeps` bounds their kernel's buffers.
    """

    def __init__(
        self, server: Served, paths: Sequence[str], count: int, *, keeps: int | None = None
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self.members: list[Member] = []
        for path in itertools.islice(itertools.cycle(paths), count):
            kind = SocketMember if path.startswith("/ws/") else StreamMember
            self._greet(kind(server, path, keeps=keeps))
            if len(self.members) % 100 == 0:
                self.until(self.have_joined)

    def _greet(self, member: Member) -> None:
        """Read from a member from now on."""
        self.members.append(member)
        self._selector.register(member.socket, selectors.EVENT_READ, member)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._selector.close()
        for member in self.members:
            member.socket.close()

    def have_joined(self) -> bool:
        """Return whether every member has a seat map."""
        return all(member.version is not None for member in self.members)

    def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Read until the condition holds. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError
            for key, _ in self._selector.select(0.05):
                key.data.read()
                if key.data.is_over:
                    self._see_off(key.data)

    def _see_off(self, member: Member) -> None:
        """Read no more from a member whose connection is over."""
        with suppress(KeyError):
            self._selector.unregister(member.socket)
