"""Work beside serving, from when this process begins to serve."""

import asyncio
import threading
import time
from collections.abc import Callable

_on_threads: list[tuple[str, Callable[[], None]]] = []
_until_end: list[tuple[str, Callable[[threading.Event], None]]] = []
_on_loop: list[Callable[[], object]] = []
_ending = threading.Event()
_to_be_waited_for: list[threading.Thread] = []


def beside_serving(name: str, work: Callable[[], None]) -> None:
    """Do this on a thread of its own, which ends with the process: so nobody waits for it."""
    _on_threads.append((name, work))


def until_the_end(name: str, work: Callable[[threading.Event], None]) -> None:
    """Do this on a thread of its own until the event is set; the process waits for its end."""
    _until_end.append((name, work))


def on_the_loop(work: Callable[[], object]) -> None:
    """Do this on the event loop as soon as it runs."""
    _on_loop.append(work)


def begin() -> None:
    """Begin what has threads; the server calls this before its loop runs."""
    for name, work in _on_threads:
        threading.Thread(target=work, name=name, daemon=True).start()
    for name, ends in _until_end:
        thread = threading.Thread(target=ends, args=[_ending], name=name, daemon=True)
        thread.start()
        _to_be_waited_for.append(thread)


def begin_on_loop() -> None:
    """Begin the rest; the server calls this on its loop."""
    for work in _on_loop:
        work()


def end() -> None:
    """Tell those threads that this process is about to end."""
    _ending.set()


async def have_ended(within: float) -> None:
    """Wait for those threads, for so many seconds at most."""
    until = time.monotonic() + within
    for thread in _to_be_waited_for:
        await asyncio.to_thread(thread.join, max(0.0, until - time.monotonic()))
