"""How late the event loop is, which everything that this process answers or sends waits for.

A process with too little of a core, or that is stopped now and then, sees nothing of that in the
times of its requests: they begin when it has read them.
"""

import asyncio

from foundation.metrics import LOOP_LATE
from foundation.request_context import nobodys

EVERY_SECONDS = 0.25


class Lateness:
    """Looks some times a second how much later than it asked for the event loop wakes it."""

    def __init__(self) -> None:
        self._watching: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Look from now on; needs a running loop."""
        self._watching = asyncio.create_task(self._watch(), context=nobodys())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            LOOP_LATE.observe(loop.time() - due)
