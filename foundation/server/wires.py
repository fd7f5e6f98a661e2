"""The two kinds of wires: a WebSocket, and an HTTP answer that goes on for as long as one listens.

Like `foundation.server.transport`, this reaches past Daphne's public interface, and past Twisted's.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.tcp import Server as TcpTransport

from foundation.server.asgi_types import Message, Receive, Send
from foundation.server.transport import Frame, Wire

# How long a peer may take to answer a close frame.
ANSWER_SECONDS = 5
# A peer that acknowledges nothing for so long is gone: pings tell of others in as much time.
GONE_AFTER_SECONDS = 72
# How soon it is looked again whether a connection has ended.
LOOK_AGAIN_SECONDS = 0.02


class SocketWire(Wire):
    """The way to one accepted WebSocket, which forgets its handshake."""

    __slots__ = ()

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        if self._transport is not None:
            with suppress(AttributeError):  # `foundation.server.shedding` stays out
                self._protocol.shed()

    def encoded(self, frame: Frame) -> bytes:
        return frame.encoded

    async def tell(self, frame: Frame) -> None:
        await self._send({"type": "websocket.send", "text": frame.text})

    async def close(self, code: int) -> None:
        """Send a close frame with any code; if it isn't answered, Autobahn soon hangs up.

        By ASGI, Autobahn refuses codes that RFC 6455 reserves for servers, such as 1012. Those go
        by the method that Daphne itself uses for 1011. Autobahn's default second might be over with
        the frame still in the process, if that is held up.
        """
        send_close_frame = getattr(self._protocol, "sendCloseFrame", None)
        if 1000 < code < 3000 and send_close_frame is not None:
            self._protocol.closeHandshakeTimeout = ANSWER_SECONDS
            send_close_frame(code=int(code))
        else:
            # Autobahn takes no IntEnum.
            await self._send({"type": "websocket.close", "code": int(code)})

    def when_closed(self, call: Callable[[], object]) -> bool:
        """Call this once the connection has ended; False where nobody would.

        The application may then end, and costs nothing any more: there is nothing else to tell it
        where clients that speak are closed (`guards.guard_frames`), and the server lets it.
        """
        protocol = self._protocol
        if (
            self._transport is None
            or not getattr(protocol.server, "lets_applications_end", False)
            or not getattr(protocol, "only_listens", False)
        ):
            return False
        protocol.application_queue = _Closing(call)
        return True

    def receive_again(self) -> Receive:
        """Return what gives an application the socket's messages, after `when_closed`."""
        queue: asyncio.Queue[Message] = asyncio.Queue()
        self._protocol.application_queue = queue
        return queue.get

    def _found(self) -> Any:
        return self._protocol.transport

    def _is_plain(self) -> bool:
        protocol = self._protocol
        return (
            type(protocol.transport) is TcpTransport
            and not protocol.transport.TLS
            and protocol._perMessageCompress is None
            and not protocol.maskServerFrames
            and not protocol.send_queue
            and protocol.state == protocol.STATE_OPEN
        )

    @property
    def _is_open(self) -> bool:
        state: int = self._protocol.state
        return state == self._protocol.STATE_OPEN and bool(self._transport.connected)


class _Closing:
    """Stands where Daphne puts messages for an application, and hears of the last."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def put_nowait(self, message: Message) -> None:
        if message["type"] == "websocket.disconnect":
            self._call()


class StreamWire(Wire):
    """The way to one reader of Server-Sent Events, whose answer has begun.

    Daphne's time-out for answers doesn't hold for it, and its connection ends with it. A peer that
    acknowledges nothing for so long that a WebSocket's would have missed a ping is gone.
    """

    __slots__ = ()

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        with suppress(AttributeError, OSError):
            self._protocol.check_timeouts = _nothing_to_check
            self._protocol.channel.persistent = False
            handle: socket.socket = self._found().getHandle()
            handle.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_AFTER_SECONDS * 1000
            )

    def encoded(self, frame: Frame) -> bytes:
        return frame.chunk

    async def tell(self, frame: Frame) -> None:
        await self._send({"type": "http.response.body", "body": frame.event, "more_body": True})

    async def close(self, code: int) -> None:
        """End the answer in good order; for a peer that doesn't read there is none."""
        if self.is_slow:
            self._found().abortConnection()
            return
        goodbye = b": %d\n\n" % code
        await self._send({"type": "http.response.body", "body": goodbye, "more_body": False})

    async def has_ended(self) -> None:
        """Wait until the connection is over, as it is when all was sent after `close`."""
        while self._transport is not None and self._transport.connected:  # noqa: ASYNC110 (no event)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def _found(self) -> Any:
        return self._protocol.channel.transport

    def _is_plain(self) -> bool:
        transport = self._found()
        return (
            type(transport) is TcpTransport and not transport.TLS and bool(self._protocol.chunked)
        )

    @property
    def _is_open(self) -> bool:
        return not self._protocol.finished and bool(self._transport.connected)


def _nothing_to_check() -> None:
    """Stand for Daphne's check of an answer that may take as long as it likes."""
