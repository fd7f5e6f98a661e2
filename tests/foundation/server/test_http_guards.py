"""Requests that never end and connections without number, on Twisted's channel and in Daphne."""

import socket
from contextlib import ExitStack, suppress
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, override_settings, tag
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web import http

from foundation.server import http_guards
from foundation.server.transport import MOST_BUFFERED_BYTES
from foundation.web.clients import address_in
from tests.live import LiveServer, LiveServerMixin, PlainDaphne
from tests.waiting import until

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


class ChannelTestCase(SimpleTestCase):
    """A guarded copy of Twisted's classes, without a server."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.requests: list[tuple[bytes, bytes]] = []
        test = self

        class Request(http.Request):
            def process(self) -> None:
                content: Any = self.content
                test.requests.append((self.method, content.read()))
                self.write(b"")
                self.finish()

        self.request_class = Request
        self.channel_class = self.new_channel_class()
        self.socket_class: Any = type("Socket", (), {"connectionLost": mock.Mock()})

    def new_channel_class(self) -> Any:
        return type("Channel", (http.HTTPChannel,), {"requestFactory": self.request_class})

    def connected(self, host: str = "192.0.2.1") -> tuple[Any, Any]:
        transport: Any = StringTransport(peerAddress=IPv4Address("TCP", host, 1))
        transport.abortConnection = mock.Mock()
        channel: Any = self.channel_class()
        channel.callLater = self.clock.callLater
        channel.timeOut = http.HTTPFactory.timeOut
        channel.makeConnection(transport)
        return channel, transport


class TimeTests(ChannelTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.settings(REQUEST_SECONDS=30))
        self.enterContext(
            mock.patch("foundation.server.http_guards.time.monotonic", self.clock.seconds)
        )
        http_guards.guard_time(self.channel_class)

    def drip(self, data: bytes, *, seconds: float) -> float | None:
        """Send a byte every so many seconds; return when the connection was closed, if it was."""
        channel, transport = self.connected()
        for number in range(len(data)):
            channel.dataReceived(data[number : number + 1])
            self.clock.advance(seconds)
            if transport.disconnecting:
                return (number + 1) * seconds
        return None

    def test_request_that_drips_is_cut_after_its_time(self) -> None:
        for data in (HEAD * 5, b"x" * 100, POST + b"Content-Length: 500\r\n\r\n" + b"x" * 500):
            self.assertEqual(self.drip(data, seconds=5), 30)
        self.assertEqual(self.requests, [])

    def test_without_the_guard_it_would_go_on(self) -> None:
        self.channel_class = self.new_channel_class()
        self.assertIsNone(self.drip(b"x" * 100, seconds=50))

    def test_requests_one_after_the_other_have_their_time_each(self) -> None:
        channel, transport = self.connected()
        for _ in range(5):
            self.clock.advance(59)  # idle, for as long as Twisted lets it
            channel.dataReceived(HEAD)
            self.clock.advance(29)
            channel.dataReceived(b"\r\n")
        self.assertEqual((len(self.requests), transport.disconnecting), (5, False))
        self.clock.advance(60)
        self.assertIs(transport.disconnecting, True)

    def test_answer_may_take_longer(self) -> None:
        channel, transport = self.connected()
        with mock.patch.object(self.request_class, "process"):
            channel.dataReceived(HEAD + b"\r\n")
            self.clock.advance(1000)
        self.assertIs(transport.disconnecting, False)


@override_settings(REQUEST_BYTES=1000)
class SizeTests(ChannelTestCase):
    def setUp(self) -> None:
        super().setUp()
        http_guards.guard_size(self.request_class)

    def sent(self, data: bytes) -> bytes:
        channel, transport = self.connected()
        channel.dataReceived(data)
        return bytes(transport.value()) if transport.disconnecting else b""

    def test_body_within_the_bound_comes_whole(self) -> None:
        self.assertEqual(self.sent(POST + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000), b"")
        self.assertEqual(self.requests, [(b"POST", b"x" * 1000)])

    def test_larger_one_is_refused_and_never_worked_on(self) -> None:
        chunk = b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"
        for sent in (
            POST + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
            POST + b"Content-Length: 1000000000\r\n\r\n" + b"x" * 1001,
            POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk,
        ):
            self.assertEqual(self.sent(sent), http_guards.TOO_LARGE)
        self.assertEqual(self.requests, [])


class AnswersTests(ChannelTestCase):
    """A client that sends many requests at once and reads no answer."""

    def answered(self, waiting: int) -> tuple[int, bool]:
        """Return how many requests were worked on, and whether the connection was cut."""
        channel, transport = self.connected()
        with mock.patch.object(http_guards, "buffered", lambda _: waiting * len(self.requests)):
            channel.dataReceived((HEAD + b"\r\n") * 10)
        return len(self.requests), transport.abortConnection.called

    def test_next_request_is_not_worked_on_while_much_waits(self) -> None:
        http_guards.guard_answers(self.request_class)
        self.assertEqual(self.answered(MOST_BUFFERED_BYTES), (2, True))

    def test_as_long_as_they_are_read_there_may_be_many(self) -> None:
        http_guards.guard_answers(self.request_class)
        self.assertEqual(self.answered(MOST_BUFFERED_BYTES // 10), (10, False))

    def test_without_the_guard_all_are_answered(self) -> None:
        self.assertEqual(self.answered(MOST_BUFFERED_BYTES), (10, False))


@override_settings(THROTTLES=True, TRUSTED_PROXIES=0, CONNECTIONS_PER_CLIENT=3)
class NumberTests(ChannelTestCase):
    def setUp(self) -> None:
        super().setUp()
        http_guards.guard_number(self.channel_class, self.socket_class, address_in)

    def cut(self, count: int, host: str = "192.0.2.1") -> list[bool]:
        """Return which of so many connections are cut."""
        made = [self.connected(host) for _ in range(count)]
        self.channels = [channel for channel, _ in made]
        return [transport.abortConnection.called for _, transport in made]

    def lose(self, channel: Any) -> None:
        channel.connectionLost(Failure(ConnectionDone()))

    def test_client_has_so_many_at_a_time(self) -> None:
        self.assertEqual(self.cut(4), [False] * 3 + [True])
        for channel in self.channels:
            self.lose(channel)
        self.assertEqual(self.cut(4), [False] * 3 + [True])
        self.assertEqual(self.cut(1, "192.0.2.2"), [False])

    def test_connection_that_became_a_socket_ends_as_one(self) -> None:
        self.cut(3)
        self.assertEqual(self.cut(1), [True])
        self.lose(self.channels[0])
        became: Any = self.socket_class()
        became.transport = self.channels[0].transport
        self.socket_class.connectionLost(became, None)
        self.assertEqual(self.cut(1), [False])

    def test_behind_a_proxy_and_without_throttles_nobody_is_counted(self) -> None:
        for changed in ({"TRUSTED_PROXIES": 1}, {"THROTTLES": False}):
            with self.settings(**changed):
                self.assertEqual(self.cut(10), [False] * 10)


@tag("once")
class LiveTests(LiveServerMixin):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"REQUEST_SECONDS": "1"})

    def connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
        self.addCleanup(connection.close)
        return connection

    def test_request_that_never_ends_is_cut(self) -> None:
        for begun in (b"G", HEAD, POST + b"Content-Length: 10\r\n\r\nx"):
            connection = self.connected()
            connection.settimeout(0.1)
            with self.assertRaises((AssertionError, ConnectionError)):
                for byte in begun + b"x" * 1000:
                    connection.sendall(bytes([byte]))
                    with suppress(TimeoutError):
                        self.assertNotEqual(connection.recv(1000), b"")

    def test_answers_that_nobody_reads_end_the_connection(self) -> None:
        schema = b"GET /api/schema/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection = self.connected()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(schema * 200)
        self.assertTrue(until(lambda: self.is_cut(connection)))

    def is_cut(self, connection: socket.socket) -> bool:
        """Tell by another byte, since nothing is read from the connection."""
        try:
            connection.sendall(b"\r")
        except ConnectionError:
            return True
        return False

    def test_body_without_end_is_refused(self) -> None:
        connection = self.connected()
        connection.sendall(POST + b"Content-Length: 1000000000\r\n\r\n")
        with self.assertRaises(OSError):
            for _ in range(10_000):
                connection.sendall(b"x" * 100_000)

    def test_connections_without_number_are_cut_and_counted_down_again(self) -> None:
        with ExitStack() as made:
            for _ in range(settings.CONNECTIONS_PER_CLIENT):
                with suppress(ConnectionError):  # those of earlier tests may count still
                    made.enter_context(self.connected())
            self.assertFalse(self.is_answered())
        self.assertTrue(until(self.is_answered))

    def is_answered(self) -> bool:
        """Tell whether another connection, which may be cut while it is made, gets an answer."""
        try:
            with self.connected() as connection:
                connection.sendall(b"GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return connection.recv(1000).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False


class PlainDaphneTests(LiveTests):
    @classmethod
    def new_server(cls) -> LiveServer:
        server = PlainDaphne()
        server.env["REQUEST_SECONDS"] = "1"
        server.env["TRUSTED_PROXIES"] = "0"
        return server
