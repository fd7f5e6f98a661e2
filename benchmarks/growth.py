"""How the cost of a change grows with watchers, processes and shows, and what follows from it.

`python -m benchmarks.growth` runs Front Row on 1, 2 and 4 processes, fits two costs to what it
measured (of a change in each process that has its show, and of a delivery), checks them against a
run that they were not fitted to, and works out by simulation how many watchers a process can have.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import redis

from benchmarks.deployment import Deployment, deployed, infrastructure
from benchmarks.processes import CORES, SERVER_CORE, Usage, listening, pinned, usage
from benchmarks.publishing import ChangingShow, through_a_loop
from benchmarks.report import Report, Table, Target
from benchmarks.simulation import SimulatedRoom
from benchmarks.watching import Watchers, allow_open_files
from tests.provision import Services

CHANGES_PER_SECOND = 10
SETTLING_SECONDS = 3
PATIENCE_SECONDS = 60

CHANGE_CPU = "CPU-ms per change"
PREDICTED = "predicted"
REDIS_CPU = "Redis CPU-ms per change"
POSTGRES_CPU = "PostgreSQL CPU-ms per change"
P50, P99 = "p50 ms", "p99 ms"
WRONG = "lost, doubled or out of order"
MEMORY = "KiB per socket"


@dataclass(frozen=True)
class Site:
    """How many processes serve how many watchers of how many shows."""

    processes: int
    watchers: int
    shows: int = 1

    def __str__(self) -> str:
        return f"{self.processes} × Daphne, {self.watchers:,} watchers, {self.shows} shows"

    @property
    def deliveries(self) -> float:
        """The frames that one change becomes."""
        return self.watchers / self.shows


SITES = [
    Site(1, 1000),
    Site(1, 5000),
    Site(1, 10000),
    Site(2, 1000),
    Site(4, 1000),
    Site(4, 10000),
    Site(2, 8000, shows=4),
]
HELD_OUT = Site(2, 10000)


@contextmanager
def watched(
    site: Site, deployment: Deployment, shows: Sequence[ChangingShow]
) -> Iterator[list[tuple[ChangingShow, Watchers]]]:
    """Let the site's watchers come, evenly to every process and show."""
    each = site.watchers // (site.processes * site.shows)
    with ExitStack() as stack:
        yield [
            (
                show,
                stack.enter_context(
                    Watchers(
                        port=server.port,
                        path=show.path,
                        count=each,
                        stamps=show.stamps,
                        greeted=True,
                    )
                ),
            )
            for server, show in itertools.product(deployment.servers, shows)
        ]


def measured(site: Site, given: Services, seconds: float) -> dict[str, float]:
    """Return what a change costs at a site, and how long it takes to every watcher."""
    cores = [SERVER_CORE] if site.processes == 1 else CORES
    with ExitStack() as stack:
        shows = [stack.enter_context(ChangingShow()) for _ in range(site.shows)]
        stack.enter_context(through_a_loop(shows))
        deployment = stack.enter_context(deployed(*cores, processes=site.processes))
        empty = deployment.usage()
        groups = stack.enter_context(watched(site, deployment, shows))
        time.sleep(SETTLING_SECONDS)
        memory = (deployment.usage() - empty).memory_bytes / 1024 / site.watchers
        idle = _cpu_of(deployment, given, seconds=seconds, shows=[])
        for _, watchers in groups:
            watchers.tell("measure")
        busy = _cpu_of(deployment, given, seconds=seconds, shows=shows)
        seen = [watchers.until(show.version, PATIENCE_SECONDS) for show, watchers in groups]
    changes = CHANGES_PER_SECOND * seconds
    ours, redis_cpu, postgres = (1000 * (b - i) / changes for b, i in zip(busy, idle, strict=True))
    return {
        CHANGE_CPU: ours,
        REDIS_CPU: redis_cpu,
        POSTGRES_CPU: postgres,
        P50: max(each["delivery_p50_ms"] for each in seen),
        P99: max(each["delivery_p99_ms"] for each in seen),
        WRONG: sum(each["lost"] + each["disordered"] for each in seen),
        MEMORY: memory,
    }


def _cpu_of(
    deployment: Deployment, given: Services, *, seconds: float, shows: Sequence[ChangingShow]
) -> tuple[float, float, float]:
    """Change the shows for so long; return the CPU seconds of Daphne, Redis and PostgreSQL."""
    before = _cpu(deployment, given)
    start = time.monotonic()
    for number in range(round(CHANGES_PER_SECOND * seconds)):
        if shows:
            shows[number % len(shows)].change()
        time.sleep(max(0, start + (number + 1) / CHANGES_PER_SECOND - time.monotonic()))
    after = _cpu(deployment, given)
    ours, theirs, database = (a - b for a, b in zip(after, before, strict=True))
    return ours, theirs, database


def _cpu(deployment: Deployment, given: Services) -> tuple[float, float, float]:
    with redis.Redis.from_url(given.redis_url) as client:
        spent = client.info("cpu")
    database: Usage = usage(listening(given.database_url))
    return (
        deployment.usage().cpu_seconds,
        spent["used_cpu_sys"] + spent["used_cpu_user"],
        database.cpu_seconds,
    )


@dataclass(frozen=True)
class Costs:
    """Milliseconds of CPU: of a change in a process that has its show, and of a delivery."""

    change: float
    delivery: float

    @classmethod
    def fitted(cls, rows: dict[Site, dict[str, float]]) -> "Costs":
        """Return the costs that explain the measured rows best, each weighed by its size."""
        sizes = np.array([row[CHANGE_CPU] for row in rows.values()])
        terms = np.array([[site.processes, site.deliveries] for site in rows], dtype=float)
        (change, delivery), *_ = np.linalg.lstsq(
            terms / sizes[:, None], np.ones(len(rows)), rcond=None
        )
        return cls(float(change), float(delivery))

    def of(self, site: Site) -> float:
        """Return the CPU milliseconds of a change at a site, in all its processes together."""
        return self.change * site.processes + self.delivery * site.deliveries


def chosen() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


def main() -> None:
    """Measure, fit, simulate, print, and keep the report."""
    options = chosen()
    allow_open_files(max(site.watchers for site in SITES))
    report = Report("growth", "make bench-growth")
    rows: dict[Site, dict[str, float]] = {}
    with pinned(CORES[-1]), infrastructure() as given:
        for site in [*SITES, HELD_OUT]:
            rows[site] = measured(site, given, options.seconds)
            print(f"{site}: {rows[site]}", file=sys.stderr)
        from realtime.room import SPACING
    costs = Costs.fitted({site: rows[site] for site in SITES})
    for site, row in rows.items():
        row[PREDICTED] = costs.of(site)
    report.tables.append(Table("Growth", {str(site): row for site, row in rows.items()}))
    report.tables.append(
        Table(
            "Costs",
            {
                "a change, in each process that has its show": {"CPU-µs": 1000 * costs.change},
                "a delivery": {"CPU-µs": 1000 * costs.delivery},
            },
        )
    )
    report.tables.append(SimulatedRoom(costs.change, costs.delivery, SPACING).table())
    held_out = rows[HELD_OUT]
    report.targets += [
        Target(
            f"prediction of {HELD_OUT}, off by",
            abs(held_out[PREDICTED] / held_out[CHANGE_CPU] - 1),
            0.25,
        ),
        Target(WRONG, sum(row[WRONG] for row in rows.values()), 0),
    ]
    print(report)
    if not options.dry:
        report.save()


if __name__ == "__main__":
    main()
