"""What an ASGI server's `send` does not give: reaches past Daphne's public interface.

Everything that knows how Daphne, Autobahn and Twisted are built is here; docs/adr/0002 says why.
Where the shape is another one nothing breaks: buffers can't be measured, and closing goes by ASGI.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]


def buffered_bytes(send: Send) -> int | None:
    """Return how many bytes wait in this process for the socket's peer to read, if it can be told.

    The protocol's Twisted transport keeps what the kernel does not take.
    """
    try:
        transport = _protocol(send).transport
        return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)
    except (AttributeError, TypeError):
        return None


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
