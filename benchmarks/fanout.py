"""One change to thousands of watchers: Front Row, its peers and the machine's limit in one run.

`python -m benchmarks.fanout` takes some twenty minutes; its options make it shorter. The servers
have one core for themselves, and everything else shares another. Front Row's changes are commits
in PostgreSQL, made by the services in another process, and come to it through Redis; the peers
are handed ready frames, the tutorial's through its layer. Latencies reach from the moment of
publishing to the receipt by each single socket.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from benchmarks import plot
from benchmarks.deployment import infrastructure
from benchmarks.measuring import MEMORY, PATIENCE_SECONDS, publish_evenly, watched
from benchmarks.processes import OTHER_CORE, pinned
from benchmarks.report import Report, Table, Target
from benchmarks.subjects import (
    CLimit,
    FrontRow,
    Missing,
    Nchan,
    NodeWs,
    PubSubTutorial,
    Subject,
    Tutorial,
    Websockets,
)
from benchmarks.turns import in_turns
from benchmarks.watching import Watchers, allow_open_files
from deploy.services import Services

SUBJECTS: list[type[Subject]] = [
    FrontRow,
    CLimit,
    NodeWs,
    Websockets,
    Nchan,
    PubSubTutorial,
    Tutorial,
]
MOST_CHANGES_PER_SECOND = 20
DELIVERIES_PER_SECOND = 50_000
OVERLOADED_ROUNDS = 3
# What they have not delivered by then, they have lost.
OVERLOADED_PATIENCE_SECONDS = 15
# What the target for latencies is about.
CROWD = 5000

CPU = "CPU-s per 1M deliveries"
P50, P99 = "p50 ms", "p99 ms"
LOST, DISORDERED = "lost", "doubled or out of order"
LOAD = "load's share of its core"

# What the C program had where the targets were set: a slower machine misses what is absolute by as
# much.
LIMIT_THEN = {CPU: "4.5 to 6.3", P99: "23"}
WITHIN_NOISE = "runs differ by more: docs/benchmarks.md, Fan-out"

Rows = dict[str, dict[str, float]]


def measured_once(subject: Subject, watchers: Watchers, seconds: float) -> dict[str, float]:
    """Publish for so long, and return what the deliveries cost and how long they took."""
    watchers.tell("measure")
    before, started = subject.usage(), time.monotonic()
    if subject.overloaded:
        subject.publish()
    else:
        pace = min(MOST_CHANGES_PER_SECOND, DELIVERIES_PER_SECOND / watchers.count)
        publish_evenly(subject, pace=pace, seconds=seconds)
    patience = OVERLOADED_PATIENCE_SECONDS if subject.overloaded else PATIENCE_SECONDS
    seen = watchers.until(subject.version, patience)
    took = time.monotonic() - started
    # Front Row's heartbeats reach everybody, too.
    deliveries = seen["frames"] + seen["other_frames"]
    found = {
        CPU: (subject.usage() - before).cpu_seconds / deliveries * 1e6,
        P50: seen["delivery_p50_ms"],
        P99: seen["delivery_p99_ms"],
        LOST: seen["lost"],
        DISORDERED: seen["disordered"],
        LOAD: seen["cpu_seconds"] / took,
    }
    print(f"{watchers.count:6} {subject.name}: {found}", file=sys.stderr)
    return found


def measured(
    kinds: list[type[Subject]], given: Services, count: int, options: argparse.Namespace
) -> Rows:
    """Return figures of each of these at one number of watchers, if it can run here.

    All of them are watched at the same time, and take turns.
    """
    rows: Rows = {}
    turns: dict[str, Callable[[], dict[str, float]]] = {}
    with ExitStack() as stack:
        for kind in kinds:
            try:
                subject, watchers, rows[kind.name] = stack.enter_context(
                    watched(kind, given, count)
                )
            except Missing as missing:
                print(f"{kind.name} was left out: it needs {missing}.", file=sys.stderr)
                continue
            turns[kind.name] = partial(measured_once, subject, watchers, options.seconds)
        rounds = OVERLOADED_ROUNDS if kinds[0].overloaded else options.rounds
        found = in_turns(turns, rounds=rounds, always=(LOST, DISORDERED))
    return {name: joining | found[name] for name, joining in rows.items()}


def title(count: int) -> str:
    return f"{count:,} watchers of one show"


def targets(tables: dict[int, Rows]) -> list[Target]:
    """Return the targets of each number of watchers, as far as the run has their figures."""
    found = []
    for count, rows in tables.items():
        at = f", {count:,} watchers"
        ours = rows[FrontRow.name]
        found.append(Target(CPU + at, ours[CPU], 8, note=_limit(rows, CPU)))
        for peer, bound in ((CLimit, 1.5), (NodeWs, 1.0)):
            if peer.name in rows:
                times = ours[CPU] / rows[peer.name][CPU]
                what = f"CPU, times that of {peer.name}{at}"
                found.append(Target(what, times, bound, note=WITHIN_NOISE))
        if Tutorial.name in rows:
            times = rows[Tutorial.name][CPU] / ours[CPU]
            found.append(Target(f"{Tutorial.name}: CPU, times ours{at}", times, 25, at_most=False))
        found.append(Target(MEMORY + at, ours[MEMORY], 13))
        found.append(Target(f"{LOST}, {DISORDERED}{at}", ours[LOST] + ours[DISORDERED], 0))
        if count == CROWD:
            found.append(Target(P99 + at, ours[P99], 50, note=_limit(rows, P99)))
            if Websockets.name in rows:
                times = ours[P99] / rows[Websockets.name][P99]
                what = f"p99, times that of {Websockets.name}{at}"
                found.append(Target(what, times, 1.2, note=WITHIN_NOISE))
    return found


def _limit(rows: Rows, figure: str) -> str:
    """Return what to say of an absolute bound that the C program may not keep either."""
    if CLimit.name not in rows:
        return ""
    here = f"{rows[CLimit.name][figure]:.3g}"
    return (
        f"the C limit itself had {here} in this run, and {LIMIT_THEN[figure]} where the bound was "
        "set; what was tried: docs/benchmarks.md, Fan-out"
    )


def chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    parser.add_argument("--watchers", type=int, nargs="+", default=[1000, 5000, 10000])
    parser.add_argument("--seconds", type=float, default=1.5, help="of each turn")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each subject")
    parser.add_argument("--only", nargs="+", choices=[kind.__name__ for kind in SUBJECTS])
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and keep the report."""
    options = chosen()
    kinds = [kind for kind in SUBJECTS if not options.only or kind.__name__ in options.only]
    allow_open_files(max(options.watchers))
    report = Report("fanout", "make bench-fanout")
    tables: dict[int, Rows] = {}
    with pinned(OTHER_CORE), infrastructure() as given:
        for count in options.watchers:
            groups = [[kind for kind in kinds if not kind.overloaded]]
            groups += [[kind] for kind in kinds if kind.overloaded]
            rows = tables[count] = {}
            for group in filter(None, groups):
                rows |= measured(group, given, count, options)
            report.tables.append(Table(title(count), rows))
        if FrontRow in kinds:
            report.targets += targets(tables)
    print(report)
    if not options.dry:
        report.save()
        draw(tables)


def draw(tables: dict[int, Rows]) -> None:
    """Draw what a delivery costs each subject, for the documents."""
    names = dict.fromkeys(name for rows in tables.values() for name in rows)
    costs = {
        name: {title(count): rows[name][CPU] for count, rows in tables.items() if name in rows}
        for name in names
    }
    plot.bars(file="fanout.svg", title="Fan-out: what a delivery costs", unit=CPU, rows=costs)


if __name__ == "__main__":
    main()
