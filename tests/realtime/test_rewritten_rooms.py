"""What a room makes of a database with another history, and of messages of the history before."""

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from booking.chain import Checkpoint
from realtime.room import Room
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

CHECKING = replace(PATIENT, check=0.05)
ASKING = replace(PATIENT, patience=0.05)


class RewrittenTests(RoomTestCase):
    def setUp(self) -> None:
        super().setUp()
        for seat_number in (1, 2, 3):
            self.source.commit((seat_number, "b"))

    @asynccontextmanager
    async def watched(self, pace: Any) -> Any:
        async with opened(self.source, pace) as rooms:
            socket = FakeSocket()
            room = rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            yield room, socket

    def rewrite(self, kept: int, *seat_numbers: int) -> None:
        """Take back what was committed after a version, and book these seats instead."""
        del self.source.log[kept:]
        for seat_number in seat_numbers:
            self.source.commit((seat_number, "x"))

    def is_at_head(self, socket: FakeSocket) -> bool:
        return socket.follower.named == named(self.source.head)

    async def test_every_rewritten_history_is_told_within_one_check(self) -> None:
        for kept, *seat_numbers in ((1,), (2, 5), (0, 5, 6, 7), (2, 5, 6, 7), (0,)):
            self.source = FakeSource()
            self.setUp()
            async with self.watched(CHECKING) as (_, socket):
                self.rewrite(kept, *seat_numbers)
                with self.subTest(kept=kept, seat_numbers=seat_numbers):
                    await until(lambda: self.is_at_head(socket) and socket.of_type("tick"))
                    self.assertEqual(socket.follower.states, self.source.current.states)
                    self.assertEqual(len(socket.of_type("snapshot")), 2)

    async def test_show_that_was_made_anew_is_another_history(self) -> None:
        async with self.watched(CHECKING) as (_, socket):
            self.source.genesis, self.source.log = "0" * 64, []
            for _ in range(3):
                self.source.commit((9, "b"))
            await until(lambda: self.is_at_head(socket))
        self.assertEqual(socket.follower.states, self.source.current.states)

    async def test_change_of_the_new_history_is_reason_enough_to_look(self) -> None:
        for kept, seats, heard in ((2, [5], 1), (2, [5, 6], 1), (1, [5, 6, 7], 3)):
            self.source = FakeSource()
            self.setUp()
            async with self.watched(ASKING) as (_, socket):
                self.rewrite(kept, *seats)
                await deliver(self.source.log[kept + heard - 1])
                with self.subTest(kept=kept, seats=seats):
                    await until(lambda: self.is_at_head(socket))

    async def test_late_changes_of_the_history_before_are_looked_up_and_forgotten(self) -> None:
        before = list(self.source.log)
        ahead = next_change(next_change(before[-1].checkpoint, (9, "b")).checkpoint, (9, "b"))
        self.rewrite(1, 5, 6)
        async with self.watched(ASKING) as (room, socket):
            for _ in range(3):
                for change in (*before, ahead):
                    await deliver(change)
            await until(lambda: "changes" in self.source.reads)
            await until(lambda: not room.map.timeline.has_gap)
            await deliver(self.source.commit((7, "b")))
            await until(lambda: socket.follower.version == 4)
        self.assertEqual(socket.follower.states, self.source.current.states)
        self.assertEqual(len(socket.of_type("snapshot")), 1)
        # What came within the patience of a room was looked up at once.
        self.assertLess(self.source.reads.count("changes"), 12)

    async def test_check_that_commits_overtake_starts_nothing_over(self) -> None:
        async with self.watched(PATIENT) as (room, socket):
            head, known = self.source.head, room.map.known
            await deliver(self.source.commit((7, "b")))
            await until(lambda: socket.follower.version == 4)
            await room.check(head=head, known_before=known)
            await until(lambda: socket.of_type("tick"))
        self.assertEqual(len(socket.of_type("snapshot")), 1)

    async def test_socket_that_says_what_it_has_is_told_of_that_history_alone(self) -> None:
        lost, kept = self.source.at(3), self.source.at(1)
        async with self.watched(CHECKING) as (room, socket):
            self.rewrite(1, 5, 6)
            await until(lambda: self.is_at_head(socket))
            await deliver(self.source.commit((7, "b")))
            await until(lambda: socket.follower.version == 4)
            since: dict[str, Checkpoint | int] = {
                "lost": lost,
                "of both histories": kept,
                "current": self.source.at(3),
                "no digest": 3,
            }
            greetings = {
                what: await self.greeting(room, FakeSocket(have, "a" * 10))
                for what, have in since.items()
            }
        self.assertEqual(
            greetings,
            {
                "lost": "snapshot",
                "of both histories": "changes",
                "current": "changes",
                "no digest": "snapshot",
            },
        )

    async def greeting(self, room: Room, socket: FakeSocket) -> str:
        room.join(socket)
        await until(lambda: socket.frames)
        return str(socket.frames[0]["type"])

    async def test_database_that_fails_during_a_rewriting_is_asked_again(self) -> None:
        async with self.watched(CHECKING) as (_, socket):
            with self.assertLogs("realtime", "WARNING"):
                self.source.failing = True
                self.rewrite(1, 5, 6)
                asked = len(self.source.reads)
                await until(lambda: len(self.source.reads) > asked)
                with mock.patch.object(self.source, "states", side_effect=OSError("away")):
                    self.source.failing = False
                    await until(lambda: self.source.reads[asked:].count("heads") > 2)
            await until(lambda: self.is_at_head(socket))
        self.assertEqual(socket.follower.states, self.source.current.states)
