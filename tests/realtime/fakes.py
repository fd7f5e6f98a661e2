"""A room's surroundings without network and database."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from channels.layers import get_channel_layer
from django.test import SimpleTestCase, override_settings, tag

from booking import chain, events
from booking.chain import Checkpoint
from booking.errors import ShowNotFound
from booking.selectors.seat_map import SeatStates
from foundation.server.transport import Frame
from realtime.protocol import Change, change_of, nothing_yet
from realtime.room import Pace
from realtime.rooms import Rooms
from realtime.sockets import Socket
from realtime.source import Source
from tests.realtime.frames import Follower, checked

QUICK = Pace(
    check=0.05, expiry=0.02, patience=0.02, linger=0.05, viewers=0.02, forget=0.3, layer=0.2
)
PATIENT = Pace(check=60, expiry=60, patience=60, linger=60, viewers=60, forget=60, layer=1)
SHOW = 1
GENESIS = chain.genesis(SHOW, "layout", "nonce")
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def facts(price: str) -> dict[str, Any]:
    """Return the facts of the fake show at this price."""
    return {
        "movie": {"id": 1, "title": "Salt"},
        "auditorium": {"id": 1, "name": "Hall"},
        "starts_at": 1790000000000,
        "price": price,
        "premium_surcharge": "3.00",
        "terms": sha256(price.encode()).hexdigest()[:16],
    }


def next_change(
    before: Checkpoint,
    *seats: tuple[int, str] | tuple[int, str, int],
    offers: Sequence[tuple[int, str]] = (),
    show: dict[str, Any] | None = None,
) -> Change:
    """Return the change that follows, made at a time that is its version."""
    version = before.version + 1
    text = chain.entry_text(at=version, changes=seats, show=show)
    return change_of(version, chain.link(before.digest, version, text), text, list(offers))


def named(at: Checkpoint) -> dict[str, Any]:
    """Return how frames name a version."""
    return {"version": at.version, "digest": at.digest[:16]}


_viewers = itertools.count()


class FakeSource(Source):
    """A database with one show of ten seats; `log` holds what was committed."""

    batch = 3

    def __init__(self, genesis: str = GENESIS) -> None:
        self.genesis = genesis
        self.log: list[Change] = []
        self.failing = False
        self.gone = False
        self.forgotten = 0
        self.remembered = 100
        self.reads: list[str] = []
        self.lines: list[tuple[int, int, str]] = []

    def commit(
        self,
        *seats: tuple[int, str] | tuple[int, str, int],
        offers: Sequence[tuple[int, str]] = (),
    ) -> Change:
        """Commit one change, and tell nobody."""
        self.log.append(next_change(self.head, *(seats or [(1, "b")]), offers=offers))
        return self.log[-1]

    def commit_price(self, price: str) -> Change:
        """Commit another price of the show, and tell nobody."""
        self.log.append(next_change(self.head, show=facts(price)))
        return self.log[-1]

    def at(self, version: int) -> Checkpoint:
        """Return what names this version of the history."""
        return self.log[version - 1].checkpoint if version else Checkpoint(0, self.genesis)

    @property
    def head(self) -> Checkpoint:
        return self.at(len(self.log))

    @property
    def current(self) -> SeatStates:
        follower = Follower(None, "a" * 10)
        held_until: dict[int, int] = {}
        for change in self.log:
            for seat_number, letter, *until in change.seats:
                follower.set(seat_number, letter)
                held_until.pop(seat_number, None)
                if until:
                    held_until[seat_number] = until[0]
        return SeatStates(*self.head, follower.states, held_until)

    async def states(self, show_id: int) -> SeatStates:
        await self._read("states")
        if self.gone or show_id != SHOW:
            raise ShowNotFound
        return self.current

    async def show(self, show_id: int) -> dict[str, Any]:
        shows = [change.show for change in self.log if change.show]
        return dict(shows[-1]) if shows else facts("10.00")

    async def offers(self, show_id: int) -> list[tuple[int, int, str]]:
        return self.lines

    async def checkpoints(self, show_ids: Collection[int]) -> dict[int, Checkpoint]:
        await self._read("heads")
        return {SHOW: self.head} if SHOW in show_ids and not self.gone else {}

    async def changes_from(self, show_id: int, version: int) -> list[Change]:
        await self._read("changes")
        return self.log[max(version - 1, self.forgotten, 0) :][: self.batch]

    async def recent(self, show_id: int, version: int) -> list[Change]:
        before = nothing_yet(Checkpoint(0, self.genesis))
        return [before, *self.log[:version]][-self.remembered :]

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

    def __init__(
        self,
        since: Checkpoint | int | None = None,
        states: str = "",
        waitlist: str | None = None,
    ) -> None:
        self.write = None
        self._transport = None
        self.since = Checkpoint(since, "") if isinstance(since, int) else since
        self.waitlist = waitlist
        self.viewer: int | None = next(_viewers)
        self.follower = Follower(self.since, states)
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


async def deliver(change: Change, *, ago: float = 0.0) -> None:
    """Send a change, committed so many seconds ago, through the channel layer as booking does."""
    message = {
        "type": events.CHANGED,
        "show_id": SHOW,
        "version": change.version,
        "digest": change.digest,
        "text": change.text,
        "offers": json.dumps(change.offers),
        "committed_at": time.time() - ago,
    }
    await get_channel_layer().group_send(events.group_name(SHOW), message)


async def until(condition: Callable[[], Any], seconds: float = 60) -> None:
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
