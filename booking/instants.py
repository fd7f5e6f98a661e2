"""Times as programs get them."""

from datetime import datetime


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since the epoch, as every client gets a time of the seat map."""
    return int(moment.timestamp() * 1000)
