"""The live listing in one server process: seats left, time, place and film of all shows to come.

One query a second serves all pages of the process that list shows, as long as there are any.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import timezone

from booking.selectors import listing
from booking.selectors.listing import SeatsLeft
from foundation.request_context import nobodys
from foundation.server.transport import Frame
from realtime import protocol
from realtime.crowd import Crowd
from realtime.sockets import Listener
from realtime.source import level_of, reading

Known = Mapping[int, SeatsLeft]
Look = Callable[[Known], Awaitable[dict[int, SeatsLeft]]]

LOOK_SECONDS = 1.0
# After a longer silence a page takes its connection for dead.
LONGEST_SILENCE_SECONDS = 5.0

logger = logging.getLogger(__name__)


async def look_at_database(known: Known) -> dict[int, SeatsLeft]:
    """Return the seats left at all upcoming shows."""
    return await reading(listing.seats_left)(known, now=timezone.now())


class Listing(Crowd):
    """Pages that list shows: each is sent all of them first, and then those that changed."""

    def __init__(self, look: Look = look_at_database, *, pause: float = LOOK_SECONDS) -> None:
        super().__init__("the listing")
        self._look = look
        self._pause = pause
        self._known: dict[int, SeatsLeft] = {}
        self._task: asyncio.Task[None] | None = None

    def enter(self, listener: Listener) -> "Listing":
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
                logger.log(level_of(error), "the listing can't be read for now: %r", error)
            else:
                silent = 0.0 if told else silent + self._pause
            await asyncio.sleep(self._pause)
        self._task, self._known = None, {}

    async def _tell_what_changed(self, is_due: bool) -> bool:
        before, self._known = self._known, await self._look(self._known)
        listed = {show_id: _entry(show_id, seats) for show_id, seats in before.items()}
        entries = [_entry(show_id, seats) for show_id, seats in self._known.items()]
        changed: list[list[Any]] = [one for one in entries if listed.get(one[0]) != one]
        changed += [[show_id, None] for show_id in before.keys() - self._known.keys()]
        if tells := bool(changed) or is_due:
            await self.tell_all(protocol.seats_left_frame(changed))
        await self._greet()
        return tells

    async def _greet(self) -> None:
        joiners = tuple(self._joiners)
        self._listeners.update(self._joiners)
        self._joiners.clear()
        entries = [_entry(show_id, seats) for show_id, seats in self._known.items()]
        await self._tell_in_shares(joiners, Frame(protocol.listing_frame(entries)))


def _entry(show_id: int, seats: SeatsLeft) -> list[Any]:
    """Return a show as the listing has it."""
    what = [seats.starts_at, seats.auditorium, seats.movie_id, seats.title]
    return [show_id, seats.count, *what]


_listings: WeakKeyDictionary[asyncio.AbstractEventLoop, Listing] = WeakKeyDictionary()


def the_listing() -> Listing:
    """Return the listing of the running event loop; a server process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _listings:
        _listings[loop] = Listing()
    return _listings[loop]
