"""Times as programs get them, and as people read them."""

from datetime import datetime
from math import ceil

from django.utils import timezone

UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def milliseconds(moment: datetime) -> int:
    """Return the milliseconds since the epoch, as scripts get a time."""
    return int(moment.timestamp() * 1000)


def clock_time(moment: datetime, *, seconds: bool = False) -> str:
    """Return the time of day in the cinema's time zone, such as "20:15".

    In the hour that clocks show twice, when summer time ends, the offset tells which one it is:
    "02:30+02:00".
    """
    local = timezone.localtime(moment)
    if is_shown_twice(local):
        return local.isoformat(timespec="seconds" if seconds else "minutes").partition("T")[2]
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def is_shown_twice(local: datetime) -> bool:
    """Tell whether the clocks of its time zone show this existing local time twice."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def moment_in_words(moment: datetime, *, seconds: bool = False) -> str:
    """Return the day and the time of day, such as "1 May 2030, 20:15"."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y}, {clock_time(moment, seconds=seconds)}"


def ago(seconds: int) -> str:
    """Return how long ago something was, such as "41 seconds ago"."""
    for unit, size in UNITS:
        if seconds >= size:
            return f"{_so_many(seconds // size, unit)} ago"
    return "a moment ago"


def wait_in_words(seconds: float) -> str:
    """Return how long there is to wait, rounded up, such as "in 20 minutes"."""
    whole = max(1, ceil(seconds))
    unit, size = next((unit, size) for unit, size in UNITS if whole >= size)
    return f"in {_so_many(ceil(whole / size), unit)}"


def _so_many(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
