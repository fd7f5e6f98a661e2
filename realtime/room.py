"""One show in one server process: its seat map in memory and the sockets that watch it."""

import asyncio
import logging
from dataclasses import dataclass

from realtime import protocol
from realtime.audience import Audience
from realtime.live_map import LiveMap
from realtime.protocol import CloseCode
from realtime.sockets import Socket
from realtime.source import Source
from realtime.viewers import OtherProcesses

# A change's frame starts no sooner after the last one's start than this many times what that cost.
SPACING = 1.5

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
    """A show's seat map, its audience, and one task that tells the one of the other.

    Everything that a socket is sent comes from `run`, one thing after the other: so each of them
    gets a greeting first and then every later change, in order and without gaps.
    """

    def __init__(self, show_id: int, source: Source, pace: Pace) -> None:
        self.show_id = show_id
        self.viewers_published = (0, float("-inf"))
        self.empty_since: float | None = None
        self._pace = pace
        self._wake = asyncio.Event()
        self._audience = Audience(show_id)
        self.map = LiveMap(
            show_id,
            source,
            patience=pace.patience,
            on_news=self._wake.set,
            on_reset=self._audience.forget_what_was_told,
        )
        self._others = OtherProcesses(pace.forget)
        self._viewers_told: int | None = None
        self._tick_due = False
        self._close_code: CloseCode | None = None
        self._loop = asyncio.get_running_loop()
        self._next_sweep = self._next_viewers = self._loop.time()

    # What happens to a room

    def join(self, socket: Socket) -> None:
        """Greet the socket as soon as there is a seat map, and keep it told from then on."""
        self._audience.join(socket)
        self._viewers_told = None
        self.empty_since = None
        self._wake.set()

    def leave(self, socket: Socket) -> None:
        """Tell this socket nothing more."""
        self._audience.leave(socket)
        self.visit()
        self._wake.set()

    def visit(self) -> None:
        """Stay open for a while, though no socket may come."""
        if not self._audience:
            self.empty_since = self._loop.time()

    def hear_viewers(self, process: str, count: int) -> None:
        """Take another process's word for how many sockets watch the show there."""
        self._others.hear(process, count, self._loop.time())
        self._wake.set()

    async def check(self, *, version: int | None, known_before: int) -> None:
        """Bring the map up to what the database said, and tell the sockets that all is well.

        Raises what the database raises; then nobody is told so.
        """
        await self.map.check(version=version, known_before=known_before)
        self._tick_due = True
        self._wake.set()

    def close(self, code: CloseCode) -> None:
        """End the room, and all its sockets with this code."""
        self._close_code = code
        self._wake.set()

    @property
    def is_closed(self) -> bool:
        return self._close_code is not None or self.map.is_gone

    @property
    def local_viewers(self) -> int:
        """The number of this process's sockets that are counted as viewers."""
        return self._audience.counted

    # Telling the audience

    async def run(self) -> None:
        """Tell the sockets whatever there is to tell until the room is closed."""
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
            self._next_viewers = now + self._pace.viewers
            self._viewers_told = self._viewers
            await self._audience.tell_all(protocol.viewers_frame(self._viewers_told))
        timeline = self.map.timeline
        if self._tick_due and not timeline.has_news and timeline.version is not None:
            self._tick_due = False
            await self._audience.tell_all(protocol.tick_frame(timeline.version))

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
        """Tell the news, then rest for half as long as that took.

        Under load the news of the rest go into the next frame, so telling takes at most two thirds
        of the process's time.
        """
        started = self._loop.time()
        await self._audience.tell_changes(self.map)
        self._next_sweep = started + SPACING * (self._loop.time() - started)

    @property
    def _viewers(self) -> int:
        return self.local_viewers + self._others.viewers(self._loop.time())

    @property
    def _viewers_changed(self) -> bool:
        return self._viewers != self._viewers_told
