"""What rooms and their listeners count."""

from dataclasses import replace
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync
from django.test import SimpleTestCase, tag

from booking import events
from booking.chain import Checkpoint
from realtime.protocol import CloseCode
from tests.figures import figures, moving
from tests.realtime.fakes import (
    PATIENT,
    QUICK,
    SHOW,
    FakeSocket,
    RoomTestCase,
    deliver,
    opened,
    until,
)

REPAIRS, LAG = "front_row_repairs_total", "front_row_lag_seconds_count"


class RoomCountsTests(RoomTestCase):
    async def watched(self, rooms: Any) -> FakeSocket:
        socket = FakeSocket()
        rooms.join(SHOW, socket)
        await until(lambda: socket.frames)
        return socket

    async def test_frames_are_counted_for_each_listener(self) -> None:
        with moving() as moved:
            async with opened(self.source, PATIENT) as rooms:
                first, second = await self.watched(rooms), await self.watched(rooms)
                await deliver(self.source.commit())
                await until(lambda: second.follower.version == 1 == first.follower.version)
                sent = len(first.frames) + len(second.frames)
                self.assertEqual(figures()["front_row_rooms"], 1)
        self.assertEqual(moved["front_row_frames_total"], sent)
        self.assertEqual(moved[LAG], 1)
        self.assertNotIn(REPAIRS, moved)

    async def test_lag_is_from_the_commit_and_never_negative(self) -> None:
        self.assertGreaterEqual(await self.lag_of_one(ago=50), 50)
        self.assertGreaterEqual(await self.lag_of_one(ago=-1000), 0)

    async def lag_of_one(self, *, ago: float) -> float:
        """Return the lag that is measured for a change committed so many seconds ago."""
        total = figures()["front_row_lag_seconds_sum"]
        async with opened(self.source, PATIENT) as rooms:
            socket = await self.watched(rooms)
            change = self.source.commit()
            await deliver(change, ago=ago)
            await until(lambda: socket.follower.version == change.version)
        return figures()["front_row_lag_seconds_sum"] - total

    async def test_what_no_message_told_is_a_repair_one_check_later(self) -> None:
        with moving() as moved:
            async with opened(self.source, QUICK) as rooms:
                socket = await self.watched(rooms)
                before = figures()[REPAIRS]
                self.source.commit()
                self.source.commit()
                await until(lambda: socket.follower.version == 2)
                await until(lambda: figures()[REPAIRS] == before + 2)
        self.assertNotIn(LAG, moved)

    async def test_message_that_is_only_late_is_none(self) -> None:
        with moving() as moved:
            async with opened(self.source, replace(PATIENT, check=QUICK.check)) as rooms:
                socket = await self.watched(rooms)
                live_map = rooms.visit(SHOW).map
                change = self.source.commit()
                with mock.patch.object(live_map, "_count_repairs"):  # no check comes between
                    await until(lambda: socket.follower.version == 1)
                    await deliver(change)
                    await until(lambda: not live_map._untold)
                reads = len(self.source.reads)
                await until(lambda: len(self.source.reads) > reads + 3)
        self.assertNotIn(REPAIRS, moved)

    async def test_another_history_is_counted(self) -> None:
        with moving() as moved:
            async with opened(self.source, QUICK) as rooms:
                socket = await self.watched(rooms)
                await deliver(self.source.commit())
                await until(lambda: socket.follower.version == 1)
                self.source.log.clear()
                await until(lambda: len(socket.of_type("snapshot")) == 2)
        self.assertEqual(moved["front_row_resets_total"], 1)

    async def test_listeners_that_are_cut_off(self) -> None:
        with moving() as moved:
            async with opened(self.source, PATIENT) as rooms:
                slow, broken = await self.watched(rooms), await self.watched(rooms)
                slow.slow, broken.closed_with = True, 0
                await deliver(self.source.commit())
                await until(lambda: slow.closed_with == CloseCode.TOO_SLOW)
                await until(lambda: broken.closed_with == CloseCode.BROKEN)
        cut_off = {name: by for name, by in moved.items() if "cut_off" in name}
        self.assertEqual(
            cut_off,
            {
                'front_row_listeners_cut_off_total{why="too slow"}': 1,
                'front_row_listeners_cut_off_total{why="broken"}': 1,
            },
        )


@tag("once")
class LayerCountsTests(SimpleTestCase):
    def test_state_is_that_of_the_last_use(self) -> None:
        with mock.patch.object(events.outage, "is_on", new=True):
            self.assertEqual(figures()["front_row_channel_layer_up"], 0)
        self.assertEqual(figures()["front_row_channel_layer_up"], 1)

    def test_changes_that_are_not_published(self) -> None:
        with (
            moving() as moved,
            mock.patch.object(events, "get_channel_layer", side_effect=OSError),
            mock.patch.object(events, "outage"),
        ):
            events.publish(show_id=1, entry=Checkpoint(1, "9f3a"), text="{}")
            self.assertIs(async_to_sync(events.is_heard)(), False)
        self.assertEqual(moved["front_row_changes_unpublished_total"], 1)
