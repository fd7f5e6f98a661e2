"""One browser's socket, as a room sees it."""

from realtime import transport
from realtime.protocol import CloseCode
from realtime.transport import Send

MOST_BUFFERED_BYTES = 1024 * 1024


class Socket:
    """An accepted WebSocket.

    `since` is the version that its client already has; one that is not `counted` shows no map to
    anybody, and so is no viewer. `line` is the hash of the address in whose turns in line the
    client is interested, if it named one.
    """

    __slots__ = ("_send", "counted", "line", "since")

    def __init__(
        self,
        send: Send,
        since: int | None = None,
        *,
        counted: bool = True,
        line: str | None = None,
    ) -> None:
        self._send = send
        self.since = since
        self.counted = counted
        self.line = line

    @property
    def is_slow(self) -> bool:
        """Whether its peer has left more unread than is worth keeping for it."""
        buffered = transport.buffered_bytes(self._send)
        return buffered is not None and buffered > MOST_BUFFERED_BYTES

    async def tell(self, frame: str) -> None:
        """Send one text frame."""
        await self._send({"type": "websocket.send", "text": frame})

    async def close(self, code: CloseCode) -> None:
        """Send a close frame."""
        await transport.close(self._send, int(code))
