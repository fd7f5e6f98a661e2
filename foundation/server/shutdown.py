"""Lets sockets say goodbye before Daphne cuts their connections."""

import asyncio
import sys
from typing import Any, Protocol

# A second and a half at most, in shares: a process that is held up, as when its virtual machine
# gets no time, loses one share and not its goodbyes.
SHARES = 15
SHARE_SECONDS = 0.1


class Guest(Protocol):
    """A connection that stays open without a task."""

    async def say_goodbye(self) -> None:
        """Close it."""


_watching: set[asyncio.Task[Any]] = set()
_guests: set[Guest] = set()
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
    _watching.add(task)
    task.add_done_callback(_watching.discard)
    _arm()


def see_off(guest: Guest) -> None:
    """Let this guest say goodbye at shutdown, unless it has gone by then."""
    _guests.add(guest)
    _arm()


def has_gone(guest: Guest) -> None:
    """Forget this guest, if it was one."""
    _guests.discard(guest)


def _arm() -> None:
    global _armed
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
    for guest in _guests:
        task = asyncio.ensure_future(guest.say_goodbye())
        _watching.add(task)
        task.add_done_callback(_watching.discard)
    if not _watching:
        return succeed(None)
    return Deferred.fromFuture(asyncio.ensure_future(_goodbyes()))


async def _goodbyes() -> None:
    for _ in range(SHARES):
        if _watching:
            await asyncio.wait(set(_watching), timeout=SHARE_SECONDS)
