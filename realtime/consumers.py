"""What a WebSocket does: it watches a show, or the listing, until one side leaves.

These are plain ASGI applications. Channels' own consumers pass every event through a thread to look
after database connections, which a watching socket doesn't have.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from prometheus_client import Gauge

from foundation.server import shutdown
from foundation.server.asgi_types import Receive, Scope, Send
from foundation.server.observed import answered_as
from realtime.admission import admission, client_in
from realtime.listing import Listing, the_listing
from realtime.metrics import LISTING_SOCKETS, SHOW_SOCKETS
from realtime.protocol import CloseCode
from realtime.room import Room
from realtime.rooms import rooms
from realtime.sockets import Socket, wish_in

GOODBYE_SECONDS = 1.0


async def watch_show(scope: Scope, receive: Receive, send: Send) -> None:
    """Keep a socket on the live seat map of the show in its path until it closes.

    `?since=VERSION.DIGEST` is what the client already has, `viewer=no` asks not to be counted as a
    viewer, and `waitlist=ADDRESS` to be told of the offers of this address.
    """
    answered_as(scope, "ws/shows/<id:show_id>/")
    show_id = int(scope["url_route"]["kwargs"]["show_id"])
    await _listen(scope, receive, send, lambda socket: rooms().join(show_id, socket), SHOW_SOCKETS)


async def watch_listing(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell a socket how many seats are left at all upcoming shows until it closes."""
    answered_as(scope, "ws/listing/")
    await _listen(scope, receive, send, lambda socket: the_listing().enter(socket), LISTING_SOCKETS)


async def _listen(
    scope: Scope,
    receive: Receive,
    send: Send,
    join: Callable[[Socket], Room | Listing],
    open_now: Gauge,
) -> None:
    """Let a socket join, and leave when it closes; meanwhile it counts as open.

    A client that sends anything is closed with TALKED; under Daphne `foundation.server.guards` has
    already done so. When the server shuts down, the socket is closed with GOING_AWAY.
    """
    socket = await _accepted(scope, receive, send)
    task = asyncio.current_task()
    if socket is None or task is None:
        return
    if shutdown.is_under_way():
        await _close(socket, CloseCode.GOING_AWAY, receive)
        return
    shutdown.close_before_end(task)
    joined = join(socket)
    open_now.inc()
    try:
        message = await receive()
    except asyncio.CancelledError:
        joined.leave(socket)
        await _close(socket, CloseCode.GOING_AWAY, receive)
        raise
    finally:
        open_now.dec()
        joined.leave(socket)
    if message["type"] != "websocket.disconnect":
        await _close(socket, CloseCode.TALKED, receive)


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a socket with an unknown path."""
    if socket := await _accepted(scope, receive, send):
        await _close(socket, CloseCode.NO_SUCH_SHOW, receive)


async def _accepted(scope: Scope, receive: Receive, send: Send) -> Socket | None:
    """Accept the connection, to be able to say why it is closed, unless its client has too many."""
    await receive()
    client, task = client_in(scope), asyncio.current_task()
    if task is None or not admission.enter(client):
        await send({"type": "websocket.close"})
        return None
    task.add_done_callback(lambda _: admission.leave(client))
    await send({"type": "websocket.accept"})
    return Socket(send, wish_in(scope, client))


async def _close(socket: Socket, code: CloseCode, receive: Receive) -> None:
    """Close the socket, and wait for the client's answer, which Daphne doesn't."""
    await socket.close(code)
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            while (await receive())["type"] != "websocket.disconnect":
                pass
