"""Which request is being answered, for whatever is logged or said meanwhile.

It follows a request from the event loop to the thread that answers it. What a process does for
nobody in particular, such as a room's own work, has none: it runs in `nobodys` context.
"""

import re
from contextvars import Context, ContextVar
from typing import NamedTuple
from uuid import uuid4

# As nginx's $request_id and UUIDs are. It is repeated in headers and logs, so no more than that.
FORM = re.compile(rb"[0-9A-Za-z-]{8,64}")


class Asked(NamedTuple):
    """A request by its id, which its log lines, its answer and nginx's log share, and its path."""

    request_id: str = ""
    path: str = ""


NOTHING = Asked()

asked: ContextVar[Asked] = ContextVar("asked", default=NOTHING)


def new_request_id() -> str:
    """Return an id in the form of nginx's."""
    return uuid4().hex


def well_formed(told: bytes) -> bool:
    """Return whether an id that somebody else made may be used."""
    return FORM.fullmatch(told) is not None


def nobodys() -> Context:
    """Return a context for work that outlives the request in which it happens to begin."""
    return Context()
