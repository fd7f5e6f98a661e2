from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock

from channels.testing import WebsocketCommunicator
from django.db import connections
from django.test import SimpleTestCase, TransactionTestCase, override_settings

from booking.selectors.holds import hash_of
from realtime import consumers, shutdown
from realtime.rooms import rooms
from realtime.routing import socket_application
from tests import factories
from tests.realtime.fakes import IN_MEMORY
from tests.realtime.frames import checked

CLOSED_4404 = {"type": "websocket.close", "code": 4404}
# A bound, not a wait: Channels' own second is short on a busy machine.
PATIENCE_SECONDS = 30


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


class QueryTests(SimpleTestCase):
    async def test_query_says_what_the_client_has_and_whether_it_is_counted(self) -> None:
        for query, expected in (
            (b"", (None, True, None)),
            (b"since=17", (17, True, None)),
            (b"viewer=no&since=17", (17, False, None)),
            (b"since=x&viewer=maybe", (None, True, None)),
            (b"since=\xff", (None, True, None)),
            (b"line=secret&since=17", (17, True, hash_of("secret"))),
        ):
            with self.subTest(query):
                socket = await consumers._accepted(
                    {"query_string": query}, mock.AsyncMock(), mock.AsyncMock()
                )
                self.assertEqual((socket.since, socket.counted, socket.line), expected)


@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class WatchShowTests(TransactionTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSS")
        self.path = f"/ws/shows/{self.show.pk}/"
        executor = ThreadPoolExecutor(1)
        self.enterContext(mock.patch("realtime.source._readers", executor))
        self.addCleanup(executor.shutdown)
        self.addCleanup(lambda: executor.submit(connections.close_all).result())

    async def test_watcher_gets_the_seat_map(self) -> None:
        async with connected(self.path) as socket:
            self.assertEqual(
                checked(await socket.receive_from()),
                {"type": "snapshot", "version": 0, "states": "aaa"},
            )

    async def test_since_is_read_from_the_query(self) -> None:
        async with connected(f"{self.path}?since=0") as socket:
            self.assertEqual(checked(await socket.receive_from()), {"type": "tick", "version": 0})

    async def test_since_that_is_no_version_gets_the_seat_map(self) -> None:
        for since in ("", "x", "-1", "1.5", "9" * 5000, "%FF", "%C3%A9"):
            with self.subTest(since=since[:10]):
                async with connected(f"{self.path}?since={since}") as socket:
                    self.assertEqual(checked(await socket.receive_from())["type"], "snapshot")

    async def test_what_the_client_sends_is_ignored(self) -> None:
        async with connected(self.path) as socket:
            await socket.receive_from()
            await socket.send_to(text_data="{}")
            await socket.send_to(bytes_data=b"\x00")
            async with connected(self.path) as other:
                self.assertEqual(checked(await other.receive_from())["type"], "snapshot")

    async def test_room_is_left_on_disconnect(self) -> None:
        async with connected(self.path) as socket:
            await socket.receive_from()
            room = rooms()._rooms[self.show.pk]
            self.assertEqual(room.local_viewers, 1)
        self.assertEqual(room.local_viewers, 0)

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
