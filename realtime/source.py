"""The rooms' access to the database: two threads read, for REST too, and one frees seats."""

import logging
import time
from collections.abc import Callable, Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from booking.chain import Checkpoint
from booking.selectors import catalogue, seat_map, waitlist
from booking.selectors.seat_map import SeatStates
from booking.services import ledger, offers
from foundation.db.clock import check_clock
from foundation.outages import Outage
from realtime.protocol import Change, change_of, nothing_yet

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
BATCH = 500
# Changes that a new room knows from before it opened: those missed by who comes back soon.
RECENT = 100

AWAY = (OperationalError, InterfaceError)

logger = logging.getLogger(__name__)
# Each by itself: a database that is full can be read.
_reading = Outage(
    logger,
    gone="the rooms can't read the database, so maps are behind",
    back="the rooms read the database again",
)
_freeing = Outage(
    logger,
    gone="the seats of expired holds can't be freed",
    back="the seats of expired holds are freed again",
)

_readers = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms")
# A write may wait for locks and be retried for many seconds, and no read may wait for that.
_expiry = ThreadPoolExecutor(1, thread_name_prefix="expiry")


class Source:
    """Reads seat maps and their log through the selectors, and frees seats through the service.

    No answer has more than a `batch` of changes.
    """

    batch = BATCH

    async def states(self, show_id: int) -> SeatStates:
        """Return the seat map as it is. Raises ShowNotFound."""
        return await reading(seat_map.states)(show_id)

    async def show(self, show_id: int) -> dict[str, Any]:
        """Return the facts of the show (`booking.terms`). Raises ShowNotFound."""
        return await reading(catalogue.facts)(show_id)

    async def offers(self, show_id: int) -> list[tuple[int, int, str]]:
        """Return the seats on offer, until when, and the hash of the address of whom."""
        return await reading(waitlist.current_offers)(show_id)

    async def checkpoints(self, show_ids: Collection[int]) -> dict[int, Checkpoint]:
        """Return the newest version of each seat map; a show that is gone is left out."""
        return await reading(seat_map.checkpoints)(show_ids)

    async def changes_from(self, show_id: int, version: int) -> list[Change]:
        """Return the log's change of a version and the next ones, in order."""
        return await reading(_changes_from)(show_id, version)

    async def recent(self, show_id: int, version: int) -> list[Change]:
        """Return the log's last changes up to a version, with the one that they follow.

        Where they are all there are, they follow version 0, which changed nothing.
        """
        log = await self.changes_from(show_id, max(0, version - RECENT))
        if version <= RECENT:
            log.insert(0, nothing_yet(await reading(seat_map.genesis)(show_id)))
        return [change for change in log if change.version <= version]

    async def expire_holds(self, show_id: int) -> None:
        """Free the seats of the show whose holds have expired."""
        with _telling(_freeing):
            await in_thread(_expire_holds, _expiry)(show_id)


def _changes_from(show_id: int, version: int) -> list[Change]:
    return [
        change_of(row.version, row.digest, row.text, waitlist.addressed(show_id, row.offers))
        for row in seat_map.changes_from(show_id, version, BATCH)
    ]


def _expire_holds(show_id: int) -> None:
    """Free seats by this process's clock, if that is right. Raises ClockIsOff."""
    check_clock()
    offers.expire_holds(show_id=show_id, now=timezone.now())


async def count_anew(show_ids: Collection[int]) -> None:
    """Count the available seats of these shows where the seat map's count is behind."""
    await in_thread(_count_anew, _expiry)(show_ids)


def _count_anew(show_ids: Collection[int]) -> None:
    for show_id in show_ids:
        ledger.count_anew(show_id=show_id)


def in_thread(
    ask: Callable[P, T], threads: ThreadPoolExecutor | None = None
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return a coroutine function that runs this on these threads, or the rooms' readers."""
    in_one: Callable[P, Coroutine[Any, Any, T]] = database_sync_to_async(
        ask, thread_sensitive=False, executor=threads or _readers
    )
    return in_one


def reading(ask: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return a coroutine function that reads on the rooms' threads, and tells of outages."""

    async def read(*args: P.args, **kwargs: P.kwargs) -> T:
        with _telling(_reading):
            return await in_thread(ask)(*args, **kwargs)

    return read


@contextmanager
def _telling(outage: Outage) -> Iterator[None]:
    """Let the outage know whether the database did what was asked of it."""
    began = time.monotonic()
    try:
        yield
    except AWAY as error:
        outage.failed(error, began=began)
        raise
    outage.worked()


def level_of(error: Exception) -> int:
    """Return how loudly to log what somebody met: an outage has been told of already."""
    return logging.DEBUG if isinstance(error, AWAY) else logging.WARNING
