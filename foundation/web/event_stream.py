"""Server-Sent Events, as far as they are the same whatever they tell of."""

import random

MEDIA_TYPE = "text/event-stream"
# Nobody may keep a stream, or wait for its end.
CACHING = "no-store"
# After a stream ends its client waits for some time between these before it comes back, so that
# those whom a process leaves behind do not all come at the same moment.
PAUSE_MILLISECONDS = (1_000, 5_000)


def beginning() -> bytes:
    """Return what a stream begins with: how long its client waits after its end."""
    return b"retry: %d\n\n" % random.randint(*PAUSE_MILLISECONDS)  # noqa: S311 (no secret)
