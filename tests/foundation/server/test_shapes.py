"""What `foundation.server` assumes of Daphne, Twisted and Autobahn: one test for each reach.

After an upgrade of one of them, whichever fails here names the module that has to follow.
"""

import inspect
import socket
from types import CodeType
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

import daphne.server
from autobahn.twisted import websocket as autobahn_twisted
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket import protocol as autobahn
from daphne.access import AccessLogGenerator
from daphne.cli import CommandLineInterface
from daphne.http_protocol import WebRequest
from daphne.management.commands.runserver import Command as RunServer
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.task import Clock
from twisted.internet.tcp import Server as TcpTransport
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.web.http import HTTPChannel

from foundation.server import serve
from foundation.server.transport import GONE, Frame, buffered
from foundation.server.wires import SocketWire


def names_in(function: Any) -> set[str]:
    """Return the attributes and globals that a function's code names, and those inside it."""
    found: set[str] = set()
    waiting: list[CodeType] = [inspect.unwrap(function).__code__]
    while waiting:
        code = waiting.pop()
        found |= set(code.co_names)
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
    return found


class ServeTests(IsolatedAsyncioTestCase):
    """What `serve.py` and `runserver` replace in Daphne's server."""

    def test_limits_are_options_of_the_server(self) -> None:
        options = inspect.signature(daphne.server.Server).parameters
        self.assertEqual([name for name in serve.LIMITS if name not in options], [])

    def test_server_looks_after_its_connections_by_two_loops(self) -> None:
        loops = {"application_checker", "timeout_checker"}
        self.assertLessEqual(loops, names_in(daphne.server.Server.run))
        for name in loops:
            names = names_in(getattr(daphne.server.Server, name))
            self.assertLessEqual({"reactor", "callLater", "connections"}, names)
        self.assertIn("check_timeouts", names_in(daphne.server.Server.timeout_checker))

    async def test_server_keeps_the_task_of_each_connection_and_whether_its_peer_left(self) -> None:
        server = serve.Server(mock.AsyncMock(), endpoints=["tcp:0"])
        protocol = object()
        server.protocol_connected(protocol)
        server.create_application(protocol, {})
        await server.connections[protocol]["application_instance"]
        server.protocol_disconnected(protocol)
        self.assertIn("disconnected", server.connections[protocol])

    def test_commands_make_the_server_that_they_name(self) -> None:
        self.assertIn("server_class", names_in(CommandLineInterface.run))
        self.assertIn("server_cls", names_in(RunServer.inner_run))


class DrainingTests(TestCase):
    """What `draining.py` finds in Twisted, and replaces there."""

    def test_server_cancels_everything_before_the_reactor_ends(self) -> None:
        names = names_in(daphne.server.Server.run)
        self.assertLessEqual({"addSystemEventTrigger", "kill_all_applications"}, names)
        self.assertIn("listen_success", names)

    def test_channel_asks_for_each_request_whether_it_persists(self) -> None:
        self.assertIn("checkPersistence", names_in(HTTPChannel.allHeadersReceived))
        self.assertLessEqual({"persistent", "loseConnection"}, names_in(HTTPChannel.requestDone))

    def test_reactor_names_what_it_reads(self) -> None:
        self.assertEqual(daphne.server.reactor.getReaders.__name__, "getReaders")


