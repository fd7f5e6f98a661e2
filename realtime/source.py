"""The rooms' reads of the database: on a few threads of their own, and so on a few connections."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from channels.db import database_sync_to_async
from django.db import connections

from booking.models import SeatChange
from booking.selectors import seat_map
from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change

THREADS = 2
BATCH = 500

_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms")
_in_thread = partial(database_sync_to_async, thread_sensitive=False, executor=_executor)


class Source(Protocol):
    """Where rooms read seat maps and their log."""

    async def states(self, show_id: int) -> SeatStates:
        """Return the seat map as it is. Raises ShowNotFound."""

    async def versions(self, show_ids: Collection[int]) -> dict[int, int]:
        """Return the version of each show's seat map; a show that is gone is left out."""

    async def changes_since(self, show_id: int, version: int) -> list[Change]:
        """Return the next changes of the log after a version, in order, a bounded number."""


class DatabaseSource:
    """Reads through the selectors; any database error comes out as it is."""

    async def states(self, show_id: int) -> SeatStates:
        states: SeatStates = await _in_thread(seat_map.states)(show_id)
        return states

    async def versions(self, show_ids: Collection[int]) -> dict[int, int]:
        versions: dict[int, int] = await _in_thread(seat_map.versions)(show_ids)
        return versions

    async def changes_since(self, show_id: int, version: int) -> list[Change]:
        log: list[SeatChange] = await _in_thread(seat_map.changes_since)(show_id, version, BATCH)
        return [Change(row.version, row.changes, int(row.at.timestamp() * 1000)) for row in log]


def close_connections() -> None:
    """Close the threads' database connections, and let the next read start new threads."""
    global _executor, _in_thread
    for _ in range(THREADS):
        _executor.submit(connections.close_all)
    _executor.shutdown()
    _executor = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms")
    _in_thread = partial(database_sync_to_async, thread_sensitive=False, executor=_executor)
