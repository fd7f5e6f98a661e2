"""Handshakes that go past Twisted's HTTP, beside the same ones through it."""

import asyncio
from typing import Any
from unittest import IsolatedAsyncioTestCase

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.http import HTTPChannel

from foundation.server.handshakes import LONGEST_BYTES, open_at_once
from foundation.server.serve import Server
from tests.foundation.server.test_guards import PING, frame
from tests.foundation.server.test_shedding import Transport

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = b"Sec-WebSocket-Version: 13\r\n"
HOST = b"Host: localhost\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
GET = b"GET /ws/shows/1/?since=1.ab HTTP/1.1\r\n"
HANDSHAKE = GET + HOST + UPGRADE + KEY + VERSION


def but(old: bytes, new: bytes) -> bytes:
    assert old in HANDSHAKE
    return HANDSHAKE.replace(old, new)


USUAL = {
    "shortest": HANDSHAKE,
    "a browser's": but(b"websocket", b"WebSocket")
    + b"Origin: http://localhost\r\nCookie: a=b; c=d\r\nUser-Agent: X/1 (Y; Z)\r\n"
    + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
    "a proxy's": but(b"Connection: Upgrade", b"connection: upgrade")
    + b"X-Forwarded-For: 192.0.2.1, 192.0.2.2\r\nX-Request-ID: 0123\r\n",
    "spaces": but(b"Host: localhost", b"Host:   localhost  ") + b"X-Empty:\r\n",
    "another origin": HANDSHAKE + b"Origin: https://elsewhere.example\r\n",
    "no origin of the web": HANDSHAKE + b"Origin: null\r\n",
    "origin that is none": HANDSHAKE + b"Origin: http://[\r\n",
    "encoded path": but(b"/ws/shows/1/", b"/ws/%C3%A4/%2F"),
    "fragment": but(b"?since=1.ab", b"?a#b"),
    "two queries": but(b"?since=1.ab", b"?a?b"),
    "path with a host": but(b"/ws/shows", b"//ws/shows"),
    "path of brackets": but(b"/ws/shows", b"//[ws/shows"),
    "no host": but(HOST, b""),
    "odd port": but(b"localhost", b"localhost:http"),
    "no key": but(KEY, b""),
    "short key": but(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhl"),
    "no version": but(VERSION, b""),
    "old version": but(b"13", b"12"),
    "version in words": but(b"13", b"thirteen"),
    "connection stays": but(b"Connection: Upgrade", b"Connection: close"),
}
UNUSUAL = {
    "POST": but(b"GET", b"POST"),
    "HTTP/1.0": but(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/2": but(b"HTTP/1.1", b"HTTP/2"),
    "whole address": but(b"/ws/shows", b"http://localhost/ws/shows"),
    "path not of ASCII": but(b"/ws/shows", b"/ws/\xc3\xa4"),
    "query not of ASCII": but(b"since", b"\xff"),
    "space in the path": but(b"/ws/shows", b"/ws/ shows"),
    "no upgrade": but(UPGRADE, b""),
    "upgrade to something else": but(b"websocket", b"h2c"),
    "upgrade to one of two": but(b"websocket", b"h2c, websocket"),
    "two hosts": HANDSHAKE + HOST,
    "two upgrades": HANDSHAKE + b"Upgrade: h2c\r\n",
    "two of a proxy's": HANDSHAKE + b"X-Forwarded-For: 192.0.2.1\r\nx-forwarded-for: 192.0.2.2\r\n",
    "body": HANDSHAKE + b"Content-Length: 4\r\n",
    "no body": HANDSHAKE + b"Content-Length: 0\r\n",
    "chunks": HANDSHAKE + b"Transfer-Encoding: chunked\r\n",
    "expectation": HANDSHAKE + b"Expect: 100-continue\r\n",
    "protocol": HANDSHAKE + b"Sec-WebSocket-Protocol: chat\r\n",
    "root path": HANDSHAKE + b"Daphne-Root-Path: /root\r\n",
    "underscore": HANDSHAKE + b"X_Forwarded_For: 192.0.2.1\r\n",
    "header not of ASCII": HANDSHAKE + b"X-Name: \xe4\r\n",
    "control character": HANDSHAKE + b"X-Name: a\x0bb\r\n",
    "tab": HANDSHAKE + b"X-Name: a\tb\r\n",
    "folded line": HANDSHAKE + b"X-Name: a\r\n b\r\n",
    "space before the colon": HANDSHAKE + b"X-Name : a\r\n",
    "header without a name": HANDSHAKE + b": a\r\n",
    "line without a colon": HANDSHAKE + b"X-Name\r\n",
    "bare line feed": HANDSHAKE + b"X-Name: a\n",
    "bare carriage return": HANDSHAKE + b"X-Name: a\rb\r\n",
    "long": HANDSHAKE + b"X-Name: " + b"a" * LONGEST_BYTES + b"\r\n",
}


class Connection:
    """A connection to Daphne without a kernel's socket, and what came of it."""

    def __init__(self, *, at_once: bool) -> None:
        self.scopes: list[Any] = []
        self.silent = False
        self.clock = Clock()
        self.transport: Any = Transport(peerAddress=IPv4Address("TCP", "192.0.2.9", 1))
        self.server: Any = Server(self._application, endpoints=["tcp:0"])
        self.server.ws_factory = WebSocketFactory(self.server, reactor=self.clock)
        self.server.ws_factory.setProtocolOptions(
            openHandshakeTimeout=5, allowNullOrigin=True, autoPingInterval=0
        )
        # The guards may be in Twisted's class already.
        channel_class: Any = type("Channel", (HTTPChannel,), {"has_read": True})
        if at_once:
            open_at_once(channel_class)
        self.channel = channel_class()
        self.channel.factory = HTTPFactory(self.server)
        self.channel.requestFactory = WebRequest
        self.channel.callLater = self.clock.callLater
        self.channel.timeOut = 60

    def connect(self) -> None:
        self.transport.protocol = self.channel
        self.channel.makeConnection(self.transport)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append({**scope, "headers": sorted(scope["headers"])})
        await receive()
        if scope["type"] == "websocket":
            if self.silent:
                await receive()
            await send({"type": "websocket.accept"})
            await receive()
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a page"})

    async def hear(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.transport.protocol.dataReceived(piece)
            for _ in range(5):
                await asyncio.sleep(0)

    @property
    def seen(self) -> list[Any]:
        return [self.scopes, self.transport.value(), self.transport.disconnecting]


class HandshakeTests(IsolatedAsyncioTestCase):
    def connected(self, *, at_once: bool = True) -> Connection:
        connection = Connection(at_once=at_once)
        connection.connect()
        self.addCleanup(self._end, connection)
        return connection

    def _end(self, connection: Connection) -> None:
        for details in connection.server.connections.values():
            if task := details.get("application_instance"):
                task.cancel()

    async def test_each_is_answered_as_twisted_and_daphne_would(self) -> None:
        for heads, past in ((USUAL, True), (UNUSUAL, False)):
            for name, head in heads.items():
                with self.subTest(name):
                    quick, slow = self.connected(), self.connected(at_once=False)
                    for connection in (quick, slow):
                        await connection.hear(head + b"\r\n")
                    self.assertEqual(quick.seen, slow.seen)
                    self.assertIs(quick.channel.has_read, not past)

    async def test_those_that_should_are_opened(self) -> None:
        for name in ("shortest", "a browser's", "a proxy's", "spaces", "encoded path"):
            with self.subTest(name):
                connection = self.connected()
                await connection.hear(USUAL[name] + b"\r\n")
                self.assertIn(b"101 Switching Protocols", connection.transport.value())
                self.assertEqual(connection.scopes[0]["type"], "websocket")

    async def test_handshake_in_pieces_goes_the_long_way(self) -> None:
        connection = self.connected()
        await connection.hear(HANDSHAKE[:99], HANDSHAKE[99:], b"\r\n")
        self.assertTrue(connection.channel.has_read)
        self.assertIn(b"101 Switching Protocols", connection.transport.value())

    async def test_handshake_after_a_page_goes_the_long_way(self) -> None:
        connection = self.connected()
        await connection.hear(GET + HOST + b"\r\n", HANDSHAKE + b"\r\n")
        answer, _, upgrade = connection.transport.value().partition(b"a page")
        self.assertIn(b"200 OK", answer)
        self.assertIn(b"101 Switching Protocols", upgrade)

    async def test_what_comes_with_the_handshake_is_heard(self) -> None:
        """All in one piece is the long way, and the next piece is the socket's own."""
        for pieces in ((HANDSHAKE + b"\r\n" + frame(PING, b"?"),), (HANDSHAKE + b"\r\n", b"")):
            quick, slow = self.connected(), self.connected(at_once=False)
            for connection in (quick, slow):
                await connection.hear(*pieces, frame(PING, b"!"))
            self.assertEqual(quick.seen, slow.seen)

    async def test_http_is_gone(self) -> None:
        connection = self.connected()
        await connection.hear(HANDSHAKE + b"\r\n")
        self.assertIsNone(connection.transport.producer)
        self.assertEqual(connection.clock.getDelayedCalls(), [])
        self.assertEqual(connection.channel.requests, [])

    async def test_time_of_a_handshake_is_autobahns(self) -> None:
        connection = self.connected()
        self.assertNotEqual(connection.clock.getDelayedCalls(), [])  # Twisted's, until it begins
        connection.silent = True
        await connection.hear(HANDSHAKE + b"\r\n")
        self.assertEqual(connection.clock.getDelayedCalls(), [])
        socket = connection.transport.protocol
        self.assertIsNotNone(socket.openHandshakeTimeoutCall)
        socket.onOpenHandshakeTimeout()
        self.assertEqual(connection.transport.value(), b"(aborted)")

    async def test_other_transports_and_servers_go_the_long_way(self) -> None:
        wrapped, other = Connection(at_once=True), Connection(at_once=True)
        tls: Any = WrappingFactory(HTTPFactory(wrapped.server))
        ProtocolWrapper(tls, wrapped.channel).makeConnection(wrapped.transport)
        other.connect()
        other.channel.factory = None
        for connection in (wrapped, other):
            connection.channel.requestFactory = self._requests
            with self.assertRaises(Asked):
                connection.channel.dataReceived(HANDSHAKE + b"\r\n")

    def _requests(self, *_: Any) -> Any:
        raise Asked


class Asked(Exception):
    """Says that Twisted has begun a request."""