class TransportTests(IsolatedAsyncioTestCase):
    """What `transport.py` finds behind an ASGI `send`."""

    async def test_send_is_a_partial_of_the_protocol(self) -> None:
        application = mock.AsyncMock()
        server = serve.Server(application, endpoints=["tcp:0"])
        protocol = object()
        server.protocol_connected(protocol)
        server.create_application(protocol, {})
        self.assertIs(application.call_args.kwargs["send"].args[0], protocol)

    def test_connection_tells_what_waits_and_by_which_calls(self) -> None:
        ours, peer = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(peer.close)
        ours.setblocking(False)
        reactor: Any = MemoryReactor()
        transport: Any = TcpTransport(ours, mock.Mock(), ("", 1), mock.Mock(), 1, reactor)
        self.assertEqual(buffered(transport), 0)
        self.assertIs(transport.getHandle(), ours)
        self.assertIs(transport.TLS, False)
        self.assertTrue(transport.connected)
        with mock.patch.object(transport, "startWriting") as begins:
            transport.write(b"waits")
        begins.assert_called_once_with()
        self.assertEqual(buffered(transport), 5)
        with mock.patch.object(transport, "stopWriting") as ends:
            transport.doWrite()
        ends.assert_called_once_with()

    def test_protocol_tells_whether_frames_may_go_round_it(self) -> None:
        protocol = server_protocol()
        self.assertIsNone(protocol._perMessageCompress)
        self.assertIs(protocol.maskServerFrames, False)
        self.assertFalse(protocol.send_queue)
        self.assertNotEqual(protocol.state, protocol.STATE_OPEN)
        self.assertGreater(protocol.closeHandshakeTimeout, 0)
        self.assertIn("code", inspect.signature(protocol.sendCloseFrame).parameters)

    def test_application_is_told_of_the_end_by_its_queue(self) -> None:
        names = names_in(WebSocketProtocol.onClose)
        self.assertLessEqual({"application_queue", "put_nowait"}, names)

    def test_server_of_daphne_can_not_end_without_an_application_for_each(self) -> None:
        """Once it can, sockets need none under plain Daphne either."""
        server: Any = daphne.server.Server(mock.AsyncMock(), endpoints=["tcp:0"])
        server.connections = {object(): {}}
        with self.assertRaises(KeyError):
            server.kill_all_applications()
        self.assertFalse(hasattr(server, "lets_applications_end"))

    def test_answer_tells_whether_it_goes_on_in_chunks(self) -> None:
        """After it, a connection that is not kept is closed."""
        request, channel = request_under_way(b"HTTP/1.1")
        self.assertIs(channel.persistent, True)
        self.assertEqual((request.chunked, request.finished), (1, 0))
        self.assertIs(request.channel.transport, channel.transport)
        channel.persistent = False
        request.finish()
        self.assertEqual(request.finished, 1)
        self.assertIs(channel.transport.disconnecting, True)
        older, _ = request_under_way(b"HTTP/1.0")
        self.assertFalse(older.chunked)

    def test_time_out_of_an_answer_is_checked_by_a_method_of_its_own(self) -> None:
        request, _ = request_under_way(b"HTTP/1.1")
        request.request_start, request.server.http_timeout = 0, 60
        request.check_timeouts = lambda: None
        request.check_timeouts()
        self.assertFalse(request.finished)
        del request.check_timeouts
        with self.assertLogs("daphne", "WARNING"):
            request.check_timeouts()
        self.assertEqual(request.finished, 1)

    def test_prepared_message_is_a_whole_frame(self) -> None:
        self.assertEqual(Frame("hello").encoded, b"\x81\x05hello")

    def test_socket_that_is_about_to_go_says_so_by_an_error_of_its_own(self) -> None:
        protocol = server_protocol()
        for state in (protocol.STATE_CLOSING, protocol.STATE_CLOSED):
            protocol.state = state
            with self.assertRaises(GONE):
                protocol.sendMessage(b"news")

    async def test_application_may_not_close_with_a_servers_code(self) -> None:
        """Once it may, `SocketWire.close` needs no way of its own."""
        protocol = server_protocol()
        protocol.state = protocol.STATE_OPEN
        with self.assertRaises(Exception) as raised:
            protocol.sendClose(1012)
        self.assertIn("1012", str(raised.exception))

    def test_wire_of_another_server_goes_by_asgi(self) -> None:
        self.assertIsNone(SocketWire(mock.AsyncMock()).write)


class SheddingTests(TestCase):
    """What `shedding.py` finds in Autobahn and Twisted; `test_shedding.py` has the attributes."""

    def test_settings_are_copied_to_each_connection_that_has_none(self) -> None:
        names = names_in(autobahn.WebSocketProtocol._connectionMade)
        self.assertLessEqual({"CONFIG_ATTRS", "hasattr", "setattr", "factory"}, names)
        self.assertIn("closeHandshakeTimeout", autobahn.WebSocketServerProtocol.CONFIG_ATTRS)

    def test_types_and_values_are_coloured_for_a_log_at_every_connection(self) -> None:
        for module, function in (
            (autobahn_twisted, autobahn_twisted.WebSocketAdapterProtocol.connectionMade),
            (autobahn, autobahn.WebSocketServerProtocol._connectionLost),
        ):
            with self.subTest(module.__name__):
                self.assertLessEqual({"hltype", "hlval"}, names_in(function))
                self.assertLessEqual({"hltype", "hlval"}, vars(module).keys())

    def test_http_channel_is_the_producer_of_its_connection(self) -> None:
        channel: Any = HTTPChannel()
        transport = StringTransport()
        channel.makeConnection(transport)
        self.assertIs(transport.producer, channel)
        self.assertEqual(channel.requests, [])

    def test_connection_may_have_no_producer(self) -> None:
        reactor: Any = MemoryReactor()
        ours = socket.socket()
        self.addCleanup(ours.close)
        transport: Any = TcpTransport(ours, mock.Mock(), ("", 1), mock.Mock(), 1, reactor)
        for _ in range(2):
            transport.unregisterProducer()
        self.assertIsNone(transport.producer)


class GuardsTests(TestCase):
    """What `guards.py` and `http_guards.py` look for; where it is missing, a guard stays out."""

    def test_autobahn_calls_a_hook_at_the_head_of_each_frame(self) -> None:
        self.assertTrue(issubclass(WebSocketProtocol, WebSocketServerProtocol))
        protocol = server_protocol()
        self.assertEqual(protocol.data, b"")
        names = names_in(autobahn.WebSocketProtocol.processData)
        self.assertLessEqual({"onFrameBegin", "current_frame"}, names)
        for name in ("sendCloseFrame", "dropConnection"):
            self.assertTrue(callable(getattr(protocol, name)), name)

    def test_access_log_is_written_by_one_method(self) -> None:
        self.assertIn("write_entry", names_in(AccessLogGenerator.__call__))
        self.assertIn("request", inspect.signature(AccessLogGenerator.write_entry).parameters)

    def test_channel_begins_its_time_out_anew_with_each_piece(self) -> None:
        self.assertIn("resetTimeout", names_in(HTTPChannel.dataReceived))
        channel = HTTPChannel()
        for name in ("allContentReceived", "setTimeout"):
            self.assertTrue(callable(getattr(channel, name)), name)
        self.assertTrue(hasattr(channel, "timeOut"))

    def test_request_is_told_of_its_length_and_of_each_piece_of_its_body(self) -> None:
        channel: Any = mock.Mock()
        request: Any = WebRequest(channel)
        request.gotLength(1)
        request.handleContentChunk(b"x")
        self.assertEqual(request.content.tell(), 1)
        self.assertIs(request.channel, channel)
        self.assertTrue(callable(request.process))
        self.assertTrue(callable(request.requestHeaders.removeHeader))

    def test_request_parses_forms_unless_told_not_to(self) -> None:
        self.assertIs(WebRequest(mock.Mock())._parsePOSTFormSubmission, True)

    def test_connections_are_told_that_they_are_made_and_lost(self) -> None:
        for owner, name in (
            (HTTPChannel, "connectionMade"),
            (HTTPChannel, "connectionLost"),
            (WebSocketProtocol, "connectionLost"),
        ):
            self.assertTrue(callable(getattr(owner, name)), (owner, name))


def server_protocol() -> Any:
    """Return a protocol of Autobahn's whose connection was made, before its handshake."""
    factory: Any = WebSocketServerFactory("ws://127.0.0.1:1", reactor=Clock())
    factory.protocol = type("Protocol", (WebSocketServerProtocol,), {})
    protocol: Any = factory.buildProtocol(None)
    protocol.makeConnection(mock.MagicMock())
    return protocol


def request_under_way(version: bytes) -> tuple[Any, Any]:
    """Return a request whose answer has begun, and the channel that it came by."""
    channel: Any = HTTPChannel()
    channel.factory = mock.MagicMock()
    channel.requestFactory = WebRequest
    channel.makeConnection(StringTransport())
    with mock.patch.object(WebRequest, "process"):
        channel.dataReceived(b"GET / " + version + b"\r\nHost: a\r\n\r\n")
    [request] = channel.requests
    request.client_addr = None
    request._response_started = True
    request.write(b"begun")
    return request, channel
