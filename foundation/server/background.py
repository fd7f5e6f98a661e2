"""Work beside serving, from when this process begins to serve."""

import threading
from collections.abc import Callable

_on_threads: list[tuple[str, Callable[[], None]]] = []
_on_loop: list[Callable[[], object]] = []


def beside_serving(name: str, work: Callable[[], None]) -> None:
    """Do this on a thread of its own, which ends with the process: so nobody waits for it."""
    _on_threads.append((name, work))


def on_the_loop(work: Callable[[], object]) -> None:
    """Do this on the event loop as soon as it runs."""
    _on_loop.append(work)


def begin() -> None:
    """Begin what has threads; the server calls this before its loop runs."""
    for name, work in _on_threads:
        threading.Thread(target=work, name=name, daemon=True).start()


def begin_on_loop() -> None:
    """Begin the rest; the server calls this on its loop."""
    for work in _on_loop:
        work()
