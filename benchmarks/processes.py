"""Where the processes of a benchmark run, and what they use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import psutil

CORES = sorted(os.sched_getaffinity(0))
# What is measured has the first core for itself; load, database and the rest share the last one.
SERVER_CORE, OTHER_CORE = CORES[0], CORES[-1]


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Usage:
    """What processes used: seconds of CPU since they started, and bytes of memory now."""

    cpu_seconds: float
    memory_bytes: int

    def __sub__(self, earlier: Self) -> "Usage":
        return Usage(
            self.cpu_seconds - earlier.cpu_seconds, self.memory_bytes - earlier.memory_bytes
        )


def listening(url: str) -> int:
    """Return the id of the process on this machine that serves this URL's port."""
    port = urlsplit(url).port
    return next(
        connection.pid
        for connection in psutil.net_connections("tcp4")
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr[1:] == (port,)
        and connection.pid
    )


def families(*pids: int) -> list[psutil.Process]:
    """Return these processes and their children."""
    roots = [psutil.Process(pid) for pid in pids]
    return [*roots, *(child for root in roots for child in root.children(recursive=True))]


def connections(url: str, *pids: int) -> int:
    """Return how many connections these processes and their children have to this URL's port."""
    port = urlsplit(url).port
    return sum(
        connection.raddr[1:] == (port,)
        for process in families(*pids)
        for connection in process.net_connections("tcp4")
    )


def usage(*pids: int) -> Usage:
    """Return what these processes and their children use or used, all threads together."""
    cpu_seconds, memory_bytes = 0.0, 0
    for process in families(*pids):
        with suppress(psutil.NoSuchProcess):  # then its parent has its time
            times = process.cpu_times()
            cpu_seconds += times.user + times.system + times.children_user + times.children_system
            memory_bytes += process.memory_info().rss
    return Usage(cpu_seconds=cpu_seconds, memory_bytes=memory_bytes)
