import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import SimpleTestCase, override_settings

from booking.chain import Checkpoint
from booking.selectors import seat_map
from booking.selectors.holds import hash_of
from booking.terms import facts_of
from foundation.server import shutdown
from realtime.admission import admission
from realtime.metrics import SHOW_SOCKETS
from realtime.rooms import rooms
from realtime.routing import socket_application
from realtime.sockets import wish_in
from realtime.viewers import viewer_of
from tests import factories
from tests.commits import CommitTestCase
from tests.foundation.server.test_transport import Connection, daphne_send
from tests.realtime.fakes import IN_MEMORY, named, until
from tests.realtime.frames import checked

BARE, NAMED = Checkpoint(17, ""), Checkpoint(17, "0123456789abcdef")
CLIENT = "192.0.2.7"
DISCONNECT = {"type": "websocket.disconnect", "code": 1000}
CLOSED_4404 = {"type": "websocket.close", "code": 4404}
# A bound, not a wait: Channels' own second is short on a busy machine.
PATIENCE_SECONDS = 60


class PatientCommunicator(WebsocketCommunicator):
    async def receive_output(self, timeout: float = 0) -> Any:  # noqa: ASYNC109  (its base has it)
        return await super().receive_output(max(timeout, PATIENCE_SECONDS))


@asynccontextmanager
async def connected(path: str) -> AsyncIterator[WebsocketCommunicator]:
    """Give an accepted socket."""
    communicator = PatientCommunicator(socket_application, path)
    try:
        accepted, _ = await communicator.connect()
        if not accepted:
            raise AssertionError(f"{path} was refused before it was accepted")
        yield communicator
    finally:
        await communicator.disconnect(timeout=PATIENCE_SECONDS)


class WishTests(SimpleTestCase):
    def test_request_says_what_the_client_has_and_whether_it_is_counted(self) -> None:
        viewer = viewer_of("192.0.2.1")
        for query, last, expected in (
            (b"", None, (None, viewer, None)),
            (b"since=17", None, (BARE, viewer, None)),
            (b"viewer=no&since=17.0123456789abcdef", None, (NAMED, None, None)),
            (b"since=x&viewer=maybe", None, (None, viewer, None)),
            (b"since=\xff", None, (None, viewer, None)),
            (b"waitlist=secret&since=17", None, (BARE, viewer, hash_of("secret"))),
            (b"since=19", b"17.0123456789abcdef", (NAMED, viewer, None)),
            (b"since=17", b"\xff", (None, viewer, None)),
        ):
            with self.subTest(query=query, last=last):
                headers = [] if last is None else [(b"last-event-id", last)]
                wish = wish_in({"query_string": query, "headers": headers}, "192.0.2.1")
                self.assertEqual((wish.since, wish.viewer, wish.waitlist), expected)


