"""Clients that talk: what closes them, on Autobahn's own protocol and in a real Daphne."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from django.test import SimpleTestCase, override_settings, tag
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from foundation.server import guards
from realtime.protocol import CloseCode
from tests import factories
from tests.commits import CommitTestCase
from tests.foundation.server.test_runserver import RunServer
from tests.live import LiveServer, LiveServerMixin, PlainDaphne, database_url
from tests.realtime.api import ApiClient
from tests.realtime.crowds import CLOSE, REQUEST
from tests.realtime.watchers import Watcher

CONTINUATION, TEXT, BINARY, PING, PONG = 0, 1, 2, 9, 10
FIN, MASKED = 0x80, 0x80
LONGEST_FLOOD_SECONDS = 30


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a client's frame; its mask of zeros changes nothing."""
    return head(opcode, len(payload), fin=fin) + payload


def head(opcode: int, length: int, *, fin: bool = True) -> bytes:
    """Return what stands before a frame's payload."""
    first = opcode | (FIN if fin else 0)
    if length < 126:
        return bytes((first, MASKED | length)) + bytes(4)
    return bytes((first, MASKED | 127)) + struct.pack("!Q", length) + bytes(4)


TALK = {
    "an empty text frame": frame(TEXT),
    "text": frame(TEXT, b"{}"),
    "binary": frame(BINARY, b"\0"),
    "a message that goes on": frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) * 1000,
    "only the head of a frame": head(TEXT, 100),
    "the head of a frame that is too large": head(BINARY, 1 << 40),
    "many empty text frames": frame(TEXT) * 10_000,
    "many pings": frame(PING) * 1000,
    "many pongs that nobody asked for": frame(PONG, b"?") * 1000,
}


def noted(protocol: Any) -> list[str]:
    """Note what a protocol works on from now on."""
    told: list[str] = []

    def noting(what: str, work: Any) -> Any:
        def note(given: Any) -> None:
            told.append(what)
            work(given)

        return note

    for what, name in (("data", "_onMessageFrameBegin"), ("ping", "onPing"), ("pong", "onPong")):
        setattr(protocol, name, noting(what, getattr(protocol, name)))
    return told


