"""Which request is being answered: the same words in its log lines, its answer and nginx's log.

The id follows a request from the event loop to the thread that answers it. What a process does for
nobody in particular, such as a room's own work, runs in `nobodys` context and has none.
"""

import re
from contextvars import Context, ContextVar
from uuid import uuid4

# As nginx's $request_id and UUIDs are. It is repeated in headers and logs, so no more than that.
FORM = re.compile(rb"[0-9A-Za-z-]{8,64}")

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id() -> str:
    """Return an id in the form of nginx's."""
    return uuid4().hex


def well_formed(told: bytes) -> bool:
    """Return whether an id that somebody else made may be used."""
    return FORM.fullmatch(told) is not None


def nobodys() -> Context:
    """Return a context for work that outlives the request in which it happens to begin."""
    return Context()
