"""Front Row's fan-out when much happens at once: a burst, pages asked for, readers that stall.

`python -m benchmarks.pressure` takes some nine minutes.
"""

import argparse
import http.client
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import quantiles

from benchmarks.deployment import infrastructure
from benchmarks.measuring import PATIENCE_SECONDS, publish_evenly, watched
from benchmarks.processes import OTHER_CORE, pinned
from benchmarks.report import Report, Table, Target
from benchmarks.subjects import FrontRow, Subject
from benchmarks.turns import in_turns
from benchmarks.watching import Watchers, allow_open_files
from deploy.services import Services

WATCHERS = 5000
CHANGES_PER_SECOND = 20

BURST_SECONDS = 2.0
BURST_SEATS = 4

PAGE = "/health/"
PAGE_SECONDS = 5.0
PAGES_PER_SECOND = 20

READERS = 1000
# None at first: what memory grows by in that time anyway, with the room's own last changes.
STALLING = (0, READERS // 100, READERS // 10, READERS)
# Enough to fill what kernels and the process keep for each, and more.
STALL_SEATS = 500
STALL_PACE = 12
STALL_SECONDS = 15.0
QUIET_SECONDS = 10.0
# Its buffer in the process, and what a frame and the bookkeeping of Python add.
MOST_KIB_PER_STALLED = 256 + 64

BURST, PAGES = "a burst", "pages meanwhile"
UPDATES = "seat updates/s in a burst"
WRONG = "lost, doubled or out of order"
GET_P50, GET_P99 = "GET p50 ms", "GET p99 ms"
QUIET, OTHERS, TIMES = "quiet p99 ms", "others' p99 ms", "times"
GROWTH, PER_STALLED, LEFT_OPEN = "MiB more at most", "KiB per stalled", "left open"
LOAD = "load's share of its core"

STOLEN_TIME = "what is stolen meanwhile is in it: docs/benchmarks.md, Under pressure"

Row = dict[str, float]


def main() -> None:
    """Measure, print, and keep the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pressure", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="turns of burst and pages")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    options = parser.parse_args()
    allow_open_files(WATCHERS)
    report = Report("pressure", "make bench-pressure")
    with pinned(OTHER_CORE), infrastructure() as given:
        with watched(FrontRow, given, WATCHERS) as (subject, watchers, _):
            found = in_turns(
                {
                    BURST: partial(_burst, subject, watchers),
                    PAGES: partial(_pages, subject, watchers),
                },
                rounds=options.rounds,
                always=(WRONG,),
            )
        stalls = _stalls(given, options.rounds)
    for count, row in stalls.items():
        if count:
            row[PER_STALLED] = max(0, row[GROWTH] - stalls[0][GROWTH]) * 1024 / count
    report.tables = [
        Table(f"Front Row, {WATCHERS:,} watchers", found),
        Table(
            "Front Row and readers that stall",
            {f"{count:,} of {READERS:,} stall": row for count, row in stalls.items()},
        ),
    ]
    report.targets = targets(found, stalls)
    print(report)
    if not options.dry:
        report.save()


def targets(found: dict[str, Row], stalls: dict[int, Row]) -> list[Target]:
    """Return what was to be reached, and what was."""
    wanted = [
        Target(UPDATES, found[BURST][UPDATES], 1_000_000, at_most=False),
        *(Target(f"{WRONG}: {what}", row[WRONG], 0) for what, row in found.items()),
        Target(
            f"{GET_P99}, {CHANGES_PER_SECOND} changes a second",
            found[PAGES][GET_P99],
            50,
            note=STOLEN_TIME,
        ),
    ]
    for count, row in stalls.items():
        what = f"{count:,} of {READERS:,} stall"
        if TIMES in row:
            times = f"others' p99, {TIMES} the quiet one: {what}"
            wanted.append(Target(times, row[TIMES], 2, note=STOLEN_TIME))
        if PER_STALLED in row:
            wanted.append(Target(f"{PER_STALLED}: {what}", row[PER_STALLED], MOST_KIB_PER_STALLED))
        wanted += [
            Target(f"{LEFT_OPEN}: {what}", row[LEFT_OPEN], 0),
            Target(f"{WRONG}: {what}", row[WRONG], 0),
        ]
    return wanted


def _stalls(given: Services, rounds: int) -> dict[int, Row]:
    """Let so many readers stall, each time of a new crowd."""

    def once(count: int) -> Row:
        with watched(FrontRow, given, READERS) as (subject, watchers, _):
            return _stall(subject, watchers, count)

    turns = {str(count): partial(once, count) for count in STALLING}
    found = in_turns(turns, rounds=max(1, rounds // 2), always=(LEFT_OPEN, WRONG))
    return {count: found[str(count)] for count in STALLING}


def _burst(subject: Subject, watchers: Watchers) -> Row:
    """Publish as fast as commits go; what counts is the time until everybody has everything."""
    watchers.tell("measure")
    started = time.clock_gettime(time.CLOCK_MONOTONIC)
    while time.clock_gettime(time.CLOCK_MONOTONIC) < started + BURST_SECONDS:
        subject.publish(BURST_SEATS)
    seen = watchers.until(subject.version, PATIENCE_SECONDS)
    return {
        UPDATES: seen["seats"] / (seen["now"] / 1e9 - started),
        WRONG: seen["lost"] + seen["disordered"],
    }


def _pages(subject: Subject, watchers: Watchers) -> Row:
    """Ask for a cheap page while the sweeps go on."""
    watchers.tell("measure")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        other.submit(time.time).result()  # it has started
        answers = other.submit(answer_times, subject.port)
        publish_evenly(subject, pace=CHANGES_PER_SECOND, seconds=PAGE_SECONDS)
        times = quantiles(answers.result(), n=100)
    seen = watchers.until(subject.version, PATIENCE_SECONDS)
    return {
        GET_P50: times[49],
        GET_P99: times[98],
        WRONG: seen["lost"] + seen["disordered"],
    }


def answer_times(port: int) -> list[float]:
    """Return how many milliseconds each answer took, at a pace that no answer changes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    start, took = time.monotonic(), []
    for number in range(round(PAGES_PER_SECOND * PAGE_SECONDS)):
        due = start + number / PAGES_PER_SECOND
        time.sleep(max(0, due - time.monotonic()))
        asked = max(due, start)
        connection.request("GET", PAGE)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{PAGE} answered {answer.status}")
        took.append((time.monotonic() - asked) * 1000)
    return took


def _stall(subject: Subject, watchers: Watchers, count: int) -> Row:
    """Let some readers stall until they are closed, and look at the others meanwhile."""
    watchers.tell("measure")
    publish_evenly(subject, pace=STALL_PACE, seconds=QUIET_SECONDS, seats=STALL_SEATS)
    quiet = watchers.until(subject.version, PATIENCE_SECONDS)
    before, started = subject.usage(), time.monotonic()
    watchers.tell(f"stall {count}")
    watchers.tell("measure")
    peak = 0
    for _ in range(round(STALL_SECONDS)):
        publish_evenly(subject, pace=STALL_PACE, seconds=1, seats=STALL_SEATS)
        peak = max(peak, subject.usage().memory_bytes)
    seen = watchers.until(subject.version, PATIENCE_SECONDS)
    took = time.monotonic() - started
    watchers.tell("resume")
    watchers.tell("measure")
    time.sleep(2)
    left = watchers.until(0, 0)
    row = {QUIET: quiet["delivery_p99_ms"], LOAD: seen["cpu_seconds"] / took}
    if count < READERS:
        row[OTHERS] = seen["delivery_p99_ms"]
        row[TIMES] = row[OTHERS] / row[QUIET]
    row[GROWTH] = (peak - before.memory_bytes) / 2**20
    row[LEFT_OPEN] = count - left["closed"]
    row[WRONG] = seen["lost"] + seen["disordered"] + quiet["lost"] + quiet["disordered"]
    return row


if __name__ == "__main__":
    main()
