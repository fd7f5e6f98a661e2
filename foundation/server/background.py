"""Work beside serving, each on a thread of its own, so that nobody waits for it."""

import threading
from collections.abc import Callable

_work: list[tuple[str, Callable[[], None]]] = []


def beside_serving(name: str, work: Callable[[], None]) -> None:
    """Do this from when the process begins to serve; its thread ends with the process."""
    _work.append((name, work))


def begin() -> None:
    """Begin all of it; the server calls this as it begins to serve."""
    for name, work in _work:
        threading.Thread(target=work, name=name, daemon=True).start()
