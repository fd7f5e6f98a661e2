"""Tells browsers that the server goes away, before Daphne cuts their connections."""

import asyncio
import sys
from typing import Any

# A second and a half at most, in so many shares: a process that is itself held up, as when its
# virtual machine gets no time, loses one of them and not what it had to say.
SHARES = 15
SHARE_SECONDS = 0.1

_watching: set[asyncio.Task[Any]] = set()
_armed = False
_begun = False


def is_under_way() -> bool:
    """Return whether this process is about to end, and should take nobody in."""
    return _begun


def close_before_end(task: asyncio.Task[Any]) -> None:
    """Cancel this task when the server shuts down, and give it a moment to say goodbye.

    Daphne cancels applications, too, but goes on as soon as the first of them has ended; what the
    others wrote by then would never leave. So the reactor is told, by Twisted's public shutdown
    event, to wait for all of them.
    """
    global _armed
    _watching.add(task)
    task.add_done_callback(_watching.discard)
    # Importing the reactor where Daphne has not would install one.
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if not _armed and reactor is not None and reactor.running:
        _armed = True
        reactor.addSystemEventTrigger("before", "shutdown", _say_goodbye)


def _say_goodbye() -> Any:
    from twisted.internet.defer import Deferred, succeed

    global _begun
    _begun = True
    for task in _watching:
        if not task.cancelling():
            task.cancel()
    if not _watching:
        return succeed(None)
    return Deferred.fromFuture(asyncio.ensure_future(_goodbyes()))


async def _goodbyes() -> None:
    for _ in range(SHARES):
        if _watching:
            await asyncio.wait(set(_watching), timeout=SHARE_SECONDS)
