"""One browser's socket, as a room sees it."""

from realtime import transport
from realtime.protocol import CloseCode
from realtime.transport import Frame, Send


def never_at_once(frame: Frame) -> bool:
    """Send nothing: so it is without a quick path."""
    return False


class Socket:
    """An accepted WebSocket.

    `since` is the version that its client already has; one that is not `counted` shows no map to
    anybody, and so is no viewer. `line` is the hash of the address in whose turns in line the
    client is interested, if it named one. `tell_at_once` sends a frame without waiting for
    anything; where it returns False, `tell` has to.
    """

    __slots__ = ("_send", "counted", "line", "since", "tell_at_once")

    def __init__(
        self,
        send: Send,
        since: int | None = None,
        *,
        counted: bool = True,
        line: str | None = None,
    ) -> None:
        self._send = send
        self.tell_at_once = transport.quick_path(send) or never_at_once
        self.since = since
        self.counted = counted
        self.line = line

    @property
    def is_slow(self) -> bool:
        """Whether its peer has left more unread than is worth keeping for it."""
        return transport.is_slow(self._send)

    async def tell(self, frame: Frame) -> None:
        """Send a frame by ASGI, behind whatever still waits to be sent."""
        await self._send({"type": "websocket.send", "text": frame.text})

    async def close(self, code: CloseCode) -> None:
        """Send a close frame."""
        await transport.close(self._send, int(code))
