"""What an ASGI server's `send` doesn't offer: quick frames, any close code, the size of a buffer.

This reaches past Daphne's public interface; docs/adr/0002 and 0007 say why. If an upgrade changes
what it relies on, frames and close codes go by ASGI, and buffers can't be measured.
"""

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from autobahn.exception import Disconnected
from autobahn.websocket import protocol as autobahn
from twisted.internet.tcp import Server as TcpTransport

from foundation.server.asgi_types import Send

# What this process keeps for a peer that doesn't read. The largest frame is a fraction of it.
MOST_BUFFERED_BYTES = 256 * 1024
# What the kernel keeps for a peer that doesn't read; Linux doubles it. By default it keeps
# megabytes.
KERNEL_BUFFER_BYTES = 64 * 1024
# What `send` raises where the peer is gone, or about to go.
GONE = (Disconnected, ConnectionError)


class Frame:
    """One text message, encoded once for any number of readers.

    `event_id` names what a reader has when it has this frame, if that can be said: a stream that
    breaks off goes on after it.
    """

    __slots__ = ("_chunk", "encoded", "event_id", "text")

    def __init__(self, text: str, event_id: str = "") -> None:
        self.text = text
        self.event_id = event_id
        self._chunk = b""
        message = autobahn.PreparedMessage(
            text.encode(), isBinary=False, applyMask=False, doNotCompress=True
        )
        self.encoded: bytes = message.payloadHybi

    @property
    def event(self) -> bytes:
        """The message as Server-Sent Events have it."""
        named = f"id: {self.event_id}\n" if self.event_id else ""
        return f"{named}data: {self.text}\n\n".encode()

    @property
    def chunk(self) -> bytes:
        """The event as a part of an HTTP/1.1 answer."""
        if not self._chunk:
            event = self.event
            self._chunk = b"%x\r\n%b\r\n" % (len(event), event)
        return self._chunk


class Wire(ABC):
    """The way to one reader: an accepted WebSocket, or an answer that goes on.

    `write` is the kernel socket's own method while frames may go there at once: over plain TCP, to
    a reader that is still there, with nothing waiting before them. Otherwise it is None, and always
    so with TLS, compression, a server other than Daphne, or a wrapped `send`.
    """

    __slots__ = ("_protocol", "_send", "_transport", "write")

    def __init__(self, send: Send) -> None:
        self._send = send
        # Daphne's protocol of this reader: `send` is `partial(handle_reply, protocol)`.
        self._protocol: Any = next(iter(getattr(send, "args", ())), None)
        self._transport: Any = None
        self.write: Callable[[bytes], int] | None = None
        try:
            if self._is_plain():
                self._follow(self._found())
        except (AttributeError, OSError):
            pass  # another shape, or the connection is lost already: all goes by ASGI

    @abstractmethod
    def encoded(self, frame: Frame) -> bytes:
        """Return a frame as this reader's connection has it."""

    @abstractmethod
    async def tell(self, frame: Frame) -> None:
        """Send a frame by ASGI, behind whatever waits to be sent."""

    @abstractmethod
    async def close(self, code: int) -> None:
        """Tell the reader nothing more, and as well as may be why: by a WebSocket's close code."""

    @abstractmethod
    def _found(self) -> Any:
        """Return Twisted's transport. Raises AttributeError."""

    @abstractmethod
    def _is_plain(self) -> bool:
        """Return whether frames may bypass Daphne's protocol. Raises AttributeError."""

    @property
    @abstractmethod
    def _is_open(self) -> bool:
        """Whether the reader, once known to be plain, can still be sent frames."""

    def _follow(self, transport: Any) -> None:
        """Keep `write` right from now on."""
        handle: socket.socket = transport.getHandle()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
        write, waiting = handle.send, buffered(transport)
        transport.__class__ = FollowedTransport
        transport.wire = self
        self._transport = transport
        self.write = None if waiting else write

    @property
    def is_slow(self) -> bool:
        """Whether its peer has left too much unread; False if that can't be known."""
        try:
            return buffered(self._found()) > MOST_BUFFERED_BYTES
        except (AttributeError, TypeError):
            return False

    def enqueue(self, data: bytes) -> bool:
        """Queue data behind what waits to be sent; return False if it can't go this way."""
        if self._transport is None or not self._is_open or self.is_slow:
            return False
        self._transport.write(data)
        return True


class FollowedTransport(TcpTransport):
    """A connection whose wire is told of the two calls that it makes to its poller.

    It makes the first when something has to wait (what the kernel did not take, a pong, a close
    frame), and the second when nothing waits any more or the connection has ended. A transport
    becomes one by a change of its class: two methods of its own would cost each a kilobyte.
    """

    wire: Wire

    def startWriting(self) -> None:  # noqa: N802 (Twisted's name)
        self.wire.write = None
        super().startWriting()  # type: ignore[no-untyped-call]

    def stopWriting(self) -> None:  # noqa: N802 (Twisted's name)
        super().stopWriting()  # type: ignore[no-untyped-call]
        is_free = self.wire._is_open and not buffered(self)
        self.wire.write = self.socket.send if is_free else None
        if not self.connected:
            self.__class__ = TcpTransport  # type: ignore[assignment]
            del self.wire  # a cycle ends


AnyWire = TypeVar("AnyWire", bound=Wire)


def send_at_once(frame: Frame, wires: Iterable[AnyWire]) -> list[AnyWire]:
    """Send a frame to all of these without waiting; return those that it can't reach.

    Only what the kernel doesn't take waits in a transport's buffer, and later frames behind it.
    """
    unreached = []
    for wire in wires:
        encoded = wire.encoded(frame)
        write = wire.write
        if write is None:
            if not wire.enqueue(encoded):
                unreached.append(wire)
            continue
        try:
            taken = write(encoded)
        except BlockingIOError:
            taken = 0
        except OSError:
            unreached.append(wire)  # the transport meets the same error, and handles it
            continue
        if taken != len(encoded):
            wire.enqueue(encoded[taken:])
    return unreached


def buffered(transport: Any) -> int:
    """Return how many bytes of a Twisted transport the kernel has not taken yet."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
