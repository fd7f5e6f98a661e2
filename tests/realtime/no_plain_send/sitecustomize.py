"""Takes Daphne's own way of sending from a server: what arrives went by the quick path.

Python imports it at its start where this folder is in PYTHONPATH.
"""

from typing import Any

import daphne.server  # noqa: F401  (it chooses the reactor, before anything below picks one)
from daphne.http_protocol import WebRequest
from daphne.ws_protocol import WebSocketProtocol


def _refuse(_protocol: WebSocketProtocol, content: Any, binary: bool = False) -> None:
    raise RuntimeError(f"sent the plain way: {content!r}")


WebSocketProtocol.serverSend = _refuse

_reply = WebRequest.handle_reply


def _refuse_events(request: WebRequest, message: dict[str, Any]) -> None:
    if b"data: " in message.get("body", b""):
        raise RuntimeError(f"sent the plain way: {message!r}")
    _reply(request, message)


WebRequest.handle_reply = _refuse_events
