import asyncio
import socket
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.tcp import Server as TcpTransport
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure

from foundation.server import transport
from foundation.server.transport import MOST_BUFFERED_BYTES, Frame, Wire, send_at_once
from foundation.server.wires import SocketWire, StreamWire

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


def daphne_answer(twisted_transport: Any, **changed: Any) -> Any:
    """Return what an application is given as `send` for an answer that has begun there."""
    shape = {
        "channel": SimpleNamespace(transport=twisted_transport, persistent=True),
        "replies": [],
        "chunked": 1,
        "finished": 0,
    }
    return partial(handle_reply, SimpleNamespace(**shape | changed))


class QuickPathTests(TestCase):
    kind: ClassVar[type[Wire]] = SocketWire
    short: ClassVar[bytes] = b"\x81\x05short"

    def setUp(self) -> None:
        self.connection = Connection(self)
        self.transport = self.connection.transport
        self.send = self.new_send()

    def new_send(self) -> Any:
        return daphne_send(self.transport)

    def end(self) -> None:
        """Let no frame be allowed any more."""
        self.send.args[0].state = WebSocketProtocol.STATE_CLOSING

    def quick_wire(self) -> Wire:
        """Return a wire whose frames go at once."""
        wire = self.kind(self.send)
        assert wire.write is not None
        return wire

    def encoded(self, *frames: Frame) -> bytes:
        return b"".join(self.kind(mock.AsyncMock()).encoded(frame) for frame in frames)

    def send_at_once(self, wire: Wire, *frames: Frame) -> list[Wire]:
        return [unreached for frame in frames for unreached in send_at_once(frame, [wire])]

    def test_frame_is_sent_at_once(self) -> None:
        self.assertEqual(self.send_at_once(self.quick_wire(), SHORT), [])
        self.assertEqual(self.connection.peer.recv(100), self.short)

    def test_what_the_kernel_does_not_take_follows_in_order(self) -> None:
        wire = self.quick_wire()
        self.assertEqual(self.send_at_once(wire, SHORT, LARGE, SHORT), [])
        self.transport.write(b"a ping of Autobahn's")
        self.assertEqual(self.send_at_once(wire, SHORT), [])
        self.assertEqual(
            self.connection.received(),
            self.encoded(SHORT, LARGE, SHORT) + b"a ping of Autobahn's" + self.encoded(SHORT),
        )

    def test_frame_is_sent_at_once_again_when_nothing_waits_any_more(self) -> None:
        wire = self.quick_wire()
        self.transport.write(b"a ping of Autobahn's")
        self.assertIsNone(wire.write)
        self.connection.received()
        self.assertIsNotNone(wire.write)
        self.send_at_once(wire, SHORT)
        self.assertEqual(self.transport._tempDataLen, 0)

    def test_frame_waits_behind_an_answer_that_is_not_sent_yet(self) -> None:
        self.transport.write(b"the handshake's answer")
        self.send_at_once(self.kind(self.send), SHORT)
        self.assertEqual(
            self.connection.received(), b"the handshake's answer" + self.encoded(SHORT)
        )

    def test_every_frame_is_whole_while_the_peer_reads_in_pieces(self) -> None:
        for guarded in (True, False):
            with self.subTest(guarded=guarded):
                self.setUp()
                wire = self.quick_wire()
                if not guarded:  # nobody says any more that something has begun to wait
                    self.transport.__class__ = TcpTransport
                self.assertIs(self.arrives_whole(wire), guarded)

    def arrives_whole(self, wire: Wire) -> bool:
        got, sent = b"", b""
        for number in range(200):
            frame = Frame(str(number) * 10_000)
            if not self.send_at_once(wire, frame):
                sent += self.encoded(frame)
            with suppress(BlockingIOError):
                got += self.connection.peer.recv(7_000)
        return got + self.connection.received() == sent

    def test_peer_that_reads_nothing_is_slow_once_too_much_waits(self) -> None:
        wire = self.quick_wire()
        sent = 0
        while not self.send_at_once(wire, LARGE):
            sent += 1
            self.assertLess(sent, 10)
        self.assertIs(wire.is_slow, True)
        most = MOST_BUFFERED_BYTES + len(self.encoded(LARGE))
        self.assertLessEqual(transport.buffered(self.transport), most)
        self.assertEqual(self.connection.received(), self.encoded(LARGE) * sent)
        self.assertIs(wire.is_slow, False)

    def test_socket_that_closes_takes_nothing_more(self) -> None:
        wire = self.quick_wire()
        self.transport.write(b"a close frame")
        self.end()
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertEqual(self.connection.received(), b"a close frame")
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertEqual(self.connection.received(), b"")

    def test_socket_that_is_broken_takes_nothing(self) -> None:
        wire = self.quick_wire()
        self.connection.peer.close()
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertIs(self.transport._tempDataLen, 0)

    def test_connection_that_was_lost_takes_nothing_and_is_let_go(self) -> None:
        wire = self.quick_wire()
        self.transport.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.send_at_once(wire, SHORT), [wire])
        self.assertIs(type(self.transport), TcpTransport)
        self.assertNotIn("wire", vars(self.transport))


class QuickStreamTests(QuickPathTests):
    """The same for Server-Sent Events."""

    kind = StreamWire
    short = b"d\r\ndata: short\n\n\r\n"

    def new_send(self) -> Any:
        return daphne_answer(self.transport)

    def end(self) -> None:
        self.send.args[0].finished = 1

    def test_event_has_an_id_where_the_frame_has_one(self) -> None:
        self.send_at_once(self.quick_wire(), Frame("short", "17"))
        self.assertEqual(self.connection.peer.recv(100), b"14\r\nid: 17\ndata: short\n\n\r\n")


