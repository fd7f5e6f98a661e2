"""What an ASGI server's `send` does not tell: reads past Daphne's public interface.

Everything that knows how Daphne and Twisted are built is here; docs/adr/0002 says why. Where the
shape is another one, nothing breaks: the answers are None.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]


def buffered_bytes(send: Send) -> int | None:
    """Return how many bytes wait in this process for the socket's peer to read, if it can be told.

    Daphne gives an application `partial(handle_reply, protocol)`; the protocol's Twisted transport
    keeps what the kernel does not take.
    """
    try:
        transport = send.args[0].transport  # type: ignore[attr-defined]
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
    except (AttributeError, IndexError, TypeError):
        return None
