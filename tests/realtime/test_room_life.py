import asyncio
from contextvars import copy_context
from typing import Any
from unittest import mock

from channels.layers import get_channel_layer

from booking import events
from foundation.outages import Outage
from foundation.request_context import NOTHING, Asked, asked
from foundation.server.transport import Frame
from realtime.rooms import VIEWERS
from tests.realtime.fakes import (
    PATIENT,
    SHOW,
    FakeSocket,
    FakeSource,
    RoomTestCase,
    deliver,
    named,
    next_change,
    opened,
    until,
)


class AntiEntropyTests(RoomTestCase):
    async def test_change_that_nobody_published_comes_from_the_log(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            self.source.commit((5, "b"))
            await until(lambda: socket.follower.version == 1)
        self.assertEqual(socket.follower.states, "aaaabaaaaa")

    async def test_check_of_many_rooms_is_one_read(self) -> None:
        async with opened(self.source) as rooms:
            with mock.patch.object(self.source, "states", return_value=self.source.current):
                sockets = [FakeSocket() for _ in range(5)]
                for show_id, socket in enumerate(sockets, start=1):
                    rooms.join(show_id, socket)
                await until(lambda: all(socket.frames for socket in sockets))
            await until(lambda: sockets[0].of_type("tick"))
        self.assertEqual(set(self.source.reads), {"heads"})
        self.assertLessEqual(len(self.source.reads), 2)

    async def test_show_that_is_gone_is_closed_with_4404(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            self.source.gone = True
            await until(lambda: socket.closed_with)
        self.assertEqual(socket.closed_with, 4404)

    async def test_no_tick_while_the_database_is_away(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.of_type("tick"))
            self.source.failing = True
            reads = len(self.source.reads)
            with self.assertLogs("realtime", "WARNING"):
                await until(lambda: len(self.source.reads) > reads + 1)
                ticks = len(socket.of_type("tick"))
                await until(lambda: len(self.source.reads) > reads + 4)
            self.assertEqual(len(socket.of_type("tick")), ticks)
            self.source.commit()
            self.source.failing = False
            await until(lambda: socket.follower.version == 1)
            await until(lambda: len(socket.of_type("tick")) > ticks)

    async def test_room_opened_while_the_database_is_away_starts_when_it_is_back(self) -> None:
        self.source.failing = True
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            with self.assertLogs("realtime", "WARNING"):
                rooms.join(SHOW, socket)
                await until(lambda: len(self.source.reads) > 2)
            self.source.failing = False
            await until(lambda: socket.frames)
        self.assertEqual(socket.frames[0]["type"], "snapshot")


class NobodysTests(RoomTestCase):
    async def test_room_works_for_nobody_in_particular(self) -> None:
        """Or its lines in the log would bear the name of the request that happened to open it."""
        worked_for = set[Asked]()

        async def note(*_: Any) -> Any:
            worked_for.add(asked.get())
            return self.source.current

        request = copy_context()
        request.run(asked.set, Asked("an-id", "/ws/shows/1/"))
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            with mock.patch.object(self.source, "states", note):
                request.run(rooms.join, SHOW, socket)
                await until(lambda: socket.frames)
        self.assertEqual(worked_for, {NOTHING})


class SocketsTests(RoomTestCase):
    async def test_slow_socket_is_closed_with_4408_and_told_nothing_more(self) -> None:
        async with opened(self.source) as rooms:
            slow, quick = FakeSocket(), FakeSocket()
            room = rooms.join(SHOW, slow)
            rooms.join(SHOW, quick)
            await until(lambda: slow.frames and quick.frames)
            slow.slow = True
            await until(lambda: slow.closed_with)
            await until(lambda: quick.frames[-1] == {"type": "tick", **named(self.source.head)})
        self.assertEqual((slow.closed_with, quick.closed_with), (4408, None))
        self.assertEqual(room.viewers.here, 1)

    async def test_socket_that_fails_is_closed_and_the_others_are_told(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            bad, good = FakeSocket(), FakeSocket()
            for socket in (bad, good):
                room = rooms.join(SHOW, socket)
            await until(lambda: bad.frames and good.frames)
            with (
                mock.patch.object(FakeSocket, "tell", self._fails_for(bad)),
                self.assertLogs("realtime", "WARNING"),
            ):
                await deliver(self.source.commit())
                await until(lambda: good.follower.version == 1)
                await until(lambda: bad.closed_with)
        self.assertEqual((bad.closed_with, good.closed_with, room.viewers.here), (1011, None, 1))

    def _fails_for(self, bad: FakeSocket) -> Any:
        tell = FakeSocket.tell

        async def fail_or_tell(socket: FakeSocket, frame: Frame) -> None:
            if socket is bad:
                raise OSError("too long a frame")
            await tell(socket, frame)

        return fail_or_tell

    async def test_room_lingers_and_then_closes(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            room = rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            room.leave(socket)
            self.assertIs(rooms.join(SHOW, socket), room)
            room.leave(socket)
            await until(lambda: room.is_closed)
            layer = get_channel_layer()
            await until(lambda: not any(rooms._channel in g for g in layer.groups.values()))
            again = FakeSocket()
            self.assertIsNot(rooms.join(SHOW, again), room)
            await until(lambda: again.frames)

    async def test_broken_room_closes_its_sockets_with_1011(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            socket = FakeSocket()
            room = rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            with self.assertLogs("realtime", "ERROR"):
                room.map.hear(next_change(self.source.head, (999, "b")))
                await until(lambda: socket.closed_with)
            self.assertEqual(socket.closed_with, 1011)
            again = FakeSocket()
            rooms.join(SHOW, again)
            await until(lambda: again.frames)


class ViewersTests(RoomTestCase):
    async def test_viewers_are_counted_over_processes(self) -> None:
        async with opened(self.source) as here, opened(self.source) as there:
            sockets = [FakeSocket() for _ in range(3)]
            room = here.join(SHOW, sockets[0])
            here.join(SHOW, sockets[1])
            there.join(SHOW, sockets[2])
            await until(lambda: all(self._count(socket) == 3 for socket in sockets))
            room.leave(sockets[1])
            await until(lambda: self._count(sockets[0]) == self._count(sockets[2]) == 2)

    async def test_client_with_sockets_on_two_processes_is_one_viewer(self) -> None:
        async with opened(self.source) as here, opened(self.source) as there:
            sockets = [FakeSocket() for _ in range(4)]
            sockets[1].viewer = sockets[2].viewer = sockets[0].viewer
            for rooms, socket in zip((here, here, there, there), sockets, strict=True):
                rooms.join(SHOW, socket)
            await until(lambda: all(self._count(socket) == 2 for socket in sockets))

    async def test_socket_that_shows_nobody_the_map_is_no_viewer(self) -> None:
        async with opened(self.source) as rooms:
            watcher, counter = FakeSocket(), FakeSocket()
            counter.viewer = None
            for socket in (watcher, counter):
                rooms.join(SHOW, socket)
            await until(lambda: counter.of_type("viewers"))
        self.assertEqual(counter.of_type("viewers")[-1], {"type": "viewers", "count": 1})

    async def test_silent_process_is_forgotten(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: self._count(socket) == 1)
            message = {
                "type": VIEWERS,
                "show_id": SHOW,
                "process": "gone",
                "count": 5,
                "named": b"",
            }
            await get_channel_layer().group_send(events.group_name(SHOW), message)
            await until(lambda: self._count(socket) == 6)
            await until(lambda: self._count(socket) == 1)

    async def test_viewers_are_told_at_most_once_an_interval(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            first = FakeSocket()
            rooms.join(SHOW, first)
            await until(lambda: self._count(first) == 1)
            others = [FakeSocket() for _ in range(5)]
            for socket in others:
                rooms.join(SHOW, socket)
            await until(lambda: all(socket.frames for socket in others))
            await deliver(self.source.commit())
            await until(lambda: first.follower.version == 1)
        self.assertEqual(first.of_type("viewers"), [{"type": "viewers", "count": 1}])

    def _count(self, socket: FakeSocket) -> int | None:
        told = socket.of_type("viewers")
        return told[-1]["count"] if told else None


class DeafTests(RoomTestCase):
    """A channel layer that is dead or hangs."""

    async def test_room_works_from_the_log_and_subscribes_when_the_layer_is_back(self) -> None:
        for trouble in (OSError("no Redis"), asyncio.sleep):
            with self.subTest(trouble):
                await self._check(trouble)

    async def _check(self, trouble: Any) -> None:
        source = FakeSource()
        outage = Outage(events.logger, gone="away", back="back")

        async def fail(*_: Any) -> None:
            if isinstance(trouble, Exception):
                raise trouble
            await asyncio.sleep(60)

        layer = get_channel_layer()
        async with opened(source) as rooms:
            socket = FakeSocket()
            with (
                mock.patch.object(layer, "group_add", fail),
                mock.patch.object(layer, "group_send", fail),
                mock.patch.object(events, "outage", outage),
                self.assertLogs("booking.events") as logs,
            ):
                rooms.join(SHOW, socket)
                await until(lambda: socket.frames)
                source.commit()
                await until(lambda: socket.follower.version == 1)
                await until(lambda: socket.of_type("viewers"))
            await until(lambda: layer.groups)
        self.assertEqual(socket.of_type("viewers")[-1], {"type": "viewers", "count": 1})
        self.assertEqual(len(logs.records), 1)


class ChannelTests(RoomTestCase):
    async def test_rooms_that_open_together_share_one_channel(self) -> None:
        layer = get_channel_layer()
        new_channel, added = layer.new_channel, set()

        async def slowly() -> str:
            await asyncio.sleep(0.01)  # as Redis takes a moment
            return str(await new_channel())

        async def add(group: str, channel: str) -> None:
            added.add((group, channel))

        with (
            mock.patch.object(layer, "new_channel", slowly),
            mock.patch.object(layer, "group_add", add),
        ):
            async with opened(self.source, PATIENT) as rooms:
                for show_id in (1, 2, 3):
                    rooms.visit(show_id)
                await until(lambda: len({group for group, _ in added}) == 3)
        self.assertEqual(len({channel for _, channel in added}), 1)
