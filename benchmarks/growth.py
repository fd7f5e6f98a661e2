"""How the cost of a change grows with watchers, processes and shows, and what follows from it.

`python -m benchmarks.growth` runs Front Row on 1, 2 and 4 processes, fits three costs to what it
measured (of a change in each process that has its show, of a delivery, and of a watcher who is just
there), checks them against a run that they were not fitted to, and works out by simulation how many
watchers a process can have.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
import redis

from benchmarks.deployment import Deployment, deployed, infrastructure
from benchmarks.processes import CORES, SERVER_CORE, listening, pinned, usage
from benchmarks.publishing import ChangingShow, through_a_loop
from benchmarks.report import Report, Table, Target
from benchmarks.simulation import SimulatedRoom
from benchmarks.turns import in_turns
from benchmarks.watching import Stamps, Watchers, allow_open_files
from deploy.services import Services

CHANGES_PER_SECOND = 10
SETTLING_SECONDS = 3
PATIENCE_SECONDS = 60

CPU = "CPU-ms a second"
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


def measured(site: Site, given: Services, options: argparse.Namespace) -> dict[str, float]:
    """Return what a change costs at a site, and how long it takes to every watcher."""
    cores = [SERVER_CORE] if site.processes == 1 else CORES
    with ExitStack() as stack:
        shows = [ChangingShow(stack.enter_context(Stamps())) for _ in range(site.shows)]
        stack.enter_context(through_a_loop(shows))
        deployment = stack.enter_context(deployed(*cores, processes=site.processes))
        empty = deployment.usage()
        groups = stack.enter_context(watched(site, deployment, shows))
        time.sleep(SETTLING_SECONDS)
        memory = (deployment.usage() - empty).memory_bytes / 1024 / site.watchers
        turn = partial(_turn, given, deployment, groups, options.seconds)
        [found] = in_turns({str(site): turn}, rounds=options.rounds, always=(WRONG,)).values()
    return {**found, MEMORY: memory}


def _turn(
    given: Services,
    deployment: Deployment,
    groups: Sequence[tuple[ChangingShow, Watchers]],
    seconds: float,
) -> dict[str, float]:
    for _, watchers in groups:
        watchers.tell("measure")
    before, started = _cpu(deployment, given), time.monotonic()
    changes = change_evenly(list(dict.fromkeys(show for show, _ in groups)), seconds)
    seen = [watchers.until(show.version, PATIENCE_SECONDS) for show, watchers in groups]
    took = time.monotonic() - started
    spent = [1000 * (b - a) for a, b in zip(before, _cpu(deployment, given), strict=True)]
    return {
        CPU: spent[0] / took,
        REDIS_CPU: spent[1] / changes,
        POSTGRES_CPU: spent[2] / changes,
        P50: max(each["delivery_p50_ms"] for each in seen),
        P99: max(each["delivery_p99_ms"] for each in seen),
        WRONG: sum(each["lost"] + each["disordered"] for each in seen),
    }


def change_evenly(shows: Sequence[ChangingShow], seconds: float) -> int:
    """Change the shows by turns for so long, and return how many changes that were."""
    start, changes = time.monotonic(), round(CHANGES_PER_SECOND * seconds)
    for number in range(changes):
        shows[number % len(shows)].change()
        time.sleep(max(0, start + (number + 1) / CHANGES_PER_SECOND - time.monotonic()))
    return changes


def _cpu(deployment: Deployment, given: Services) -> tuple[float, float, float]:
    with redis.Redis.from_url(given.redis_url) as client:
        spent = client.info("cpu")
    database = usage(listening(given.database_url))
    return (
        deployment.usage().cpu_seconds,
        spent["used_cpu_sys"] + spent["used_cpu_user"],
        database.cpu_seconds,
    )


@dataclass(frozen=True)
class Costs:
    """Milliseconds of CPU.

    Those of a change in each process that has its show, of a delivery, and of a watcher who is just
    there, for a second.
    """

    change: float
    delivery: float
    watcher: float

    @classmethod
    def fitted(cls, rows: dict[Site, dict[str, float]]) -> "Costs":
        """Return the costs that explain the measured rows best, each row weighed by its size."""
        sizes = np.array([row[CPU] for row in rows.values()])
        terms = np.array([cls._terms(site) for site in rows])
        found, *_ = np.linalg.lstsq(terms / sizes[:, None], np.ones(len(rows)), rcond=None)
        return cls(*map(float, found))

    @staticmethod
    def _terms(site: Site) -> list[float]:
        rate = float(CHANGES_PER_SECOND)
        return [rate * site.processes, rate * site.deliveries, float(site.watchers)]

    def of(self, site: Site) -> float:
        """Return the CPU milliseconds a second of a site's processes together."""
        return float(np.dot(self._terms(site), [self.change, self.delivery, self.watcher]))


def chosen() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each turn")
    parser.add_argument("--rounds", type=int, default=9, help="turns at each site")
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
            rows[site] = measured(site, given, options)
            print(f"{site}: {rows[site]}", file=sys.stderr)
        from realtime.room import REST
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
                "a watcher, each second": {"CPU-µs": 1000 * costs.watcher},
            },
        )
    )
    report.tables.append(SimulatedRoom(costs.change, costs.delivery, 1 + REST).table())
    held_out = rows[HELD_OUT]
    report.targets += [
        Target(
            f"prediction of {HELD_OUT}, off by",
            abs(held_out[PREDICTED] / held_out[CPU] - 1),
            0.25,
        ),
        Target(WRONG, sum(row[WRONG] for row in rows.values()), 0),
    ]
    print(report)
    if not options.dry:
        report.save()


if __name__ == "__main__":
    main()
