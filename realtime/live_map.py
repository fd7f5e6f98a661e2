"""A show's seat map in one server process, kept in step with the log."""

import asyncio
import logging
from collections.abc import Callable
from math import inf

from booking.chain import Checkpoint
from booking.errors import ShowNotFound
from foundation.request_context import nobodys
from realtime import metrics
from realtime.protocol import Change
from realtime.source import Source, level_of
from realtime.timeline import Timeline

logger = logging.getLogger(__name__)


class LiveMap:
    """A timeline that is filled from the channel layer and, where that isn't enough, the database.

    A gap has `patience` seconds to close by itself. `on_news` is called when there may be something
    to send, and `on_reset` when what was sent so far no longer counts: that is so when the database
    turns out to have another history, as after a restore. What arrives by the channel layer is no
    reason for it: that can be late, and of the history before.
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
        self._reading: asyncio.Task[None] | None = None
        # Versions that the log told of and no message did, since the last check and before.
        self._untold: set[int] = set()
        self._untold_before: set[int] = set()
        self._gap_noticed = False
        self._filling: asyncio.Task[None] | None = None
        self._freeing = False
        self._loop = asyncio.get_running_loop()

    @property
    def known(self) -> Checkpoint:
        """The version up to which every change is here."""
        return self.timeline.known

    def hear(self, change: Change) -> None:
        """Take a change from the channel layer; where it doesn't fit, the log is asked later."""
        self._untold.discard(change.version)
        self._untold_before.discard(change.version)
        self.timeline.add(change)
        self._on_news()
        if self.timeline.has_gap and not self._gap_noticed:
            self._gap_noticed = True
            self._loop.call_later(self._patience, self._fill_gap)

    async def catch_up(self, *, to: float = inf) -> None:
        """Read what is missing from the database: the seat map, or changes from the log.

        Changes beyond version `to` are left to those who wait for them. Raises what the database
        raises; the map then stays as it is, and can be tried again.
        """
        while self._lacks(to):
            # One reads for all who wait: a crowd that did so in turn would wait for itself.
            if self._reading is None or self._reading.done():
                reading = self._read_or_end()
                self._reading = self._loop.create_task(reading, context=nobodys())
            await asyncio.shield(self._reading)

    def _lacks(self, version: float) -> bool:
        if self.timeline.version is None:
            return not self.is_gone
        return self.timeline.has_gap and self.known.version < version

    async def check(self, *, head: Checkpoint | None, known_before: Checkpoint) -> None:
        """Catch up with the newest version of the database, which is None if the show is gone.

        `known_before` is the map's own from before the database was asked: a database that is
        behind that, or has another digest, has another history, and the map is read again.
        """
        if head is None:
            self._end()
            return
        self._count_repairs()
        if not self._may_follow(head, known_before):
            self._start_over()
        self.timeline.note(head.version)
        await self.catch_up()

    async def reaches(self, head: Checkpoint, known_before: Checkpoint) -> bool:
        """Return whether the seat map is here as the database had it, or newer.

        Reads what is missing from the log; False if the map is still to be read, or another history
        than the database's. Raises what the database raises.
        """
        if self.timeline.version is None or self.is_gone:
            return False
        if not self._may_follow(head, known_before):
            return False
        self.timeline.note(head.version)
        await self.catch_up(to=head.version)
        return self.timeline.may_have(*head)

    def _may_follow(self, head: Checkpoint, known_before: Checkpoint) -> bool:
        """Tell whether the database can have our history and a newest version like this."""
        if head.version < known_before.version:
            return False
        return head.version > self.known.version or self.timeline.may_have(*head)

    async def free_expired(self, now: int) -> None:
        """Free the seats whose holds have expired by now, in milliseconds since the epoch.

        Every process with the show's map tries; the change then arrives like any other. Raises
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

    async def _read_or_end(self) -> None:
        try:
            await self._read_more()
        except ShowNotFound:
            self._end()
        else:
            self._on_news()

    async def _read_more(self) -> None:
        timeline = self.timeline
        if timeline.version is None:
            offers = await self._source.offers(self._show_id)
            states = await self._source.states(self._show_id)
            # Read after the version: older facts would lack a change that it already counts.
            show = await self._source.show(self._show_id)
            recent = await self._source.recent(self._show_id, states.version)
            timeline.load(states, offers, show, recent)
            return
        known, unfit = timeline.known, dict(timeline.unfit)
        log = await self._source.changes_from(self._show_id, known.version)
        is_whole = len(log) < self._source.batch
        if known.version > 0:
            own, log = log[:1], log[1:]
            if not own or own[0].checkpoint != known:
                self._start_over()
                return
        for change in log:
            if change.version > timeline.known.version and change.version not in timeline.unfit:
                self._untold.add(change.version)
            timeline.add(change)
        if timeline.known == known and (log or timeline.is_behind):
            self._start_over()
        elif is_whole:
            timeline.forget(unfit)

    def _count_repairs(self) -> None:
        """Count what no message has told of since the check before: some are only late."""
        metrics.REPAIRS.inc(len(self._untold_before))
        self._untold_before, self._untold = self._untold, set()

    def _start_over(self) -> None:
        """Forget the seat map, so that it is read again and sent whole."""
        metrics.RESETS.inc()
        logger.warning(
            "show %d is read anew: its log doesn't go on from %s", self._show_id, self.known.name
        )
        self.timeline = Timeline(is_first=False)
        self._untold, self._untold_before = set(), set()
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
            logger.log(level_of(error), "show %d can't catch up for now: %r", self._show_id, error)
