"""All that is on, told live by one server process: seats left, time, place and film of each show.

One query a second serves all pages of the process that list shows, as long as there are any.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import timezone

from booking.selectors import listing
from booking.selectors.listing import ListedShow, Listing
from foundation.request_context import nobodys
from foundation.server.transport import Frame
from realtime import protocol
from realtime.crowd import Crowd
from realtime.sockets import Listener
from realtime.source import count_anew, level_of, reading

Shows = Mapping[int, ListedShow]
Look = Callable[[Shows], Awaitable[Listing]]

LOOK_SECONDS = 1.0
# After a longer silence a page takes its connection for dead.
LONGEST_SILENCE_SECONDS = 5.0

logger = logging.getLogger(__name__)


async def look_at_database(known: Shows) -> Listing:
    """Return what is on, and let seats be counted anew that the last release sold."""
    found = await reading(listing.shows_to_come)(known, now=timezone.now())
    if found.uncounted:
        try:
            await count_anew(found.uncounted)
        except Exception as error:
            logger.log(level_of(error), "seats can't be counted anew for now: %r", error)
    return found


class HouseFeed(Crowd):
    """Pages that list shows: each is sent all of them first, and then those that changed."""

    def __init__(self, look: Look = look_at_database, *, pause: float = LOOK_SECONDS) -> None:
        super().__init__("the house")
        self._look = look
        self._pause = pause
        self._shows: Shows = {}
        self._task: asyncio.Task[None] | None = None

    def enter(self, listener: Listener) -> "HouseFeed":
        """Greet the listener after the next look, and keep it up to date from then on."""
        self.join(listener)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), context=nobodys())
        return self

    async def _run(self) -> None:
        silent = 0.0
        while self:
            try:
                told = await self._tell_what_changed(silent >= LONGEST_SILENCE_SECONDS)
            except Exception as error:
                # Pages then hear nothing, and stop calling themselves live.
                logger.log(level_of(error), "the house can't be read for now: %r", error)
            else:
                silent = 0.0 if told else silent + self._pause
            await asyncio.sleep(self._pause)
        self._task, self._shows = None, {}

    async def _tell_what_changed(self, is_due: bool) -> bool:
        found = await self._look(self._shows)
        changed = changes(self._shows, found)
        self._shows = found.shows
        if tells := bool(changed) or is_due:
            await self.tell_all(protocol.seats_left_frame(changed))
        if self._joiners:
            await self._greet()
        return tells

    async def _greet(self) -> None:
        joiners = tuple(self._joiners)
        self._listeners.update(self._joiners)
        self._joiners.clear()
        entries = [_entry(show_id, show) for show_id, show in self._shows.items()]
        await self._tell_in_shares(joiners, Frame(protocol.listing_frame(entries)))


def changes(before: Shows, found: Listing) -> list[list[Any]]:
    """Return the entries of the shows that changed, and why those that are gone are gone."""
    pairs = found.shows.items()
    changed = [_entry(show_id, show) for show_id, show in pairs if before.get(show_id) != show]
    for show_id in before.keys() - found.shows.keys():
        why = protocol.STARTED if show_id in found.started else protocol.OFF_SALE
        changed.append([show_id, None, why])
    return changed


def _entry(show_id: int, show: ListedShow) -> list[Any]:
    """Return a show as listings have it."""
    return [show_id, None, protocol.CALLED_OFF] if show.left is None else [show_id, *show]


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, HouseFeed] = WeakKeyDictionary()


def the_house() -> HouseFeed:
    """Return the feed of the running event loop; a server process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = HouseFeed()
    return _feeds[loop]
