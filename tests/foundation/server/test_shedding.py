"""What an open socket lets go of, and that it lives and ends as one that has kept everything."""

import asyncio
import gc
import struct
import weakref
from collections.abc import Callable
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

from autobahn.twisted.websocket import WebSocketServerProtocol
from daphne.http_protocol import HTTPFactory
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from foundation.server.serve import Server
from foundation.server.shedding import AT_FIRST, OF_THE_HANDSHAKE, ON_DEMAND, share
from tests.foundation.server.test_guards import CONTINUATION, PING, PONG, TEXT, frame
from tests.realtime.crowds import REQUEST

CLOSE = 8
# What is left of some hundred attributes.
LEFT = {
    "application_queue",
    "client_addr",
    "connected",
    "factory",
    "last_ping",
    "path",
    "peer",
    "request",
    "server",
    "socket_opened",
    "state",
    "transport",
}
SETTINGS = WebSocketServerProtocol.CONFIG_ATTRS
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"


class Transport(StringTransport):
    """Takes it as calmly as a real one where there is no producer."""

    def unregisterProducer(self) -> None:  # noqa: N802 (Twisted's name)
        self.producer = None

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        pass

    def abortConnection(self) -> None:  # noqa: N802 (Twisted's name)
        self.write(b"(aborted)")