class AutobahnTests(SimpleTestCase):
    """The shape that the guard assumes, without a server."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.time = self.enterContext(mock.patch("foundation.server.guards.time"))
        self.time.monotonic.return_value = 1000.0

    def opened(self, *, guarded: bool = True) -> tuple[Any, Any, list[str]]:
        """Return a protocol whose socket is open, its transport, and what it is told of frames."""

        class Protocol(WebSocketServerProtocol):
            """A class of its own, since the guard changes it."""

        if guarded:
            guards.guard_frames(Protocol)
        factory = WebSocketServerFactory("ws://127.0.0.1:1", reactor=self.clock)
        factory.protocol = Protocol
        protocol: Any = factory.buildProtocol(None)
        transport: Any = StringTransport()
        transport.registerProducer(mock.Mock(), True)  # Twisted's HTTP has left itself there
        transport.abortConnection = mock.Mock()
        protocol.makeConnection(transport)
        protocol.dataReceived(
            REQUEST.format(path="/", address="").replace("127.0.0.1", "127.0.0.1:1").encode()
        )
        self.assertEqual(protocol.state, protocol.STATE_OPEN)
        transport.clear()
        return protocol, transport, noted(protocol)

    def test_talk_is_closed_at_its_first_frame(self) -> None:
        for what, sent in TALK.items():
            with self.subTest(what):
                protocol, transport, told = self.opened()
                protocol.dataReceived(sent)
                self.assertTrue(transport.value().endswith(b"\x88\x02\x03\xf0"))  # 1008
                self.assertEqual((protocol.data, transport.disconnecting), (b"", True))
                self.assertNotIn("data", told)
                self.assertLess(len(told), 10)

    def test_without_the_guard_all_of_it_is_worked_on(self) -> None:
        for what, opcode in (("data", TEXT), ("ping", PING), ("pong", PONG)):
            with self.subTest(what):
                protocol, transport, told = self.opened(guarded=False)
                protocol.dataReceived(frame(opcode) * 1000)
                self.assertEqual((told.count(what), transport.disconnecting), (1000, False))

    def test_peer_that_reads_nothing_either_is_cut_off(self) -> None:
        protocol, transport, _ = self.opened()
        protocol.dataReceived(frame(TEXT))
        self.clock.advance(10)
        transport.abortConnection.assert_called_once_with()

    def test_a_ping_now_and_then_is_answered(self) -> None:
        protocol, transport, told = self.opened()
        for _ in range(100):
            protocol.dataReceived(frame(PING) + frame(PONG))
            self.time.monotonic.return_value += 0.5
        self.assertEqual(told, ["ping", "pong"] * 100)
        self.assertIs(transport.disconnecting, False)

    @override_settings(SOCKET_PINGS_PER_SECOND=4)
    def test_pings_held_up_for_two_seconds_are_no_flood(self) -> None:
        protocol, transport, told = self.opened()
        protocol.dataReceived(frame(PING) * 8)
        self.assertEqual((len(told), transport.disconnecting), (8, False))
        protocol.dataReceived(frame(PING))
        self.assertEqual((len(told), transport.disconnecting), (8, True))

    def test_close_is_answered(self) -> None:
        protocol, transport, _ = self.opened()
        protocol.dataReceived(frame(8, struct.pack("!H", 1000)))
        self.assertEqual(transport.value(), b"\x88\x02\x03\xe8")

    def test_talk_while_the_socket_closes_is_not_worked_on(self) -> None:
        protocol, transport, told = self.opened()
        protocol.sendCloseFrame(code=1012)
        protocol.dataReceived(frame(TEXT) * 1000)
        self.assertEqual((told, transport.disconnecting), ([], True))

    def test_class_of_another_shape_is_left_alone(self) -> None:
        class Other:
            pass

        with self.assertRaises(AttributeError):  # with which `install` lives
            guards.guard_frames(Other)
        self.assertNotIn("onFrameBegin", vars(Other))


class Talker:
    """A raw socket on a seat map that says what it is told to."""

    def __init__(self, server: LiveServer, show_id: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.sendall(REQUEST.format(path=f"/ws/shows/{show_id}/", address="").encode())
        self.answer = self.socket.makefile("rb")
        while self.answer.readline().strip():
            pass

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def close_code(self) -> int:
        """Return the code of the close frame, before which other frames may come."""
        while True:
            kind, length = self.answer.read(2)
            if length == 126:
                length = int(struct.unpack("!H", self.answer.read(2))[0])
            payload = self.answer.read(length)
            if kind == CLOSE:
                return int(struct.unpack("!H", payload)[0])

    def close(self) -> None:
        self.answer.close()
        self.socket.close()


class TalkingTests(LiveServerMixin, CommitTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"THROTTLES": "off"})

    def setUp(self) -> None:
        self.show = factories.show(plan="SSS\nSSS")

    @contextmanager
    def talker(self) -> Iterator[Talker]:
        talker = Talker(self.server, self.show.pk)
        try:
            yield talker
        finally:
            talker.close()

    def test_one_frame_closes_with_1008(self) -> None:
        for opcode in (TEXT, BINARY):
            with self.talker() as talker:
                talker.say(frame(opcode, b"hello"))
                self.assertEqual(talker.close_code(), CloseCode.TALKED)

    def test_floods_are_cut_off(self) -> None:
        """The kernel takes thousands of small frames before a busy server reads the first."""
        for what, sent in TALK.items():
            with self.subTest(what), self.talker() as talker, self.assertRaises(OSError):
                until = time.monotonic() + LONGEST_FLOOD_SECONDS
                while time.monotonic() < until:
                    talker.say(sent)

    def test_innocent_joins_and_sees_a_change_beside_ten_who_flood(self) -> None:
        client = ApiClient(self.server, user=factories.user())
        floods = [self.enterContext(self.talker()) for _ in range(10)]
        for talker, sent in zip(floods, list(TALK.values()) * 2, strict=False):
            talker.say(sent)
        with Watcher(self.server, self.show.pk) as watcher:
            self.assertEqual(watcher.next_of("snapshot")["states"], "aaaaaa")
            self.assertEqual(client.book(self.show.pk, 2).status, 201)
            watcher.until_version(1)
            self.assertEqual(watcher.follower.states, "abaaaa")


@tag("once")
class TalkingToPlainDaphneTests(TalkingTests):
    @classmethod
    def new_server(cls) -> LiveServer:
        return PlainDaphne()


@tag("once")
class TalkingToRunserverTests(TalkingTests):
    """Django's own way to start."""

    @classmethod
    def new_server(cls) -> LiveServer:
        return RunServer(database_url())
