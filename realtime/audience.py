"""The listeners that watch a show in one server process, and what each of them is sent."""

import asyncio
import time
from collections.abc import Collection, Sequence

from booking.chain import Checkpoint
from foundation.server.transport import Frame
from realtime import metrics, protocol
from realtime.crowd import LISTENERS_AT_ONCE, Crowd
from realtime.live_map import LiveMap
from realtime.protocol import Change
from realtime.sockets import Listener
from realtime.timeline import NOTHING, Timeline
from realtime.viewers import Viewers


class Audience(Crowd):
    """Listeners that are greeted first, and told of every change afterwards.

    It also keeps `viewers` up to date. Only one task may run the coroutines.
    """

    def __init__(self, show_id: int, viewers: Viewers) -> None:
        super().__init__(f"show {show_id}")
        self._viewers = viewers
        self._greetings: dict[int | None, Frame] = {}

    def join(self, listener: Listener) -> None:
        super().join(listener)
        if listener.viewer is not None:
            self._viewers.add(listener.viewer)

    def leave(self, listener: Listener) -> None:
        if listener not in self._joiners and listener not in self._listeners:
            return
        super().leave(listener)
        if listener.viewer is not None:
            self._viewers.remove(listener.viewer)

    def forget_what_was_told(self) -> None:
        """Greet everybody again, with the whole map."""
        self._greetings.clear()
        for listener in self._listeners:
            listener.since = None
        self._joiners.update(self._listeners)
        self._listeners.clear()

    async def greet(self, live_map: LiveMap) -> None:
        """Send those who joined what they lack of the map, unless it has to be read again."""
        for number, listener in enumerate(tuple(self._joiners), start=1):
            if listener not in self._joiners or live_map.timeline.version is None:
                continue
            del self._joiners[listener]
            self._listeners[listener] = None
            await self._tell([listener], self._greeting(live_map.timeline, listener.since))
            if listener.waitlist is not None:
                timeline = live_map.timeline
                await self._tell_offers(timeline, timeline.offers, [listener])
            if number % LISTENERS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def tell_changes(self, live_map: LiveMap) -> None:
        """Send all new changes in one frame, and then the offers among them."""
        self._greetings.clear()
        news = live_map.timeline.take()
        await self.tell_all(protocol.changes_frame(news), news[-1].checkpoint.name)
        _measure_lag(news)
        offers = {seat_number for change in news for seat_number, _ in change.offers}
        await self._tell_offers(live_map.timeline, offers, self._listeners)

    async def _tell_offers(
        self, timeline: Timeline, seat_numbers: Collection[int], listeners: Collection[Listener]
    ) -> None:
        """Send each offer that still stands to the listeners with its address."""
        for seat_number in [number for number in seat_numbers if number in timeline.offers]:
            address, until = timeline.offers[seat_number], timeline.held_until[seat_number]
            frame = Frame(protocol.offer_frame(seat_number, until))
            await self._tell([one for one in listeners if one.waitlist == address], frame)

    def _greeting(self, timeline: Timeline, since: Checkpoint | None) -> Frame:
        missing = timeline.since(since)
        # A snapshot is the same one for whatever was asked.
        count = None if missing is None else len(missing)
        if count not in self._greetings:
            self._greetings[count] = _new_greeting(timeline, missing)
        return self._greetings[count]


def _measure_lag(told: Sequence[Change]) -> None:
    now = time.time()
    for change in told:
        if change.committed_at is not None:
            # Another host's clock may be ahead.
            metrics.LAG.observe(max(0.0, now - change.committed_at))


def _new_greeting(timeline: Timeline, missing: Sequence[Change] | None) -> Frame:
    told = timeline.told or NOTHING
    if missing is None:
        text = protocol.snapshot_frame(told, timeline.states, timeline.held_until, timeline.show)
    else:
        text = protocol.changes_frame(missing) if missing else protocol.tick_frame(told)
    return Frame(text, told.name)
