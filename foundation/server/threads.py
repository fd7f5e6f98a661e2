"""A fixed number of threads that serve clients in turn.

In a plain queue, a hundred requests of one client would delay everybody else's. Here each client
has its own queue, and the threads go round: a client waits for at most one request of each other
client, however many those have waiting. And while there are others, one thread is kept from each
client: one whose requests wait for something else, such as a lock of the database, keeps nobody
waiting with them.

A call that can wait lets others go first, for a while and in one round: docs/adr/0059 says why.

While requests wait, a thread takes its next one only after the event loop has done all that it had
to do by then: pages from memory and live maps, which cost it little, come before more work on data.
"""

import asyncio
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import inf
from typing import Any, TypeVar
from weakref import WeakSet

from foundation import metrics

T = TypeVar("T")
# A client, its call, what becomes of it, and since when it waits.
Job = tuple[str, "Future[Any]", Callable[[], Any], float]
# By client, next in turn first; a client with nothing waiting is not in it.
Line = OrderedDict[str, deque[Job]]

# So long after somebody else came, a client is not the only one.
OTHERS_FOR_SECONDS = 10.0
# For so long a call that can wait lets others go first.
LATER_BY_SECONDS = 15.0
# When one that can't has waited for so long all the same, all come by their age.
CROWDED_AFTER_SECONDS = 5.0

_pools: "WeakSet[FairThreads]" = WeakSet()


def somebody_waits() -> bool:
    """Tell whether a request waits for a thread of this process: those it may have are busy."""
    return any(pool._in_all for pool in _pools)


class TooManyWaiting(Exception):
    """The client already has as many requests waiting as it may."""


class AllWaiting(Exception):
    """All clients together already have as many requests waiting as they may."""


class FairThreads:
    """Runs calls on `count` threads; at most `waiting` of each client wait, `in_all` of all."""

    def __init__(self, count: int, *, waiting: int, name: str, in_all: float = inf) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._idle = count
        self._most_running = max(1, count - 1)
        self._running: Counter[str] = Counter()
        self._newest_client: str | None = None
        self._others_until = -inf
        self._longest = waiting
        self._most_in_all = in_all
        self._in_all = 0
        self._lock = threading.Lock()
        # Those of this round, and of the next one; of each, those first that can't wait.
        self._lines: list[Line] = [OrderedDict() for _ in range(4)]
        # Who had a turn in this round.
        self._served: set[str] = set()
        _pools.add(self)
        metrics.THREADS.labels(name).set(count)
        metrics.THREAD_WAITING.labels(name).set_function(lambda: self._in_all)
        self._waits = metrics.WAIT_SECONDS.labels(name)
        self._refused_of_client = metrics.THREAD_REFUSALS.labels(name, "one client")
        self._refused_of_all = metrics.THREAD_REFUSALS.labels(name, "all clients")

    def submit(self, client: str, call: Callable[[], T], *, can_wait: bool = False) -> "Future[T]":
        """Run the call when it is this client's turn. Raises TooManyWaiting and AllWaiting.

        One that can wait lets every other client go first, but each only once. When it has waited
        for LATER_BY_SECONDS, or another that can't for CROWDED_AFTER_SECONDS, they come by age.
        """
        result: Future[T] = Future()
        came = time.monotonic()
        with self._lock:
            if self._newest_client not in (None, client):
                self._others_until = came + OTHERS_FOR_SECONDS
            self._newest_client = client
            job = (client, result, call, came)
            if self._idle and self._may_run(client, came):
                self._begin(job, _running_loop())
            else:
                self._wait(job, can_wait=can_wait)
        return result

    def _may_run(self, client: str, now: float) -> bool:
        return now > self._others_until or self._running[client] < self._most_running

    def _wait(self, job: Job, *, can_wait: bool) -> None:
        client, *_ = job
        if sum(len(line.get(client, ())) for line in self._lines) >= self._longest:
            self._refused_of_client.inc()
            raise TooManyWaiting
        if self._in_all >= self._most_in_all:
            self._refused_of_all.inc()
            raise AllWaiting
        line = self._lines[2 * (client in self._served) + can_wait]
        line.setdefault(client, deque()).append(job)
        self._in_all += 1

    def _begin(self, job: Job, loop: asyncio.AbstractEventLoop | None) -> None:
        self._idle -= 1
        self._running[job[0]] += 1
        self._threads.submit(self._run, job, loop)

    def _run(self, job: Job, loop: asyncio.AbstractEventLoop | None) -> None:
        client, result, call, came = job
        if result.set_running_or_notify_cancel():
            self._waits.observe(time.monotonic() - came)
            try:
                value = call()
            except BaseException as error:
                result.set_exception(error)
            else:
                result.set_result(value)
        if loop is None:
            self._go_on(client, None)
            return
        with suppress(RuntimeError):  # the loop has ended, and with it all who wait
            loop.call_soon_threadsafe(self._go_on, client, loop)

    def _go_on(self, ended: str, loop: asyncio.AbstractEventLoop | None) -> None:
        with self._lock:
            self._idle += 1
            self._running[ended] -= 1
            if not self._running[ended]:
                del self._running[ended]
            while self._idle and (job := self._next()) is not None:
                self._begin(job, loop)

    def _next(self) -> Job | None:
        """Take the job of the client whose turn it is, of those that may have another thread."""
        if not (self._lines[0] or self._lines[1]):
            self._lines = [*self._lines[2:], OrderedDict(), OrderedDict()]
            self._served.clear()
        now = time.monotonic()
        for place in (*self._due(now), 0, 1, 2, 3):
            for client in self._lines[place]:
                if self._may_run(client, now):
                    return self._taken(place, client)
        return None

    def _due(self, now: float) -> list[int]:
        """Return the lines of what can wait no longer."""
        first = min(_since(self._lines[0]), _since(self._lines[2]))
        is_crowded = now - first >= CROWDED_AFTER_SECONDS
        oldest = min(first, now - (0 if is_crowded else LATER_BY_SECONDS))
        return [place for place in (1, 3) if _since(self._lines[place]) <= oldest]

    def _taken(self, place: int, client: str) -> Job:
        """Take the client's next job from a line; the rest comes in the next round."""
        queue = self._lines[place].pop(client)
        job = queue.popleft()
        self._in_all -= 1
        self._served.add(client)
        if queue:
            next_round = self._lines[2 + place % 2]
            queue.extend(next_round.pop(client, ()))
            next_round[client] = queue
        return job


def _since(line: Line) -> float:
    """Return since when the job waits that is next in a line; later than any for none."""
    for queue in line.values():
        *_, came = queue[0]
        return came
    return inf


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