class Opened:
    """A WebSocket that Daphne has opened on a transport without a kernel's socket."""

    def __init__(self, *, shares: bool, extensions: str = "\r\n") -> None:
        self.protocol_class: Any = type("Protocol", (WebSocketProtocol,), {})
        if shares:
            share(self.protocol_class)
        self.clock = Clock()
        self.told: list[Any] = []
        self.is_open = asyncio.Event()
        self.transport: Any = Transport()
        self._extensions = extensions

    async def open(self) -> None:
        server: Any = Server(self._application, endpoints=["tcp:0"])
        server.ws_factory = WebSocketFactory(server, reactor=self.clock)
        server.ws_factory.protocol = self.protocol_class
        server.ws_factory.setProtocolOptions(autoPingTimeout=10, allowNullOrigin=True)
        channel: Any = HTTPFactory(server).buildProtocol(None)
        channel.makeConnection(self.transport)
        self.http = weakref.ref(self.transport.producer)
        request = REQUEST.format(path="/ws/?since=1", address="192.0.2.1")
        channel.dataReceived(request.removesuffix("\r\n").encode() + self._extensions.encode())
        [self.protocol] = [p for p in server.connections if isinstance(p, WebSocketProtocol)]
        await self.is_open.wait()
        # As at the server's next look.
        server.connections = {self.protocol: server.connections[self.protocol]}
        server._changed.clear()
        self.server = server
        self.transport.clear()

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.is_open.set()
        while True:
            self.told.append(await receive())

    def hear(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def lose(self, reason: Exception) -> None:
        self.protocol.connectionLost(Failure(reason))

    async def seen(self) -> list[Any]:
        """Return what the application and the peer were told, and what is to come yet."""
        for _ in range(5):
            await asyncio.sleep(0)
        protocol = self.protocol
        ends = (protocol.state, protocol.wasClean, protocol.wasNotCleanReason)
        later = len(self.clock.getDelayedCalls())
        return [*self.told, self.transport.value(), self.transport.disconnecting, ends, later]


def pinged(socket: Opened) -> None:
    with (
        mock.patch("autobahn.websocket.protocol.time.time_ns", return_value=1),
        mock.patch("autobahn.websocket.protocol.os.urandom", bytes),
    ):
        socket.protocol._sendAutoPing()


def answering(socket: Opened) -> None:
    pinged(socket)
    socket.hear(frame(PONG, socket.protocol.autoPingPending))
    socket.clock.advance(60)
    pinged(socket)
    socket.hear(frame(PING, b"?"))
    socket.hear(frame(PONG, socket.protocol.autoPingPending))


def silent(socket: Opened) -> None:
    pinged(socket)
    socket.clock.advance(60)
    socket.lose(ConnectionLost())


def going(socket: Opened) -> None:
    socket.hear(frame(CLOSE, struct.pack("!H", 1000) + b"bye"))
    socket.lose(ConnectionDone())


def lost(socket: Opened) -> None:
    socket.lose(ConnectionLost())


def sent_away(socket: Opened) -> None:
    socket.protocol.closeHandshakeTimeout = 5
    socket.protocol.sendCloseFrame(code=1012)
    socket.hear(frame(CLOSE, struct.pack("!H", 1012)))
    socket.lose(ConnectionDone())


def sent_away_and_silent(socket: Opened) -> None:
    socket.protocol.serverClose(4404)
    socket.clock.advance(60)
    socket.lose(ConnectionDone())


def told(socket: Opened) -> None:
    socket.protocol.handle_reply({"type": "websocket.send", "text": "news"})
    socket.protocol.handle_reply({"type": "websocket.send", "bytes": b"news"})


def talking(socket: Opened) -> None:
    """As where no guard keeps it from that."""
    socket.hear(frame(TEXT, b"caf\xc3", fin=False) + frame(CONTINUATION, b"\xa9"))
    socket.hear(frame(TEXT, b"more"))


def mumbling(socket: Opened) -> None:
    socket.hear(frame(TEXT, b"\xff"))
    socket.lose(ConnectionDone())


def breaking_the_protocol(socket: Opened) -> None:
    socket.hear(frame(CONTINUATION, b"of what?"))
    socket.lose(ConnectionDone())


def failing(socket: Opened) -> None:
    socket.protocol.handle_exception(ValueError())
    socket.clock.advance(60)


LIVES: list[Callable[[Opened], None]] = [
    answering,
    silent,
    going,
    lost,
    sent_away,
    sent_away_and_silent,
    told,
    talking,
    mumbling,
    breaking_the_protocol,
    failing,
]


class SheddingTests(IsolatedAsyncioTestCase):
    async def opened(self, *, sheds: bool = True, **options: Any) -> Opened:
        socket = Opened(shares=sheds, **options)
        await self.open(socket)
        if sheds:
            socket.protocol.shed()
        return socket

    async def open(self, socket: Opened) -> None:
        await socket.open()
        self.addCleanup(socket.server.connections[socket.protocol]["application_instance"].cancel)

    async def test_it_lives_and_ends_as_one_that_has_kept_everything(self) -> None:
        for live in LIVES:
            with self.subTest(live.__name__):
                shed, other = await self.opened(), await self.opened(sheds=False)
                for socket in (shed, other):
                    live(socket)
                self.assertEqual(await shed.seen(), await other.seen())

    async def test_little_is_left(self) -> None:
        socket = await self.opened()
        self.assertEqual(set(vars(socket.protocol)), LEFT)
        self.assertEqual(socket.protocol.request.path, "/ws/")
        self.assertIsNone(socket.protocol.request.headers)
        self.assertIsNone(socket.transport.producer)

    async def test_what_is_let_go_of_is_what_autobahn_and_daphne_keep(self) -> None:
        """Where one of them has other names after an upgrade, `shedding.py` has to follow."""
        kept = vars((await self.opened(sheds=False)).protocol)
        forgotten = {*OF_THE_HANDSHAKE, *AT_FIRST, *ON_DEMAND}
        self.assertEqual(forgotten - kept.keys(), set())
        others = {"send_queue", "trafficStats", *SETTINGS}
        self.assertEqual(kept.keys() - forgotten - others, LEFT)
        self.assertEqual(
            {name: kept[name] for name in AT_FIRST}, AT_FIRST, "what they begin with is another"
        )

    async def test_variable_that_has_changed_stays(self) -> None:
        socket = Opened(shares=True)
        await self.open(socket)
        socket.protocol.autoPingPending = b"a ping"
        socket.protocol.send_queue.append((b"a frame", True))
        socket.protocol.shed()
        self.assertEqual(socket.protocol.autoPingPending, b"a ping")
        self.assertEqual(list(socket.protocol.send_queue), [(b"a frame", True)])

    async def test_http_is_gone_with_the_handshake(self) -> None:
        gc.disable()  # no cycle keeps it
        self.addCleanup(gc.enable)
        for sheds in (True, False):
            with self.subTest(sheds=sheds):
                socket = await self.opened(sheds=sheds)
                self.assertIs(socket.http() is None, sheds)

    async def test_producer_of_somebody_else_stays(self) -> None:
        socket = Opened(shares=True)
        await self.open(socket)
        socket.transport.producer = other = object()
        socket.protocol.shed()
        self.assertIs(socket.transport.producer, other)

    async def test_settings_are_the_factorys_where_a_socket_has_none_of_its_own(self) -> None:
        socket, other = await self.opened(), await self.opened(sheds=False)
        for name in SETTINGS:
            mine, others = (getattr(one.protocol, name) for one in (socket, other))
            self.assertIs(type(mine), type(others), name)
            self.assertIs(mine, getattr(socket.protocol.factory, name), name)
        socket.protocol.closeHandshakeTimeout = 5
        self.assertEqual(socket.protocol.closeHandshakeTimeout, 5)
        self.assertEqual(socket.protocol.factory.closeHandshakeTimeout, 1)

    async def test_client_that_offers_compression_is_let_in_without(self) -> None:
        """That setting is a function, which must not become a method."""
        socket = await self.opened(extensions=DEFLATE)
        self.assertIsNone(socket.protocol._perMessageCompress)

    async def test_class_of_another_shape_is_left_alone(self) -> None:
        class Other:
            pass

        with self.assertRaises(AttributeError):  # with which `guards.install` lives
            share(Other)
        self.assertFalse(hasattr(Other, "shed"))
