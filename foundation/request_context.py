"""Which request is being answered, for whatever is logged or said meanwhile.

It follows a request from the event loop to the thread that answers it. What a process does for
nobody in particular, such as a room's own work, runs in `nobodys` context and has none.
"""

import re
from contextvars import Context, ContextVar
from uuid import uuid4

# As nginx's $request_id and UUIDs are. It is repeated in headers and logs, so no more than that.
FORM = re.compile(rb"[0-9A-Za-z-]{8,64}")

# The same in the log lines of a request, in its answer and in nginx's log; "" for no request.
request_id: ContextVar[str] = ContextVar("request_id", default="")
# As it was asked for, without the query; "" for no request.
request_path: ContextVar[str] = ContextVar("request_path", default="")


def new_request_id() -> str:
    """Return an id in the form of nginx's."""
    return uuid4().hex


def well_formed(told: bytes) -> bool:
    """Return whether an id that somebody else made may be used."""
    return FORM.fullmatch(told) is not None


def nobodys() -> Context:
    """Return a context for work that outlives the request in which it happens to begin."""
    return Context()
