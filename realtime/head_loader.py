"""Loads the heads of shows' seat maps in batches, and counts who asked for them."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from booking.selectors import seat_map
from booking.selectors.seat_map import Head
from foundation.web.throttling import within_limits
from realtime.source import in_thread


@dataclass(frozen=True)
class Waiting:
    """A request that waits for the head of a show; `counter_key` is what it counts under."""

    show_id: int
    counter_key: str | None
    head: asyncio.Future[Head | None]


class HeadLoader:
    """Asks the database once at a time, for all who asked before it began to.

    So no answer is older than its question, and a burst costs one query per round trip.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._loading: asyncio.Task[None] | None = None

    async def load(self, show_id: int, counter_key: str | None) -> Head | None:
        """Return the show's head as it is now; None if there is no such show, or too many ask."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(show_id, counter_key, loop.create_future())
        self._waiting.append(waiting)
        if self._loading is None or self._loading.done():
            self._loading = loop.create_task(self._load_all())
        return await waiting.head

    async def _load_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                heads, allowed = await in_thread(_ask)(
                    {each.show_id for each in batch}, [each.counter_key for each in batch]
                )
            except Exception as error:
                for each in batch:
                    with suppress(asyncio.InvalidStateError):
                        each.head.set_exception(error)
            else:
                for each, may in zip(batch, allowed, strict=True):
                    with suppress(asyncio.InvalidStateError):
                        each.head.set_result(heads.get(each.show_id) if may else None)


def _ask(
    show_ids: Collection[int], counter_keys: Sequence[str | None]
) -> tuple[dict[int, Head], list[bool]]:
    return seat_map.heads(show_ids), within_limits(counter_keys)
