"""What the benchmarks of fan-out share: sockets that watch a subject, and changes at a pace."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.subjects import Subject
from benchmarks.watching import Stamps, Watchers
from deploy.services import Services

SETTLING_SECONDS = 2
PATIENCE_SECONDS = 60

MEMORY = "KiB per socket"
JOIN = "CPU-ms per join"
REFUSED = "closed while joining"


@contextmanager
def watched(
    kind: type[Subject], given: Services, count: int
) -> Iterator[tuple[Subject, Watchers, dict[str, float]]]:
    """Start a subject and let so many sockets watch it; gives what their joining cost, too.

    Raises Missing.
    """
    with ExitStack() as stack:
        stamps = stack.enter_context(Stamps())
        subject = stack.enter_context(kind(given, stamps))
        before = subject.usage()
        watchers = Watchers(
            port=subject.port,
            path=subject.path,
            count=count,
            stamps=stamps,
            greeted=subject.greeted,
        )
        stack.enter_context(watchers)
        time.sleep(SETTLING_SECONDS)
        cost = subject.usage() - before
        closed = watchers.joining["closed"]
        if closed and not subject.overloaded:
            raise RuntimeError(f"{subject.name} closed {closed} sockets")
        yield (
            subject,
            watchers,
            {
                MEMORY: cost.memory_bytes / 1024 / count,
                JOIN: cost.cpu_seconds * 1000 / count,
                REFUSED: closed,
            },
        )


def publish_evenly(subject: Subject, *, pace: float, seconds: float, seats: int = 1) -> None:
    """Publish so many changes a second for so long."""
    start = time.monotonic()
    for number in range(round(pace * seconds)):
        time.sleep(max(0, start + number / pace - time.monotonic()))
        subject.publish(seats)
