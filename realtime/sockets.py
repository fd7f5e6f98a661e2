"""One browser's socket, as a room sees it."""

from realtime.transport import Send, Wire


class Socket(Wire):
    """An accepted WebSocket.

    `since` is the version that its client already has; one that is not `counted` shows no map to
    anybody, and so is no viewer. `line` is the hash of the address in whose turns in line the
    client is interested, if it named one.
    """

    __slots__ = ("counted", "line", "since")

    def __init__(
        self,
        send: Send,
        since: int | None = None,
        *,
        counted: bool = True,
        line: str | None = None,
    ) -> None:
        super().__init__(send)
        self.since = since
        self.counted = counted
        self.line = line
