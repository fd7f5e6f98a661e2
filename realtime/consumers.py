"""What a WebSocket does: it watches a show, or the house, until one side leaves.

These are plain ASGI applications. Channels' own consumers pass every event through a thread to look
after database connections, which a watching socket doesn't have. Under our server they end as soon
as a socket has joined: thousands of them that only wait would cost more than the sockets.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from prometheus_client import Gauge

from foundation.server import shutdown
from foundation.server.asgi_types import Receive, Scope, Send
from foundation.server.observed import answered_as
from realtime.admission import admission, client_in
from realtime.house_feed import HouseFeed, the_house
from realtime.metrics import HOUSE_SOCKETS, SHOW_SOCKETS
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


async def watch_house(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell a socket what is on, and how many seats are left of it, until it closes."""
    answered_as(scope, "ws/house/")
    await _listen(scope, receive, send, lambda socket: the_house().enter(socket), HOUSE_SOCKETS)


class Visit:
    """An accepted socket: it counts as its client's, and is told what happens, until it ends."""

    __slots__ = ("_client", "_joined", "_open_now", "socket")

    def __init__(self, client: str, socket: Socket) -> None:
        self.socket = socket
        self._client: str | None = client
        self._joined: Room | HouseFeed | None = None
        self._open_now: Gauge | None = None

    def join(self, join: Callable[[Socket], Room | HouseFeed], open_now: Gauge) -> None:
        self._joined, self._open_now = join(self.socket), open_now
        open_now.inc()

    def leave(self) -> None:
        """Be told nothing more."""
        if self._joined is not None and self._open_now is not None:
            self._joined.leave(self.socket)
            self._open_now.dec()
            self._joined = None

    def end(self) -> None:
        """Leave, and count no more; a second call changes nothing."""
        self.leave()
        if self._client is not None:
            admission.leave(self._client)
            self._client = None
            shutdown.has_gone(self)

    async def say_goodbye(self) -> None:
        """Close a socket that has no application any more, since the server is about to end."""
        receive = self.socket.receive_again()
        self.leave()
        try:
            await _close(self.socket, CloseCode.GOING_AWAY, receive)
        finally:
            self.end()


async def _listen(
    scope: Scope,
    receive: Receive,
    send: Send,
    join: Callable[[Socket], Room | HouseFeed],
    open_now: Gauge,
) -> None:
    """Let a socket join, and leave when it closes; meanwhile it counts as open.

    Where the socket itself tells of its end, there is nothing to wait for here.
    """
    visit = await _accepted(scope, receive, send)
    if visit is None:
        return
    stays = False
    try:
        if shutdown.is_under_way():
            await _close(visit.socket, CloseCode.GOING_AWAY, receive)
            return
        visit.join(join, open_now)
        stays = visit.socket.when_closed(visit.end)
        if stays:
            shutdown.see_off(visit)
        else:
            await _stay(visit, receive)
    finally:
        if not stays:
            visit.end()


async def _stay(visit: Visit, receive: Receive) -> None:
    """Wait until the socket closes.

    A client that sends anything is closed with TALKED; under Daphne `foundation.server.guards` has
    already done so. When the server shuts down, the socket is closed with GOING_AWAY.
    """
    if task := asyncio.current_task():
        shutdown.close_before_end(task)
    try:
        message = await receive()
    except asyncio.CancelledError:
        visit.leave()
        await _close(visit.socket, CloseCode.GOING_AWAY, receive)
        raise
    visit.leave()
    if message["type"] != "websocket.disconnect":
        await _close(visit.socket, CloseCode.TALKED, receive)


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Close a socket with an unknown path."""
    if visit := await _accepted(scope, receive, send):
        try:
            await _close(visit.socket, CloseCode.NO_SUCH_SHOW, receive)
        finally:
            visit.end()


async def _accepted(scope: Scope, receive: Receive, send: Send) -> Visit | None:
    """Accept the connection, to be able to say why it is closed, unless its client has too many."""
    await receive()
    client = client_in(scope)
    if not admission.enter(client):
        await send({"type": "websocket.close"})
        return None
    try:
        await send({"type": "websocket.accept"})
        return Visit(client, Socket(send, wish_in(scope, client)))
    except BaseException:
        admission.leave(client)
        raise


async def _close(socket: Socket, code: CloseCode, receive: Receive) -> None:
    """Close the socket, and wait for the client's answer, which Daphne doesn't."""
    await socket.close(code)
    with suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            while (await receive())["type"] != "websocket.disconnect":
                pass
