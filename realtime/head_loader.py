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
    """A request that waits for the head of a show; `counter_key` is what it counts under.

    One that is only counted is of no show.
    """

    show_id: int | None
    counter_key: str | None
    head: asyncio.Future[Head | None]


class HeadLoader:
    """Asks the database once at a time, for all who asked before it began to.

    So no answer is older than its question, and a burst costs one query per round trip.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._loading: asyncio.Task[None] | None = None
        # Those that were found to ask too much, in the window of time that their keys end with.
        self._refused: set[str] = set()

    async def load(self, show_id: int, counter_key: str | None) -> Head | None:
        """Return the show's head as it is now; None if there is no such show, or too many ask."""
        return await self._ask(show_id, counter_key)

    def count(self, counter_key: str | None) -> bool:
        """Count a request that asks for nothing, and tell whether its client may ask for more.

        What is counted now is known the next time: so nobody waits for it.
        """
        if counter_key in self._refused:
            return False
        self._ask(None, counter_key)
        return True

    def _ask(self, show_id: int | None, counter_key: str | None) -> asyncio.Future[Head | None]:
        loop = asyncio.get_running_loop()
        waiting = Waiting(show_id, counter_key, loop.create_future())
        self._waiting.append(waiting)
        if self._loading is None or self._loading.done():
            self._loading = loop.create_task(self._load_all())
        return waiting.head

    def _refuse(self, counter_key: str) -> None:
        *_, window = counter_key.rpartition(".")
        self._refused = {key for key in self._refused if key.endswith(f".{window}")}
        self._refused.add(counter_key)

    async def _load_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                heads, allowed = await in_thread(_ask)(
                    {each.show_id for each in batch if each.show_id is not None},
                    [each.counter_key for each in batch],
                )
            except Exception as error:
                for each in batch:
                    with suppress(asyncio.InvalidStateError):
                        each.head.set_exception(error)
                        each.head.exception()  # nobody may wait for it
            else:
                for each, may in zip(batch, allowed, strict=True):
                    if not may and each.counter_key:
                        self._refuse(each.counter_key)
                    head = heads.get(each.show_id) if may and each.show_id is not None else None
                    with suppress(asyncio.InvalidStateError):
                        each.head.set_result(head)


def _ask(
    show_ids: Collection[int], counter_keys: Sequence[str | None]
) -> tuple[dict[int, Head], list[bool]]:
    return seat_map.heads(show_ids) if show_ids else {}, within_limits(counter_keys)
