"""One show in one server process: its seat map in memory and the listeners that watch it."""

import asyncio
import logging
from dataclasses import dataclass

from booking.chain import Checkpoint
from foundation.server.threads import somebody_waits
from realtime import protocol
from realtime.audience import Audience
from realtime.live_map import LiveMap
from realtime.protocol import CloseCode
from realtime.sockets import Listener
from realtime.source import Source
from realtime.viewers import Viewers

# How long a room rests after a frame, in times of what telling it took.
REST = 0.5
# While requests wait for a thread, those come first: when everybody buys at once, telling each of
# all that the others buy would take the time in which to sell. No map is later for that than this.
REST_WHILE_SOMEBODY_WAITS = 9.0
LONGEST_REST_SECONDS = 0.5
# A big crowd comes and goes all the time, and to tell each of them costs.
TOLD_OF_VIEWERS_PER_SECOND = 2_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """The rooms' intervals, in seconds."""

    check: float = 5.0
    expiry: float = 0.25
    patience: float = 0.25
    linger: float = 5.0
    viewers: float = 1.0
    forget: float = 15.0
    layer: float = 1.0


class Room:
    """A show's seat map, its audience, and the one task that sends the map to the audience.

    Everything that a listener gets comes from `run`, one thing at a time: a greeting first, and
    then every later change, in order and without gaps.
    """

    def __init__(self, show_id: int, source: Source, pace: Pace) -> None:
        self.show_id = show_id
        self.viewers = Viewers(pace.forget)
        self.viewers_published = (0, float("-inf"))
        self.empty_since: float | None = None
        self._verified_at = float("-inf")
        self._pace = pace
        self._wake = asyncio.Event()
        self._audience = Audience(show_id, self.viewers)
        self.map = LiveMap(
            show_id,
            source,
            patience=pace.patience,
            on_news=self._wake.set,
            on_reset=self._audience.forget_what_was_told,
        )
        self._viewers_told: int | None = None
        self._tick_due = False
        self._close_code: CloseCode | None = None
        self._loop = asyncio.get_running_loop()
        self._next_sweep = self._next_viewers = self._loop.time()

    def join(self, listener: Listener) -> None:
        """Greet the listener once there is a seat map, and keep it up to date from then on."""
        self._audience.join(listener)
        self._viewers_told = None
        self.empty_since = None
        self._wake.set()

    def leave(self, listener: Listener) -> None:
        self._audience.leave(listener)
        self.visit()
        self._wake.set()

    def visit(self) -> None:
        """Stay open for a while, even if no listener joins."""
        if not self._audience:
            self.empty_since = self._loop.time()

    def verified(self, *, at: float) -> None:
        """Note that the map has what the database had at that time of the loop's clock."""
        self._verified_at = at

    def was_verified_within(self, seconds: float) -> bool:
        """Tell whether the map has what the database had so long ago, and is not read anew."""
        is_read = self.map.timeline.version is not None
        return is_read and self._loop.time() < self._verified_at + seconds

    def hear_viewers(self, process: str, count: int, named: bytes) -> None:
        """Note who watches the show in another process."""
        self.viewers.hear(process, count, named, self._loop.time())
        self._wake.set()

    async def check(self, *, head: Checkpoint | None, known_before: Checkpoint) -> None:
        """Bring the map up to the database's newest version, then send the listeners a tick."""
        await self.map.check(head=head, known_before=known_before)
        self._tick_due = True
        self._wake.set()

    def close(self, code: CloseCode) -> None:
        """End the room, and all its listeners with this code."""
        self._close_code = code
        self._wake.set()

    @property
    def is_closed(self) -> bool:
        return self._close_code is not None or self.map.is_gone

    async def run(self) -> None:
        """Send the listeners whatever there is to send until the room is closed."""
        try:
            while not self.is_closed:
                if self.map.timeline.version is not None:
                    await self._tell_what_is_due()
                await self._until_something_is_due()
        except Exception:
            logger.exception("the room of show %d broke", self.show_id)
            self._close_code = CloseCode.BROKEN
        await self._audience.end(self._close_code or CloseCode.NO_SUCH_SHOW)

    async def _tell_what_is_due(self) -> None:
        now = self._loop.time()
        if self.map.timeline.has_news and now >= self._next_sweep:
            await self._tell_changes()
        await self._audience.greet(self.map)
        if self._viewers_changed and now >= self._next_viewers:
            rest = len(self._audience) / TOLD_OF_VIEWERS_PER_SECOND
            self._next_viewers = now + max(self._pace.viewers, rest)
            self._viewers_told = self.viewers.count(now)
            await self._audience.tell_all(protocol.viewers_frame(self._viewers_told))
        timeline = self.map.timeline
        if self._tick_due and not timeline.has_news and timeline.told is not None:
            self._tick_due = False
            await self._audience.tell_all(protocol.tick_frame(timeline.told), timeline.told.name)

    async def _until_something_is_due(self) -> None:
        timeline, due = self.map.timeline, []
        if timeline.has_news:
            due.append(self._next_sweep)
        if self._viewers_changed and timeline.version is not None:
            due.append(self._next_viewers)
        try:
            async with asyncio.timeout_at(min(due, default=None)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _tell_changes(self) -> None:
        """Send what is new, then rest for half as long as that took, or for longer under load.

        Changes that arrive during the rest share the next frame, so that sending takes at most two
        thirds of the process's time, and a tenth of it while requests wait.
        """
        started = self._loop.time()
        await self._audience.tell_changes(self.map)
        ended = self._loop.time()
        rest = REST * (ended - started)
        if somebody_waits():
            longer = REST_WHILE_SOMEBODY_WAITS * (ended - started)
            rest = max(rest, min(longer, LONGEST_REST_SECONDS))
        self._next_sweep = ended + rest

    @property
    def _viewers_changed(self) -> bool:
        return self.viewers.count(self._loop.time()) != self._viewers_told
