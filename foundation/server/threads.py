"""A fixed number of threads that serve clients in turn.

In a plain queue, a hundred requests of one client would delay everybody else's. Here each client
has its own queue, and the threads go round: a client waits for at most one request of each other
client, however many those have waiting.

While requests wait, a thread takes its next one only after the event loop has done all that it had
to do by then: pages from memory and live maps, which cost it little, come before more work on data.
"""

import asyncio
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import inf
from typing import Any, TypeVar
from weakref import WeakSet

from foundation import metrics

T = TypeVar("T")
# A call, what becomes of it, and since when it waits.
Job = tuple["Future[Any]", Callable[[], Any], float]


_pools: "WeakSet[FairThreads]" = WeakSet()


def somebody_waits() -> bool:
    """Tell whether a request waits for a thread of this process: all of them are busy."""
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
        self._longest = waiting
        self._most_in_all = in_all
        self._in_all = 0
        self._lock = threading.Lock()
        # By client, next in turn first; a client with nothing waiting is not in it.
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        _pools.add(self)
        metrics.THREADS.labels(name).set(count)
        metrics.THREAD_WAITING.labels(name).set_function(lambda: self._in_all)
        self._waits = metrics.WAIT_SECONDS.labels(name)
        self._refused_of_client = metrics.THREAD_REFUSALS.labels(name, "one client")
        self._refused_of_all = metrics.THREAD_REFUSALS.labels(name, "all clients")

    def submit(self, client: str, call: Callable[[], T]) -> "Future[T]":
        """Run the call when it is this client's turn. Raises TooManyWaiting and AllWaiting."""
        result: Future[T] = Future()
        job = (result, call, time.monotonic())
        with self._lock:
            if self._idle:
                self._idle -= 1
            else:
                self._wait(client, job)
                return result
        self._threads.submit(self._run, job, _running_loop())
        return result

    def _wait(self, client: str, job: Job) -> None:
        if len(self._waiting.get(client, ())) >= self._longest:
            self._refused_of_client.inc()
            raise TooManyWaiting
        if self._in_all >= self._most_in_all:
            self._refused_of_all.inc()
            raise AllWaiting
        self._waiting.setdefault(client, deque()).append(job)
        self._in_all += 1

    def _run(self, job: Job, loop: asyncio.AbstractEventLoop | None) -> None:
        result, call, came = job
        if result.set_running_or_notify_cancel():
            self._waits.observe(time.monotonic() - came)
            try:
                value = call()
            except BaseException as error:
                result.set_exception(error)
            else:
                result.set_result(value)
        if loop is None:
            self._go_on(None)
            return
        with suppress(RuntimeError):  # the loop has ended, and with it all who wait
            loop.call_soon_threadsafe(self._go_on, loop)

    def _go_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        with self._lock:
            if not self._waiting:
                self._idle += 1
                return
            job = self._next()
        self._threads.submit(self._run, job, loop)

    def _next(self) -> Job:
        client, queue = self._waiting.popitem(last=False)
        job = queue.popleft()
        self._in_all -= 1
        if queue:
            self._waiting[client] = queue
        return job


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
