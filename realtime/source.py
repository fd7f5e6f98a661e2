"""The rooms' way to the database: on a few threads of their own, and so on a few connections.

Two threads read, for REST too; one frees seats.
"""

from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, Protocol, TypeVar

from channels.db import database_sync_to_async
from django.utils import timezone

from booking.instants import milliseconds
from booking.selectors import line, seat_map
from booking.selectors.seat_map import SeatStates
from booking.services import turns
from realtime.protocol import Change

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
BATCH = 500

_readers = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms")
# A write may wait for locks and be redone for many seconds, and no read must wait for that.
_expiry = ThreadPoolExecutor(1, thread_name_prefix="expiry")


class Source(Protocol):
    """Where rooms read seat maps and their log."""

    async def states(self, show_id: int) -> SeatStates:
        """Return the seat map as it is. Raises ShowNotFound."""

    async def turns(self, show_id: int) -> list[tuple[int, int, str]]:
        """Return the seats held for the next in line, until when, and the hash of whose address."""

    async def versions(self, show_ids: Collection[int]) -> dict[int, int]:
        """Return the version of each show's seat map; a show that is gone is left out."""

    async def changes_since(self, show_id: int, version: int) -> list[Change]:
        """Return the next changes of the log after a version, in order, a bounded number."""

    async def expire_holds(self, show_id: int) -> None:
        """Free the seats of the show whose holds have expired."""


class DatabaseSource:
    """Reads through the selectors, frees through the service; errors come out as they are."""

    async def states(self, show_id: int) -> SeatStates:
        return await in_thread(seat_map.states)(show_id)

    async def turns(self, show_id: int) -> list[tuple[int, int, str]]:
        return await in_thread(line.turns_under_way)(show_id)

    async def versions(self, show_ids: Collection[int]) -> dict[int, int]:
        return await in_thread(seat_map.versions)(show_ids)

    async def changes_since(self, show_id: int, version: int) -> list[Change]:
        log = await in_thread(seat_map.changes_since)(show_id, version, BATCH)
        return [
            Change(
                row.version,
                row.changes,
                milliseconds(row.at),
                line.addressed(show_id, row.turns),
            )
            for row in log
        ]

    async def expire_holds(self, show_id: int) -> None:
        await in_thread(turns.expire_holds, _expiry)(show_id=show_id, now=timezone.now())


def in_thread(
    ask: Callable[P, T], threads: ThreadPoolExecutor | None = None
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return what runs this on one of these threads, or else of those that read for the rooms."""
    in_one: Callable[P, Coroutine[Any, Any, T]] = database_sync_to_async(
        ask, thread_sensitive=False, executor=threads or _readers
    )
    return in_one
