"""What an ASGI server's `send` does not give: reaches past Daphne's public interface.

Everything that knows how Daphne, Autobahn and Twisted are built is here; docs/adr/0002 and 0007 say
why. Where the shape is another one nothing breaks: frames and closing go by ASGI, and buffers can't
be measured.
"""

import socket
from collections.abc import Awaitable, Callable
from typing import Any

from autobahn.websocket import protocol as autobahn
from twisted.internet.tcp import Server as TcpTransport

Send = Callable[[dict[str, Any]], Awaitable[None]]

# What this process keeps for a peer that does not read. The largest frame is a fraction of it.
MOST_BUFFERED_BYTES = 256 * 1024
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


QuickPath = Callable[[Frame], bool]


def quick_path(send: Send) -> QuickPath | None:
    """Return what sends a frame to the accepted socket behind a `send` at once, if anything can.

    There is none with TLS, compression, another server than Daphne, or a `send` that is wrapped.
    """
    protocol = _protocol(send)
    try:
        plain = (
            type(protocol.transport) is TcpTransport
            and not protocol.transport.TLS
            and protocol._perMessageCompress is None
            and not protocol.maskServerFrames
            and not protocol.send_queue
        )
        return _writing_at_once(protocol) if plain else None
    except (AttributeError, OSError):
        return None


def _writing_at_once(protocol: Any) -> QuickPath:
    """Return what writes frames to the kernel's socket of an open WebSocket over plain TCP.

    A closure, since it runs for every delivery: nothing that stays the same is looked up there.
    """
    transport = protocol.transport
    handle = transport.getHandle()
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)
    write, is_open = handle.send, protocol.STATE_OPEN

    def send_at_once(frame: Frame) -> bool:
        """Send the frame, and return False where it can't go this way any more.

        Only what the kernel does not take waits in the transport's buffer; while anything does,
        the frame queues up behind it.
        """
        if protocol.state != is_open:
            return False
        encoded = frame.encoded
        if transport.dataBuffer or transport._tempDataLen:
            if _buffered(transport) > MOST_BUFFERED_BYTES:
                return False
            transport.write(encoded)
            return True
        try:
            taken = write(encoded)
        except BlockingIOError:
            taken = 0
        except OSError:
            return False  # the transport comes upon the same error, and deals with it
        if taken < len(encoded):
            transport.write(encoded[taken:])
        return True

    return send_at_once


def is_slow(send: Send) -> bool:
    """Return whether the socket's peer has left more unread than is worth keeping for it.

    That is unknown, and False, where the shape is another one.
    """
    try:
        return _buffered(_protocol(send).transport) > MOST_BUFFERED_BYTES
    except (AttributeError, TypeError):
        return False


def _buffered(transport: Any) -> int:
    """Return how many bytes of a Twisted transport the kernel has not taken yet."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


async def close(send: Send, code: int) -> None:
    """Send a close frame with any code; a second later, unanswered, Autobahn ends the connection.

    ASGI's message for it fails on Autobahn for codes that RFC 6455 keeps for servers, such as 1012.
    Those go by the method that Daphne itself uses for 1011.
    """
    send_close_frame = getattr(_protocol(send), "sendCloseFrame", None)
    if 1000 < code < 3000 and send_close_frame is not None:
        send_close_frame(code=code)
    else:
        await send({"type": "websocket.close", "code": code})


def _protocol(send: Send) -> Any:
    """Return Daphne's protocol of this socket: `send` is `partial(handle_reply, protocol)`."""
    return next(iter(getattr(send, "args", ())), None)
