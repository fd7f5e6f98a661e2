"""What an ASGI server's `send` does not give: reaches past Daphne's public interface.

Everything that knows how Daphne, Autobahn and Twisted are built is here; docs/adr/0002 and 0007 say
why. Where the shape is another one nothing breaks: frames and closing go by ASGI, and buffers can't
be measured.
"""

import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from autobahn.websocket import protocol as autobahn
from twisted.internet.tcp import Server as TcpTransport

Send = Callable[[dict[str, Any]], Awaitable[None]]

# What this process keeps for a peer that does not read. The largest frame is a fraction of it.
MOST_BUFFERED_BYTES = 256 * 1024
# How long a peer may take to answer a close frame.
ANSWER_SECONDS = 5
# What the kernel keeps for a peer that does not read, doubled by Linux for its own needs. Left to
# itself it keeps megabytes.
KERNEL_BUFFER_BYTES = 64 * 1024

if hasattr(autobahn, "pformat"):
    # At every connection Autobahn renders forty settings for its debug log, whether or not anybody
    # keeps one: a fifth of what joining costs.
    autobahn.pformat = lambda settings: settings


class Frame:
    """One text message, encoded once for however many sockets it goes to."""

    __slots__ = ("encoded", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        message = autobahn.PreparedMessage(
            text.encode(), isBinary=False, applyMask=False, doNotCompress=True
        )
        self.encoded: bytes = message.payloadHybi


class Wire:
    """The way to one accepted WebSocket.

    `write` is the method of the kernel's own socket while frames may go there at once: over plain
    TCP, to an open WebSocket, with nothing waiting before them. It is None otherwise, and always
    with TLS, compression, another server than Daphne, or a `send` that is wrapped.
    """

    __slots__ = ("_protocol", "_send", "_transport", "write")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._protocol = _protocol(send)
        self._transport: Any = None
        self.write: Callable[[bytes], int] | None = None
        try:
            if _is_plain(self._protocol):
                self._follow(self._protocol.transport)
        except (AttributeError, OSError):
            pass  # another shape, or a connection that is already lost: all goes by ASGI

    def _follow(self, transport: Any) -> None:
        """Keep `write` true by the two calls with which the transport turns to its poller.

        Whatever has to wait (what the kernel did not take, a pong, a close frame) begins with the
        one; the other says that nothing waits any more, or that the connection has ended.
        """
        begin, end = transport.startWriting, transport.stopWriting
        handle: socket.socket = transport.getHandle()
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
        write, waiting = handle.send, _buffered(transport)

        def start_writing() -> None:
            self.write = None
            begin()

        def stop_writing() -> None:
            end()
            self.write = write if self._is_open and not _buffered(transport) else None
            if not transport.connected:
                del transport.startWriting, transport.stopWriting  # a cycle ends

        transport.startWriting, transport.stopWriting = start_writing, stop_writing
        self._transport = transport
        self.write = None if waiting else write

    @property
    def _is_open(self) -> bool:
        state: int = self._protocol.state
        return state == self._protocol.STATE_OPEN and bool(self._transport.connected)

    @property
    def is_slow(self) -> bool:
        """Whether its peer has left more unread than is worth keeping for it.

        That is unknown, and False, where the shape is another one.
        """
        try:
            return _buffered(self._protocol.transport) > MOST_BUFFERED_BYTES
        except (AttributeError, TypeError):
            return False

    def wait_in_line(self, data: bytes) -> bool:
        """Put data behind what waits to be sent, and return False where it can't go this way."""
        if self._transport is None or not self._is_open or self.is_slow:
            return False
        self._transport.write(data)
        return True

    async def tell(self, frame: Frame) -> None:
        """Send a frame by ASGI, behind whatever still waits to be sent."""
        await self._send({"type": "websocket.send", "text": frame.text})

    async def close(self, code: int) -> None:
        """Send a close frame with any code; a while later, unanswered, Autobahn hangs up.

        ASGI's message for it fails on Autobahn for codes that RFC 6455 keeps for servers, such as
        1012. Those go by the method that Daphne itself uses for 1011. Where the process is held up,
        Autobahn's own second would be over with the frame still in the process.
        """
        send_close_frame = getattr(self._protocol, "sendCloseFrame", None)
        if 1000 < code < 3000 and send_close_frame is not None:
            self._protocol.closeHandshakeTimeout = ANSWER_SECONDS
            send_close_frame(code=code)
        else:
            await self._send({"type": "websocket.close", "code": code})


AnyWire = TypeVar("AnyWire", bound=Wire)


def send_at_once(frame: Frame, wires: Iterable[AnyWire]) -> list[AnyWire]:
    """Send a frame to all of these without waiting for anything; return those that it can't reach.

    Only what the kernel does not take waits in a transport's buffer; while anything does, frames
    queue up behind it.
    """
    encoded = frame.encoded
    length = len(encoded)
    unreached = []
    for wire in wires:
        write = wire.write
        if write is None:
            if not wire.wait_in_line(encoded):
                unreached.append(wire)
            continue
        try:
            taken = write(encoded)
        except BlockingIOError:
            taken = 0
        except OSError:
            unreached.append(wire)  # the transport comes upon the same error, and deals with it
            continue
        if taken != length:
            wire.wait_in_line(encoded[taken:])
    return unreached


def _is_plain(protocol: Any) -> bool:
    """Return whether frames may go round Daphne's protocol. Raises AttributeError."""
    return (
        type(protocol.transport) is TcpTransport
        and not protocol.transport.TLS
        and protocol._perMessageCompress is None
        and not protocol.maskServerFrames
        and not protocol.send_queue
        and protocol.state == protocol.STATE_OPEN
    )


def _buffered(transport: Any) -> int:
    """Return how many bytes of a Twisted transport the kernel has not taken yet."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def _protocol(send: Send) -> Any:
    """Return Daphne's protocol of this socket: `send` is `partial(handle_reply, protocol)`."""
    return next(iter(getattr(send, "args", ())), None)
