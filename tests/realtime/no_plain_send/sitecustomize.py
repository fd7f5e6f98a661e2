"""Takes Daphne's own way of sending from a server: what arrives went by the quick path.

Python imports it at its start where this folder is in PYTHONPATH.
"""

from typing import Any

import daphne.server  # noqa: F401  (it chooses the reactor, before anything below picks one)
from daphne.ws_protocol import WebSocketProtocol


def _refuse(_protocol: WebSocketProtocol, content: Any, binary: bool = False) -> None:
    raise RuntimeError(f"sent the plain way: {content!r}")


WebSocketProtocol.serverSend = _refuse
