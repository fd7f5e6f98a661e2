"""The seat map of a show in one server process, kept in step with the log."""

import asyncio
import logging
from collections.abc import Callable

from booking.errors import ShowNotFound
from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change
from realtime.source import Source
from realtime.timeline import Timeline

logger = logging.getLogger(__name__)


class LiveMap:
    """A timeline, and how it gets what it misses: from the database.

    `patience` is for how many seconds a gap may close by itself. `on_news` is called when there may
    be something to tell, `on_reset` when what was told so far is worth nothing any more.
    """

    def __init__(
        self,
        show_id: int,
        source: Source,
        *,
        patience: float,
        on_news: Callable[[], object],
        on_reset: Callable[[], object],
    ) -> None:
        self.timeline = Timeline()
        self.is_gone = False  # the show is no more
        self._show_id = show_id
        self._source = source
        self._patience = patience
        self._on_news = on_news
        self._on_reset = on_reset
        self._catching_up = asyncio.Lock()
        self._gap_noticed = False
        self._filling: asyncio.Task[None] | None = None
        self._freeing = False
        self._loop = asyncio.get_running_loop()

    @property
    def known_version(self) -> int:
        """The version up to which every change is here."""
        return self.timeline.known

    @property
    def current(self) -> SeatStates:
        """The newest seat map that is here, whether or not the sockets have been told of it."""
        return self.timeline.current

    def hear(self, change: Change) -> None:
        """Take a change from the channel layer; a gap before it may still close by itself."""
        self.timeline.offer(change)
        self._on_news()
        if self.timeline.has_gap and not self._gap_noticed:
            self._gap_noticed = True
            self._loop.call_later(self._patience, self._fill_gap)

    async def catch_up(self) -> None:
        """Read what is missing from the database: the seat map, or changes from the log.

        Raises what the database raises; the map then stays as it is, for another try.
        """
        async with self._catching_up:
            try:
                while self.timeline.version is None or self.timeline.has_gap:
                    await self._read_more()
                    self._on_news()
            except ShowNotFound:
                self._end()

    async def check(self, *, version: int | None, known_before: int) -> None:
        """Catch up with a version that the database gave; it has None of a show that is gone.

        `known_before` is the map's own version from before the database was asked; when the
        database is behind that it was set back, and the map is read anew.
        """
        if version is None:
            self._end()
            return
        if version < known_before:
            self._start_over()
        self.timeline.note(version)
        await self.catch_up()

    async def reaches(self, version: int) -> bool:
        """Return whether the seat map is here at this version or a newer one.

        Reads what is missing from the log. A map that was not read yet is about to be. Raises what
        the database raises.
        """
        if self.timeline.version is None or self.is_gone:
            return False
        self.timeline.note(version)
        if self.timeline.has_gap:
            await self.catch_up()
        return self.known_version >= version

    async def free_expired(self, now: int) -> None:
        """Free the seats whose holds have expired by now, in milliseconds since the epoch.

        Every process that has the show's map tries; the change then comes like any other. Raises
        what the database raises.
        """
        if not self._freeing and self._expires_by(now):
            self._freeing = True
            try:
                await self._source.expire_holds(self._show_id)
            finally:
                self._freeing = False

    def _expires_by(self, now: int) -> bool:
        return min(self.timeline.held_until.values(), default=now + 1) <= now

    async def _read_more(self) -> None:
        timeline = self.timeline
        if timeline.version is None:
            turns = await self._source.turns(self._show_id)
            states = await self._source.states(self._show_id)
            timeline.load(states.version, states.states, states.held_until, turns)
            return
        known = timeline.known
        for change in await self._source.changes_since(self._show_id, known):
            timeline.offer(change)
        if timeline.known == known:
            logger.warning("show %d has no change %d in its log", self._show_id, known + 1)
            self._start_over()

    def _start_over(self) -> None:
        """Forget the seat map, so that it is read anew, and told as a whole."""
        self.timeline = Timeline()
        self._on_reset()

    def _end(self) -> None:
        self.is_gone = True
        self._on_news()

    def _fill_gap(self) -> None:
        self._gap_noticed = False
        if self.timeline.has_gap and not self.is_gone:
            self._filling = self._loop.create_task(self._try_to_catch_up())

    async def _try_to_catch_up(self) -> None:
        try:
            await self.catch_up()
        except Exception as error:
            logger.warning("show %d can't catch up for now: %r", self._show_id, error)
