from dataclasses import replace
from typing import Any
from unittest import mock

from booking.chain import Checkpoint
from realtime import protocol
from tests.realtime.fakes import (
    PATIENT,
    SHOW,
    FakeSocket,
    RoomTestCase,
    deliver,
    facts,
    named,
    opened,
    until,
)

SHOWN = {"show": facts("10.00")}


class GreetingTests(RoomTestCase):
    async def test_joiner_gets_a_snapshot(self) -> None:
        self.source.commit((3, "b"))
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
        self.assertEqual(
            socket.frames[0],
            {"type": "snapshot", **named(self.source.at(1)), "states": "aabaaaaaaa", **SHOWN},
        )

    async def test_joiners_of_a_starting_room_cost_one_read(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            sockets = [FakeSocket() for _ in range(50)]
            for socket in sockets:
                rooms.join(SHOW, socket)
            await until(lambda: all(socket.frames for socket in sockets))
            late = FakeSocket()
            rooms.join(SHOW, late)
            await until(lambda: late.frames)
        self.assertEqual(self.source.reads, ["states"])

    async def test_joiner_after_a_change_gets_the_newer_map(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            early, late = FakeSocket(), FakeSocket()
            rooms.join(SHOW, early)
            await until(lambda: early.frames)
            await deliver(self.source.commit((2, "b")))
            await until(lambda: early.follower.version == 1)
            rooms.join(SHOW, late)
            await until(lambda: late.frames)
        self.assertEqual(
            late.frames[0],
            {"type": "snapshot", **named(self.source.at(1)), "states": "abaaaaaaaa", **SHOWN},
        )

    async def test_since_within_the_history_gets_one_frame_of_changes(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            first = FakeSocket()
            rooms.join(SHOW, first)
            await until(lambda: first.frames)
            for seat_number in (1, 2, 3):
                await deliver(self.source.commit((seat_number, "b")))
            await until(lambda: first.follower.version == 3)
            back = FakeSocket(since=self.source.at(1), states="baaaaaaaaa")
            rooms.join(SHOW, back)
            await until(lambda: back.frames)
        self.assertEqual(
            back.frames[0],
            {
                "type": "changes",
                "from": 2,
                **named(self.source.at(3)),
                "changes": [[2, "b"], [3, "b"]],
                "at": 3,
            },
        )
        self.assertEqual(back.follower.states, "bbbaaaaaaa")

    async def test_since_the_current_version_gets_a_tick(self) -> None:
        self.source.commit()
        async with opened(self.source, PATIENT) as rooms:
            socket = FakeSocket(since=self.source.at(1))
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
        self.assertEqual(socket.frames[0], {"type": "tick", **named(self.source.at(1))})

    async def test_room_that_opens_has_what_was_missed_while_there_was_none(self) -> None:
        for seat_number in (1, 2, 3):
            self.source.commit((seat_number, "b"))
        async with opened(self.source, PATIENT) as rooms:
            back = FakeSocket(since=self.source.at(1), states="baaaaaaaaa")
            other = FakeSocket(since=Checkpoint(1, "f" * 16))
            for socket in (back, other):
                rooms.join(SHOW, socket)
            await until(lambda: back.frames and other.frames)
        first = back.frames[0]
        self.assertEqual((first["type"], first["from"], first["version"]), ("changes", 2, 3))
        self.assertEqual(back.follower.states, "bbbaaaaaaa")
        self.assertEqual(other.frames[0]["type"], "snapshot")

    async def test_since_of_another_time_gets_a_snapshot(self) -> None:
        self.source.commit()
        self.source.remembered = 1
        async with opened(self.source, PATIENT) as rooms:
            before, after = FakeSocket(since=0), FakeSocket(since=7)
            for socket in (before, after):
                rooms.join(SHOW, socket)
            await until(lambda: before.frames and after.frames)
        self.assertEqual([s.frames[0]["type"] for s in (before, after)], ["snapshot"] * 2)

    async def test_missing_show_is_closed_with_4404(self) -> None:
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(99, socket)
            await until(lambda: socket.closed_with)
        self.assertEqual((socket.closed_with, socket.frames), (4404, []))


class ChangesTests(RoomTestCase):
    async def _watched(self, rooms: Any) -> FakeSocket:
        socket = FakeSocket()
        rooms.join(SHOW, socket)
        await until(lambda: socket.frames)
        return socket

    async def test_change_is_encoded_once_and_told_to_all(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            sockets = [await self._watched(rooms) for _ in range(3)]
            with mock.patch(
                "realtime.protocol.changes_frame",
                wraps=protocol.changes_frame,
            ) as encode:
                await deliver(self.source.commit())
                await until(lambda: all(socket.follower.version == 1 for socket in sockets))
        encode.assert_called_once()

    async def test_change_delivered_twice_is_told_once(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            socket = await self._watched(rooms)
            first, second = self.source.commit(), self.source.commit()
            for change in (first, first, second):
                await deliver(change)
            await until(lambda: socket.follower.version == 2)
        told = [(frame["from"], frame["version"]) for frame in socket.of_type("changes")]
        self.assertIn(told, ([(1, 1), (2, 2)], [(1, 2)]))

    async def test_early_change_waits_for_the_one_before(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            socket = await self._watched(rooms)
            first, second = self.source.commit((1, "b")), self.source.commit((2, "b"))
            await deliver(second)
            await deliver(first)
            await until(lambda: socket.follower.version == 2)
        self.assertEqual(self.source.reads, ["states"])

    async def test_changed_facts_are_told_and_stay_with_the_map(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            watcher, late, back = FakeSocket(), FakeSocket(), FakeSocket(since=0, states="a" * 10)
            rooms.join(SHOW, watcher)
            await until(lambda: watcher.frames)
            await deliver(self.source.commit_price("12.00"))
            await until(lambda: watcher.follower.version == 1)
            for socket in (late, back):
                rooms.join(SHOW, socket)
            await until(lambda: late.frames and back.frames)
        told = [watcher.of_type("changes"), late.of_type("snapshot"), back.of_type("changes")]
        self.assertEqual([frame["show"] for [frame] in told], [facts("12.00")] * 3)

    async def test_changed_facts_that_no_message_told_come_from_the_log(self) -> None:
        async with opened(self.source) as rooms:
            watcher = FakeSocket()
            rooms.join(SHOW, watcher)
            await until(lambda: watcher.frames)
            self.source.commit_price("12.00")
            self.source.commit((1, "b"))
            await until(lambda: watcher.follower.version == 2)
        [frame] = watcher.of_type("changes")
        self.assertEqual((frame["changes"], frame["show"]), ([[1, "b"]], facts("12.00")))

    async def test_lost_change_is_read_from_the_log(self) -> None:
        async with opened(self.source, self._only(patience=0.02)) as rooms:
            socket = await self._watched(rooms)
            for _ in range(7):
                self.source.commit()
            await deliver(self.source.commit((2, "b")))
            await until(lambda: socket.follower.version == 8)
        self.assertEqual(self.source.reads, ["states", "changes", "changes", "changes"])

    async def test_change_that_the_log_has_not_makes_a_snapshot_for_all(self) -> None:
        async with opened(self.source) as rooms:
            socket = await self._watched(rooms)
            lost, change = self.source.commit((1, "b")), self.source.commit((2, "b"))
            self.assertEqual(lost.version, 1)
            self.source.forgotten = 2
            await deliver(change)
            await until(lambda: socket.follower.version == 2)
        self.assertEqual([frame["states"] for frame in socket.of_type("snapshot")], [
            "aaaaaaaaaa", "bbaaaaaaaa"])  # fmt: skip

    async def test_changes_during_the_rest_after_a_frame_go_into_one(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            socket = await self._watched(rooms)
            room = rooms.join(SHOW, FakeSocket())
            with mock.patch.object(room, "_next_sweep", room._loop.time() + 0.05):
                for seat_number in (1, 2, 3):
                    await deliver(self.source.commit((seat_number, "b")))
                await until(lambda: socket.follower.version == 3)
        self.assertEqual(len(socket.of_type("changes")), 1)

    async def test_rest_after_a_frame_is_longer_while_requests_wait(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            await self._watched(rooms)
            room = rooms.join(SHOW, FakeSocket())
            for waits, took, expected in (
                (False, 0.01, 0.005),
                (True, 0.01, 0.09),
                (True, 0.1, 0.5),
                (True, 2.0, 1.0),
            ):
                clock = mock.Mock(time=mock.Mock(side_effect=[10.0, 10.0 + took]))
                with (
                    self.subTest(waits=waits, took=took),
                    mock.patch("realtime.room.somebody_waits", return_value=waits),
                    mock.patch.object(room, "_audience", mock.AsyncMock()),
                    mock.patch.object(room, "_loop", clock),
                ):
                    await room._tell_changes()
                self.assertAlmostEqual(room._next_sweep - 10.0 - took, expected)

    async def test_room_is_read_anew_when_the_database_was_set_back(self) -> None:
        for _ in range(3):
            self.source.commit()
        async with opened(self.source) as rooms:
            socket = await self._watched(rooms)
            del self.source.log[1:]
            await until(lambda: socket.follower.version == 1)
            await until(lambda: socket.frames[-1] == {"type": "tick", **named(self.source.at(1))})

    def _only(self, **intervals: float) -> Any:
        return replace(PATIENT, **intervals)
