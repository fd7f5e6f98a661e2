"""A room's surroundings without network and database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from channels.layers import get_channel_layer
from django.test import SimpleTestCase, override_settings, tag

from booking import events
from booking.errors import ShowNotFound
from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change
from realtime.room import Pace
from realtime.rooms import Rooms
from realtime.sockets import Socket
from realtime.transport import Frame
from tests.realtime.frames import Follower, checked

QUICK = Pace(
    check=0.05, expiry=0.02, patience=0.02, linger=0.05, viewers=0.02, forget=0.3, layer=0.2
)
PATIENT = Pace(check=60, expiry=60, patience=60, linger=60, viewers=60, forget=60, layer=1)
SHOW = 1
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


class FakeSource:
    """A database with one show of ten seats; `log` holds what was committed."""

    def __init__(self) -> None:
        self.log: list[Change] = []
        self.failing = False
        self.gone = False
        self.forgotten = 0
        self.reads: list[str] = []
        self.lines: list[tuple[int, int, str]] = []

    def commit(
        self,
        *seats: tuple[int, str] | tuple[int, str, int],
        turns: Sequence[tuple[int, str]] = (),
    ) -> Change:
        """Commit one change, and tell nobody."""
        version = len(self.log) + 1
        change = Change(version, list(seats or [(1, "b")]), version, list(turns))
        self.log.append(change)
        return change

    @property
    def current(self) -> SeatStates:
        follower = Follower(0, "a" * 10)
        held_until: dict[int, int] = {}
        for change in self.log:
            for seat_number, letter, *until in change.seats:
                follower.set(seat_number, letter)
                held_until.pop(seat_number, None)
                if until:
                    held_until[seat_number] = until[0]
        return SeatStates(len(self.log), follower.states, held_until)

    async def states(self, show_id: int) -> SeatStates:
        await self._read("states")
        if self.gone or show_id != SHOW:
            raise ShowNotFound
        return self.current

    async def turns(self, show_id: int) -> list[tuple[int, int, str]]:
        return self.lines

    async def versions(self, show_ids: Collection[int]) -> dict[int, int]:
        await self._read("versions")
        return {SHOW: len(self.log)} if SHOW in show_ids and not self.gone else {}

    async def changes_since(self, show_id: int, version: int) -> list[Change]:
        await self._read("changes")
        return self.log[max(version, self.forgotten) :][:3]

    async def expire_holds(self, show_id: int) -> None:
        await self._read("expire")
        if held := self.current.held_until:
            self.commit(*((number, "a") for number in held))

    async def _read(self, what: str) -> None:
        self.reads.append(what)
        await asyncio.sleep(0.001)
        if self.failing:
            raise OSError("the database is away")


class FakeSocket(Socket):
    """A client that checks and applies every frame."""

    __slots__ = ("closed_with", "follower", "frames", "gives_way", "slow")

    def __init__(self, since: int | None = None, states: str = "", line: str | None = None) -> None:
        self.write = None
        self._transport = None
        self.since = since
        self.line = line
        self.counted = True
        self.follower = Follower(since, states)
        self.frames: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self.slow = False
        self.gives_way = False

    @property
    def is_slow(self) -> bool:
        return self.slow

    async def tell(self, frame: Frame) -> None:
        if self.gives_way:
            await asyncio.sleep(0)
        if self.closed_with is not None:
            raise OSError("closed")
        self.frames.append(checked(frame.text))
        self.follower.apply(self.frames[-1])

    async def close(self, code: int) -> None:
        self.closed_with = int(code)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of one type."""
        return [frame for frame in self.frames if frame["type"] == kind]


@asynccontextmanager
async def opened(source: FakeSource, pace: Pace = QUICK) -> AsyncIterator[Rooms]:
    """Give the rooms of a process of its own."""
    rooms = Rooms(source=source, pace=pace)
    try:
        yield rooms
    finally:
        tasks = list(rooms._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def deliver(change: Change) -> None:
    """Send a change through the channel layer as booking does."""
    message = {
        "type": events.CHANGED,
        "show_id": SHOW,
        "version": change.version,
        "changes": json.dumps(change.seats),
        "at": change.at,
        "turns": json.dumps(change.turns),
    }
    await get_channel_layer().group_send(events.group_name(SHOW), message)


async def until(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Wait until a condition holds, with a bound."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (any condition, of code that knows no test)
            await asyncio.sleep(0.002)


@tag("once")
@override_settings(CHANNEL_LAYERS=IN_MEMORY)
class RoomTestCase(SimpleTestCase):
    """A test of rooms over a fake database."""

    def setUp(self) -> None:
        self.source = FakeSource()
