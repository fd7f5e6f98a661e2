"""A room frees seats whose holds have expired, and says until when seats are held."""

import time

from tests.realtime.fakes import (
    PATIENT,
    SHOW,
    FakeSocket,
    RoomTestCase,
    facts,
    named,
    opened,
    until,
)


class ExpiryTests(RoomTestCase):
    async def test_snapshot_says_until_when_seats_are_held(self) -> None:
        self.source.commit((3, "h", 1790000000123))
        async with opened(self.source, PATIENT) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
        self.assertEqual(
            socket.frames[0],
            {
                "type": "snapshot",
                **named(self.source.at(1)),
                "states": "aahaaaaaaa",
                "held": [[3, 1790000000123]],
                "show": facts("10.00"),
            },
        )

    async def test_expired_hold_is_freed_on_every_screen(self) -> None:
        self.source.commit((3, "h", int(time.time() * 1000) + 100))
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: socket.frames)
            self.assertEqual(socket.follower.states, "aahaaaaaaa")
            await until(lambda: socket.follower.states == "aaaaaaaaaa")
        self.assertEqual(len(self.source.log), 2)

    async def test_hold_that_lasts_is_left_alone(self) -> None:
        self.source.commit((3, "h", int(time.time() * 1000) + 3_600_000))
        async with opened(self.source) as rooms:
            socket = FakeSocket()
            rooms.join(SHOW, socket)
            await until(lambda: len(socket.of_type("tick")) > 2)
        self.assertNotIn("expire", self.source.reads)