class OtherShapesTests(TestCase):
    """Where there is no quick path."""

    def setUp(self) -> None:
        self.transport = Connection(self).transport

    def assert_slow(self, send: Any) -> None:
        wire = SocketWire(send)
        self.assertIsNone(wire.write)
        self.assertEqual(send_at_once(SHORT, [wire]), [wire])

    def test_known_shape_has_one(self) -> None:
        self.assertIsNotNone(SocketWire(daphne_send(self.transport)).write)

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


class TransportTests(IsolatedAsyncioTestCase):
    def test_is_slow_looks_at_what_the_kernel_has_not_taken(self) -> None:
        full = SimpleNamespace(dataBuffer=b"0123456789", offset=4, _tempDataLen=MOST_BUFFERED_BYTES)
        self.assertIs(SocketWire(daphne_send(full)).is_slow, True)
        full.offset = 10
        self.assertIs(SocketWire(daphne_send(full)).is_slow, False)

    def test_is_slow_is_false_where_the_shape_is_unknown(self) -> None:
        for send in (
            handle_reply.__get__(SimpleNamespace()),
            partial(handle_reply),
            daphne_send(None),
            daphne_send(StringTransport()),
        ):
            self.assertIs(SocketWire(send).is_slow, False)

    async def test_socket_tells_of_its_end_in_place_of_its_application(self) -> None:
        ended: list[str] = []
        server = SimpleNamespace(lets_applications_end=True)
        send = daphne_send(Connection(self).transport, server=server, only_listens=True)
        wire, protocol = SocketWire(send), send.args[0]
        self.assertIs(wire.when_closed(lambda: ended.append("ended")), True)
        protocol.application_queue.put_nowait({"type": "websocket.receive", "text": "hello"})
        self.assertEqual(ended, [])
        protocol.application_queue.put_nowait({"type": "websocket.disconnect", "code": 1000})
        self.assertEqual(ended, ["ended"])
        receive = wire.receive_again()
        protocol.application_queue.put_nowait({"type": "websocket.disconnect", "code": 1000})
        self.assertEqual((await receive())["type"], "websocket.disconnect")

    async def test_socket_of_another_shape_does_not(self) -> None:
        lets, shape = SimpleNamespace(lets_applications_end=True), {"only_listens": True}
        for send in (
            mock.AsyncMock(),
            daphne_send(StringTransport(), server=lets, **shape),
            daphne_send(Connection(self).transport, server=SimpleNamespace(), **shape),
            daphne_send(Connection(self).transport, server=lets),
        ):
            self.assertIs(SocketWire(send).when_closed(lambda: None), False)

    async def test_close_with_a_private_code_goes_by_asgi(self) -> None:
        send = daphne_send(None)
        await SocketWire(send).close(4404)
        self.assertEqual(send.args[0].replies, [{"type": "websocket.close", "code": 4404}])

    async def test_close_with_a_servers_code_goes_round_autobahns_check(self) -> None:
        send = daphne_send(None)
        await SocketWire(send).close(1012)
        send.args[0].sendCloseFrame.assert_called_once_with(code=1012)
        self.assertEqual(send.args[0].replies, [])

    async def test_close_with_a_servers_code_goes_by_asgi_elsewhere(self) -> None:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await SocketWire(send).close(1012)
        self.assertEqual(sent, [{"type": "websocket.close", "code": 1012}])


class StreamWireTests(IsolatedAsyncioTestCase):
    """What a stream has of its own."""

    def setUp(self) -> None:
        self.transport = Connection(self).transport

    async def test_answer_without_chunks_or_over_tls_goes_by_asgi(self) -> None:
        for changed, tls in (({"chunked": 0}, False), ({}, True)):
            self.transport.TLS = tls
            send = daphne_answer(self.transport, **changed)
            wire = StreamWire(send)
            self.assertEqual(send_at_once(SHORT, [wire]), [wire])
            await wire.tell(SHORT)
            told = {"type": "http.response.body", "body": b"data: short\n\n", "more_body": True}
            self.assertEqual(send.args[0].replies, [told])

    async def test_daphne_has_no_time_out_for_it_and_its_connection_ends_with_it(self) -> None:
        send = daphne_answer(self.transport, check_timeouts=mock.Mock(side_effect=AssertionError))
        StreamWire(send)
        send.args[0].check_timeouts()
        self.assertIs(send.args[0].channel.persistent, False)

    async def test_close_ends_the_answer_in_good_order(self) -> None:
        send = daphne_answer(self.transport)
        await StreamWire(send).close(1012)
        goodbye = {"type": "http.response.body", "body": b": 1012\n\n", "more_body": False}
        self.assertEqual(send.args[0].replies, [goodbye])

    async def test_close_hangs_up_on_a_peer_that_does_not_read(self) -> None:
        send = daphne_answer(self.transport)
        wire = StreamWire(send)
        while not send_at_once(LARGE, [wire]):
            pass
        with mock.patch.object(self.transport, "abortConnection") as hung_up:
            await wire.close(4408)
        hung_up.assert_called_once_with()
        self.assertEqual(send.args[0].replies, [])

    async def test_has_ended_waits_for_the_connection(self) -> None:
        wire = StreamWire(daphne_answer(self.transport))
        waiting = asyncio.create_task(wire.has_ended())
        await asyncio.sleep(0)
        self.assertIs(waiting.done(), False)
        self.transport.connectionLost(Failure(ConnectionDone()))
        await waiting

    async def test_stream_of_another_server_goes_by_asgi(self) -> None:
        wire = StreamWire(mock.AsyncMock())
        self.assertEqual((wire.write, wire.is_slow), (None, False))
        await wire.has_ended()
