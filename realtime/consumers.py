"""What a WebSocket connection does: it watches a show until one side goes.

These are plain ASGI applications: channels' own consumers pass every event through a thread, to
look after database connections that a watching socket does not have.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from booking.selectors.holds import hash_of
from realtime import shutdown
from realtime.protocol import CloseCode
from realtime.rooms import rooms
from realtime.sockets import Socket
from realtime.transport import Send

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

GOODBYE_SECONDS = 1.0


async def watch_show(scope: Scope, receive: Receive, send: Send) -> None:
    """Keep a socket on the live seat map of the show that its path names, until it closes.

    `?since=VERSION` is what the client already has, `viewer=no` asks not to be counted among those
    who watch, `line=ADDRESS` to be told of the turns in line that come to this address. What a
    client sends is ignored. When the server shuts down the socket is closed with GOING_AWAY.
    """
    socket = await _accepted(scope, receive, send)
    task = asyncio.current_task()
    if task is None or shutdown.is_under_way():
        await _close(socket, CloseCode.GOING_AWAY, receive)
        return
    shutdown.close_before_end(task)
    room = rooms().join(int(scope["url_route"]["kwargs"]["show_id"]), socket)
    try:
        await _disconnected(receive)
    except asyncio.CancelledError:
        room.leave(socket)
        await _close(socket, CloseCode.GOING_AWAY, receive)
        raise
    finally:
        room.leave(socket)


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a socket whose path leads nowhere."""
    await _close(await _accepted(scope, receive, send), CloseCode.NO_SUCH_SHOW, receive)


async def _accepted(scope: Scope, receive: Receive, send: Send) -> Socket:
    """Accept the connection: one that is refused can't tell its client a close code."""
    await receive()
    await send({"type": "websocket.accept"})
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return Socket(send, _since(query), counted=query.get("viewer") != ["no"], line=_line(query))


def _since(query: dict[str, list[str]]) -> int | None:
    try:
        return int(query["since"][-1])
    except (KeyError, ValueError):
        return None


def _line(query: dict[str, list[str]]) -> str | None:
    return hash_of(query["line"][-1]) if "line" in query else None


async def _close(socket: Socket, code: CloseCode, receive: Receive) -> None:
    """Close the socket, and stay for the client's answer, for which Daphne does not wait."""
    await socket.close(code)
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass
