import socket
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from autobahn.websocket import protocol as autobahn
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.tcp import Server as TcpTransport
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure

from realtime import transport
from realtime.transport import MOST_BUFFERED_BYTES, Frame, Wire, send_at_once

SHORT = Frame("short")
LARGE = Frame("x" * 4 * transport.KERNEL_BUFFER_BYTES)


async def handle_reply(protocol: Any, message: dict[str, Any]) -> None:
    protocol.replies.append(message)


def daphne_send(twisted_transport: Any, **changed: Any) -> Any:
    """Return what an application is given as `send` for an open socket on this transport."""
    shape = {
        "transport": twisted_transport,
        "replies": [],
        "sendCloseFrame": mock.Mock(),
        "STATE_OPEN": WebSocketProtocol.STATE_OPEN,
        "state": WebSocketProtocol.STATE_OPEN,
        "_perMessageCompress": None,
        "maskServerFrames": False,
        "send_queue": [],
    }
    return partial(handle_reply, SimpleNamespace(**shape | changed))


class Connection:
    """A Twisted TCP transport without a reactor that would empty its buffer, and its peer."""

    def __init__(self, test: TestCase) -> None:
        ours, self.peer = socket.socketpair()
        ours.setblocking(False)
        self.peer.setblocking(False)
        test.addCleanup(ours.close)
        test.addCleanup(self.peer.close)
        self.ours = ours
        reactor: Any = MemoryReactor()
        self.transport = TcpTransport(ours, mock.Mock(), ("", 1), mock.Mock(), 1, reactor)

    def received(self) -> bytes:
        """Let everything flow, and return what the peer got."""
        got = b""
        while True:
            try:
                got += self.peer.recv(1 << 20)
            except BlockingIOError:
                if not self.transport._tempDataLen and not self.transport.dataBuffer:
                    return got
                self.transport.doWrite()


def quick_wire(send: Any) -> Wire:
    """Return a wire whose frames go at once."""
    wire = Wire(send)
    assert wire.write is not None
    return wire


class QuickPathTests(TestCase):
    def setUp(self) -> None:
        self.connection = Connection(self)
        self.transport = self.connection.transport
        self.send = daphne_send(self.transport)

    def send_at_once(self, wire: Wire, *frames: Frame) -> list[Wire]:
        return [unreached for frame in frames for unreached in send_at_once(frame, [wire])]

    def test_frame_is_sent_at_once(self) -> None:
        self.assertEqual(self.send_at_once(quick_wire(self.send), SHORT), [])
        self.assertEqual(self.connection.peer.recv(100), b"\x81\x05short")

    def test_what_the_kernel_does_not_take_follows_in_order(self) -> None:
        wire = quick_wire(self.send)
        self.assertEqual(self.send_at_once(wire, SHORT, LARGE, SHORT), [])
        self.transport.write(b"a ping of Autobahn's")
        self.assertEqual(self.send_at_once(wire, SHORT), [])
        self.assertEqual(
            self.connection.received(),
            SHORT.encoded + LARGE.encoded + SHORT.encoded + b"a ping of Autobahn's" + SHORT.encoded,
        )

    def test_frame_is_sent_at_once_again_when_nothing_waits_any_more(self) -> None:
        wire = quick_wire(self.send)
        self.transport.write(b"a ping of Autobahn's")
        self.assertIsNone(wire.write)
        self.connection.received()
        self.assertIsNotNone(wire.write)
        self.send_at_once(wire, SHORT)
        self.assertEqual(self.transport._tempDataLen, 0)

    def test_frame_waits_behind_an_answer_that_is_not_sent_yet(self) -> None:
        self.transport.write(b"the handshake's answer")
        self.send_at_once(Wire(self.send), SHORT)
        self.assertEqual(self.connection.received(), b"the handshake's answer" + SHORT.encoded)

    def test_every_frame_is_whole_while_the_peer_reads_in_pieces(self) -> None:
        for guarded in (True, False):
            with self.subTest(guarded=guarded):
                self.setUp()
                wire = quick_wire(self.send)
                if not guarded:  # nobody says any more that something has begun to wait
                    del self.transport.startWriting
                self.assertIs(self.arrives_whole(wire), guarded)

    def arrives_whole(self, wire: Wire) -> bool:
        got, sent = b"", b""
        for number in range(200):
            frame = Frame(str(number) * 10_000)
            if not self.send_at_once(wire, frame):
                sent += frame.encoded
            with suppress(BlockingIOError):
                got += self.connection.peer.recv(7_000)
        return got + self.connection.received() == sent

    def test_peer_that_reads_nothing_is_slow_once_too_much_waits(self) -> None:
        wire = quick_wire(self.send)
        sent = 0
        while not self.send_at_once(wire, LARGE):
            sent += 1
            self.assertLess(sent, 10)
        self.assertIs(wire.is_slow, True)
        most = MOST_BUFFERED_BYTES + len(LARGE.encoded)
        self.assertLessEqual(transport._buffered(self.transport), most)
        self.assertEqual(self.connection.received(), LARGE.encoded * sent)
        self.assertIs(wire.is_slow, False)

    def test_socket_that_closes_takes_nothing_more(self) -> None:
        wire, protocol = quick_wire(self.send), self.send.args[0]
        self.transport.write(b"a close frame")
        protocol.state = WebSocketProtocol.STATE_CLOSING
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertEqual(self.connection.received(), b"a close frame")
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertEqual(self.connection.received(), b"")

    def test_socket_that_is_broken_takes_nothing(self) -> None:
        wire = quick_wire(self.send)
        self.connection.peer.close()
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertIs(self.transport._tempDataLen, 0)

    def test_connection_that_was_lost_takes_nothing_and_is_let_go(self) -> None:
        wire = quick_wire(self.send)
        self.transport.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertNotIn("startWriting", vars(self.transport))


class OtherShapesTests(TestCase):
    """Where there is no quick path."""

    def setUp(self) -> None:
        self.transport = Connection(self).transport

    def assert_slow(self, send: Any) -> None:
        wire = Wire(send)
        self.assertIsNone(wire.write)
        self.assertEqual(send_at_once(SHORT, [wire]), [wire])

    def test_known_shape_has_one(self) -> None:
        quick_wire(daphne_send(self.transport))

    def test_tls_and_other_transports_have_none(self) -> None:
        for other in (None, StringTransport(), mock.Mock()):
            self.assert_slow(daphne_send(other))
        self.transport.TLS = True
        self.assert_slow(daphne_send(self.transport))

    def test_compression_masks_and_chopped_writes_have_none(self) -> None:
        for changed in (
            {"_perMessageCompress": object()},
            {"maskServerFrames": True},
            {"send_queue": [b"chopped"]},
        ):
            with self.subTest(changed):
                self.assert_slow(daphne_send(self.transport, **changed))

    def test_protocols_that_lack_something_have_none(self) -> None:
        for name in ("transport", "_perMessageCompress", "maskServerFrames", "STATE_OPEN"):
            with self.subTest(name):
                send = daphne_send(self.transport)
                delattr(send.args[0], name)
                self.assert_slow(send)

    def test_socket_that_takes_no_options_any_more_has_none(self) -> None:
        self.transport.socket.close()
        self.assert_slow(daphne_send(self.transport))

    def test_wrapped_send_has_none(self) -> None:
        async def wrapped(message: dict[str, Any]) -> None:
            await daphne_send(self.transport)(message)

        self.assert_slow(wrapped)


class HandshakeTests(TestCase):
    def test_settings_are_not_rendered_for_nobody(self) -> None:
        settings = [("logOctets", False, "factory")]
        render: Any = vars(autobahn)["pformat"]
        self.assertIs(render(settings), settings)
        self.assertIn("pformat", autobahn.WebSocketProtocol._connectionMade.__code__.co_names)


class TransportTests(IsolatedAsyncioTestCase):
    def test_is_slow_looks_at_what_the_kernel_has_not_taken(self) -> None:
        full = SimpleNamespace(dataBuffer=b"0123456789", offset=4, _tempDataLen=MOST_BUFFERED_BYTES)
        self.assertIs(Wire(daphne_send(full)).is_slow, True)
        full.offset = 10
        self.assertIs(Wire(daphne_send(full)).is_slow, False)

    def test_is_slow_is_false_where_the_shape_is_unknown(self) -> None:
        for send in (
            handle_reply.__get__(SimpleNamespace()),
            partial(handle_reply),
            daphne_send(None),
            daphne_send(StringTransport()),
        ):
            self.assertIs(Wire(send).is_slow, False)

    async def test_close_with_a_private_code_goes_by_asgi(self) -> None:
        send = daphne_send(None)
        await Wire(send).close(4404)
        self.assertEqual(send.args[0].replies, [{"type": "websocket.close", "code": 4404}])

    async def test_close_with_a_servers_code_goes_round_autobahns_check(self) -> None:
        send = daphne_send(None)
        await Wire(send).close(1012)
        send.args[0].sendCloseFrame.assert_called_once_with(code=1012)
        self.assertEqual(send.args[0].replies, [])

    async def test_close_with_a_servers_code_goes_by_asgi_elsewhere(self) -> None:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await Wire(send).close(1012)
        self.assertEqual(sent, [{"type": "websocket.close", "code": 1012}])
