"""Lets sockets say goodbye before Daphne cuts their connections."""

import asyncio
import sys
from typing import Any

# A second and a half at most, in shares: a process that is held up, as when its virtual machine
# gets no time, loses one share and not its goodbyes.
SHARES = 15
SHARE_SECONDS = 0.1

_watching: set[asyncio.Task[Any]] = set()
_armed = False
_begun = False


def is_under_way() -> bool:
    """Return whether this process is about to end and should accept nobody."""
    return _begun


def begin() -> None:
    """Accept nobody from now on."""
    global _begun
    _begun = True


def close_before_end(task: asyncio.Task[Any]) -> None:
    """Cancel this task at shutdown, and give it a moment to say goodbye.

    Daphne cancels applications too, but goes on once the first of them has ended, and loses what
    the others wrote. So Twisted's public shutdown event makes the reactor wait for all of them.
    """
    global _armed
    _watching.add(task)
    task.add_done_callback(_watching.discard)
    # Importing the reactor without Daphne would install one.
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if not _armed and reactor is not None and reactor.running:
        _armed = True
        reactor.addSystemEventTrigger("before", "shutdown", _say_goodbye)


def _say_goodbye() -> Any:
    from twisted.internet.defer import Deferred, succeed

    begin()
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
