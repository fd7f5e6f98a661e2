"""One trip to the database and the throttles' counters for all requests that wait for one."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from booking.selectors import seat_map
from booking.selectors.seat_map import Head
from booking.throttling import within_limits
from realtime.source import in_thread


@dataclass(frozen=True)
class Asked:
    """A request that waits: for which show, whom it counts for, and what it will get."""

    show_id: int
    client: str | None
    head: asyncio.Future[Head | None]


class SharedTrips:
    """Asks which version shows have, once at a time, for all who asked before the asking began.

    So an answer is never older than its question, and a burst costs a query a round trip.
    """

    def __init__(self) -> None:
        self._waiting: list[Asked] = []
        self._under_way: asyncio.Task[None] | None = None

    async def head(self, show_id: int, client: str | None) -> Head | None:
        """Return the show's head as it is now; None where there is no such show, or too many ask.

        Raises what the database raises.
        """
        loop = asyncio.get_running_loop()
        asked = Asked(show_id, client, loop.create_future())
        self._waiting.append(asked)
        if self._under_way is None or self._under_way.done():
            self._under_way = loop.create_task(self._go())
        return await asked.head

    async def _go(self) -> None:
        while self._waiting:
            passengers, self._waiting = self._waiting, []
            try:
                heads, allowed = await in_thread(_ask)(
                    {asked.show_id for asked in passengers}, [asked.client for asked in passengers]
                )
            except Exception as error:
                for asked in passengers:
                    with suppress(asyncio.InvalidStateError):
                        asked.head.set_exception(error)
            else:
                for asked, may in zip(passengers, allowed, strict=True):
                    with suppress(asyncio.InvalidStateError):
                        asked.head.set_result(heads.get(asked.show_id) if may else None)


def _ask(
    show_ids: Collection[int], clients: Sequence[str | None]
) -> tuple[dict[int, Head], list[bool]]:
    return seat_map.heads(show_ids), within_limits(clients)
