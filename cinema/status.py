"""How each process does, for staff who have no Prometheus: *House status* in the admin.

Each process leaves some of its figures in the shared cache every few seconds, and they expire soon
after it has ended. Without Redis a process knows itself alone.
"""

import os
import socket
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from math import inf
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase
from redis.exceptions import RedisError

from booking.metrics import LAYER_UP
from cinema import VERSION
from foundation.instants import ago
from foundation.metrics import (
    CACHE_UP,
    CHECK_FAULTS,
    CHECK_TIME,
    DATABASE_ERRORS,
    GIVEN_UP,
    LOOP_LATE,
    READY,
)
from realtime.metrics import (
    HOUSE_SOCKETS,
    HOUSE_STREAMS,
    LAG,
    ROOMS,
    SHOW_SOCKETS,
    SHOW_STREAMS,
)

EVERY_SECONDS = 5.0
EXPIRY_SECONDS = 20
# What is told of the last minute: so many times before now.
COUNTS_KEPT = 12
# Of a hundred changes, all but one.
MOST = 0.99
# What is later than that, people notice.
LATE_SECONDS = 0.25
# A cache can't be asked what it has, so there is a place for each of so many processes.
PLACES = [f"house-status.{number}" for number in range(64)]
AWAY = (RedisError, OSError)

ALONE = "Without Redis a process knows only itself. There may be others."
UNSEEN = "Redis does not answer, so only the process that made this page is shown."

_id = uuid.uuid4().hex
_began_at = time.time()

# How many of what is measured took so many seconds at most.
Took = dict[float, float]


class Counts(NamedTuple):
    """What this process has counted since it began."""

    lag: Took
    late: Took
    failed: float
    given_up: float


NO_COUNTS = Counts({}, {}, 0, 0)
# One for each time that this process told of itself.
_earlier: deque[Counts] = deque(maxlen=COUNTS_KEPT)


@dataclass(frozen=True)
class Figures:
    """What one process says of itself; `began_at` and `audited_at` are seconds since the epoch.

    What follows is of the last minute. `lag` is within how many seconds nearly all changes were on
    the screens: None if there were none, infinite beyond what is measured; `late`, the same for the
    event loop. `failed` are requests that the database failed, `given_up` operations that met too
    much contention. Processes of two versions read each other's, so a field that comes later needs
    a default.
    """

    id: str
    name: str
    version: str
    began_at: float
    is_ready: bool
    has_layer: bool
    has_cache: bool
    audit_faults: int
    audited_at: float
    rooms: int
    sockets: int
    streams: int
    lag: float | None
    late: float | None = None
    failed: int = 0
    given_up: int = 0

    @property
    def start_in_words(self) -> str:
        return _ago(self.began_at)

    @property
    def audit_in_words(self) -> str:
        if not self.audited_at:
            return "not yet"
        faults = "1 fault" if self.audit_faults == 1 else f"{self.audit_faults or 'no'} faults"
        return f"{faults}, {_ago(self.audited_at)}"

    @property
    def lag_in_words(self) -> str:
        if self.lag is None:
            return "no changes in the last minute"
        if self.lag == inf:
            return "more than 10 s late"
        return f"within {self.lag * 1000:g} ms"

    @property
    def late_in_words(self) -> str:
        if self.late is None:
            return "not known yet"
        if self.late == inf:
            return "late by more than 10 s"
        return f"late by {self.late * 1000:g} ms at most"

    @property
    def troubles(self) -> list[str]:
        """What is wrong with this process, in sentences."""
        found = {
            "It can't serve; its log says why.": not self.is_ready,
            "Redis takes no messages from it, so maps lag by some seconds.": not self.has_layer,
            "Redis does not count for it, so it throttles by itself.": not self.has_cache,
            f"Its last audit found faults in the books: {self.audit_faults}.": self.audit_faults,
            f"Requests that the database failed in the last minute: {self.failed}.": self.failed,
            f"Operations given up in the last minute, for want of a lock: {self.given_up}.": (
                self.given_up
            ),
            "It gets too little of a core, or has too much to do: all that it does is late.": (
                self.late is not None and self.late > LATE_SECONDS
            ),
        }
        return [sentence for sentence, is_so in found.items() if is_so]


def _ago(instant: float) -> str:
    return ago(int(time.time() - instant))


class House(NamedTuple):
    """The processes that are known of, those in trouble first, and why there may be others."""

    processes: list[Figures]
    note: str


def figures() -> Figures:
    """Return this process's own."""
    now, before = _counts(), _earlier[0] if _earlier else NO_COUNTS
    return Figures(
        id=_id,
        name=f"{socket.gethostname()}, process {os.getpid()}",
        version=VERSION,
        began_at=_began_at,
        is_ready=bool(_value(READY)),
        has_layer=bool(_value(LAYER_UP)),
        has_cache=bool(_value(CACHE_UP)),
        audit_faults=int(_value(CHECK_FAULTS)),
        audited_at=_value(CHECK_TIME),
        rooms=int(_value(ROOMS)),
        sockets=int(_value(SHOW_SOCKETS) + _value(HOUSE_SOCKETS)),
        streams=int(_value(SHOW_STREAMS) + _value(HOUSE_STREAMS)),
        lag=_within(now.lag, before.lag),
        late=_within(now.late, before.late),
        failed=int(now.failed - before.failed),
        given_up=int(now.given_up - before.given_up),
    )


def _value(metric: MetricWrapperBase) -> float:
    """Return the value of a gauge or counter; of one with labels, all its values added up."""
    return sum(sample.value for family in metric.collect() for sample in family.samples)


def _took(times: Histogram) -> Took:
    samples = [sample for family in times.collect() for sample in family.samples]
    return {float(one.labels["le"]): one.value for one in samples if "le" in one.labels}


def _counts() -> Counts:
    return Counts(_took(LAG), _took(LOOP_LATE), _value(DATABASE_ERRORS), _value(GIVEN_UP))


def _within(now: Took, before: Took) -> float | None:
    """Return within how many seconds nearly all was that is new; None if nothing is."""
    since = {within: count - before.get(within, 0) for within, count in now.items()}
    if not since[inf]:
        return None
    return min(within for within, count in since.items() if count >= MOST * since[inf])


def keep_telling() -> None:
    """Tell the other processes of this one, every few seconds."""
    while True:
        with suppress(*AWAY):
            tell(figures())
        _earlier.append(_counts())
        time.sleep(EVERY_SECONDS)


def tell(own: Figures) -> None:
    """Leave figures in the cache, in the place of this process or a free one. Raises AWAY."""
    cache, told = caches["default"], asdict(own)
    taken = cache.get_many(PLACES)
    for place in PLACES:
        if place in taken and taken[place]["id"] == own.id:
            cache.set(place, told, EXPIRY_SECONDS)
            return
    for place in PLACES:
        if place not in taken and cache.add(place, told, EXPIRY_SECONDS):
            return


def house() -> House:
    """Return all that is known of the processes."""
    own = figures()
    try:
        told = caches["default"].get_many(PLACES).values()
    except AWAY:
        return House([own], UNSEEN)
    known = {field.name for field in fields(Figures)}
    others = [
        Figures(**{name: value for name, value in one.items() if name in known})
        for one in told
        if one["id"] != own.id
    ]
    found = sorted([own, *others], key=lambda one: (not one.troubles, one.name))
    return House(found, "" if settings.REDIS_URL else ALONE)