@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class WatchingTestCase(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSS")
        self.path = f"/ws/shows/{self.show.pk}/"
        executor = ThreadPoolExecutor(1)
        self.enterContext(mock.patch("realtime.source._readers", executor))
        self.addCleanup(executor.shutdown)
        self.addCleanup(lambda: executor.submit(connections.close_all).result())


class WatchShowTests(WatchingTestCase):
    async def test_watcher_gets_the_seat_map(self) -> None:
        at = await sync_to_async(seat_map.checkpoint)(self.show.pk)
        async with connected(self.path) as socket:
            self.assertEqual(
                checked(await socket.receive_from()),
                {
                    "type": "snapshot",
                    **named(at),
                    "states": "aaa",
                    "show": facts_of(self.show),
                },
            )

    async def test_since_is_read_from_the_query(self) -> None:
        at = await sync_to_async(seat_map.checkpoint)(self.show.pk)
        for since in ("0", at.name):
            async with connected(f"{self.path}?since={since}") as socket:
                frame = checked(await socket.receive_from())
                self.assertEqual(frame, {"type": "tick", **named(at)})

    async def test_since_that_is_no_version_gets_the_seat_map(self) -> None:
        for since in ("", "x", "-1", "1.5", "9" * 5000, "%FF", "%C3%A9", "0.", f"0.{'0' * 16}"):
            with self.subTest(since=since[:10]):
                async with connected(f"{self.path}?since={since}") as socket:
                    self.assertEqual(checked(await socket.receive_from())["type"], "snapshot")

    async def test_client_that_sends_anything_is_closed_with_1008(self) -> None:
        for sent in ({"text_data": "{}"}, {"bytes_data": b"\x00"}):
            async with connected(self.path) as socket:
                await socket.receive_from()
                room = rooms()._rooms[self.show.pk]
                await socket.send_to(**sent)
                closed = await socket.receive_output()
                while closed["type"] != "websocket.close":
                    closed = await socket.receive_output()
                self.assertEqual(closed, {"type": "websocket.close", "code": 1008})
                self.assertEqual(room.viewers.here, 0)

    async def test_room_is_left_on_disconnect(self) -> None:
        async with connected(self.path) as socket:
            await socket.receive_from()
            room = rooms()._rooms[self.show.pk]
            self.assertEqual(room.viewers.here, 1)
        self.assertEqual(room.viewers.here, 0)

    async def test_missing_show_is_closed_with_4404_after_the_accept(self) -> None:
        async with connected("/ws/shows/999999999999999999/") as socket:
            self.assertEqual(await socket.receive_output(), CLOSED_4404)

    async def test_unknown_path_is_closed_with_4404_after_the_accept(self) -> None:
        for path in ("/", "/ws/", "/ws/shows/", "/ws/shows/x/", f"/ws/shows/{10**18}/", "/ws/é/"):
            with self.subTest(path):
                async with connected(path) as socket:
                    self.assertEqual(await socket.receive_output(), CLOSED_4404)

    async def test_socket_that_comes_during_shutdown_is_closed_with_1012(self) -> None:
        with mock.patch.object(shutdown, "_begun", True):
            async with connected(self.path) as socket:
                self.assertEqual(
                    await socket.receive_output(), {"type": "websocket.close", "code": 1012}
                )

    async def test_socket_of_a_cancelled_application_is_closed_with_1012(self) -> None:
        async with connected(self.path) as socket:
            await socket.receive_from()
            await socket.receive_from()
            (watching,) = shutdown._watching
            watching.cancel()
            self.assertEqual(
                await socket.receive_output(), {"type": "websocket.close", "code": 1012}
            )


@override_settings(THROTTLES=True)
class AloneTests(WatchingTestCase):
    """A socket whose application ends when it has joined, as under our own server."""

    def setUp(self) -> None:
        super().setUp()
        self.transport = Connection(self).transport
        self.server = SimpleNamespace(lets_applications_end=True)
        self.enterContext(mock.patch.object(shutdown, "_begun", False))
        self.addCleanup(shutdown._guests.clear)

    async def watch(self, **changed: Any) -> Any:
        """Let a socket join; return Daphne's protocol of it."""
        shape = {"server": self.server, "only_listens": True} | changed
        send = daphne_send(self.transport, **shape)
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.messages.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": self.path, "query_string": b"", "headers": []}
        scope |= {"client": (CLIENT, 1)}
        self.task = asyncio.create_task(socket_application(scope, self.messages.get, send))
        await until(lambda: self.counted() == (1, 1, 1))
        return send.args[0]

    def counted(self) -> tuple[int, int, float]:
        """Return how often the socket is counted as a viewer, as its client's, and as open."""
        room = rooms()._rooms.get(self.show.pk)
        now_open = SHOW_SOCKETS._value.get()
        return room.viewers.here if room else 0, admission._open[CLIENT], now_open

    async def test_it_counts_until_daphne_tells_of_its_end(self) -> None:
        protocol = await self.watch()
        await self.task
        self.assertEqual(self.counted(), (1, 1, 1))
        for _ in range(2):
            protocol.application_queue.put_nowait(DISCONNECT)
            self.assertEqual(self.counted(), (0, 0, 0))
        self.assertEqual(shutdown._guests, set())

    async def test_at_shutdown_it_is_closed_with_1012_and_waited_for(self) -> None:
        protocol = await self.watch()
        await self.task
        ended = shutdown._say_goodbye().asFuture(asyncio.get_running_loop())
        await until(lambda: protocol.sendCloseFrame.called)
        protocol.sendCloseFrame.assert_called_once_with(code=1012)
        self.assertEqual((self.counted(), ended.done()), ((0, 1, 0), False))
        protocol.application_queue.put_nowait(DISCONNECT)
        await ended
        self.assertEqual((self.counted(), shutdown._guests), ((0, 0, 0), set()))

    async def test_application_stays_where_nobody_would_hear_of_the_end(self) -> None:
        for changed in ({"server": SimpleNamespace()}, {"only_listens": False}):
            with self.subTest(changed):
                self.transport = Connection(self).transport
                await self.watch(**changed)
                self.assertEqual((self.task.done(), shutdown._guests), (False, set()))
                self.messages.put_nowait(DISCONNECT)
                await self.task
                self.assertEqual(self.counted(), (0, 0, 0))
