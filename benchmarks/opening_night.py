"""A popular show goes on sale: all come at once, half of them buy; beside the textbook's night.

`python -m benchmarks.opening_night` takes some ten minutes; its options make it shorter. Visitors
come evenly within ten seconds, each from an address of its own. Each opens the page of the show and
then its live map; every second one holds the best two seats at once, and books them at once. Seats
are for four fifths of those. Front Row and the textbook run as two processes behind the same nginx,
with PostgreSQL, Redis and the load on the same cores.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus

from benchmarks import plot
from benchmarks.deployment import infrastructure
from benchmarks.measuring import PATIENCE_SECONDS
from benchmarks.processes import CORES, listening, usage
from benchmarks.report import Report, Table, Target
from benchmarks.servers import ROW
from benchmarks.sites import FrontRowSite, Site, TextbookSite
from benchmarks.turns import in_turns
from benchmarks.visiting import Visit, Visitors
from benchmarks.watching import allow_open_files
from deploy.services import Services

OURS = "Front Row"
SITES: dict[str, Callable[[Services], Site]] = {OURS: FrontRowSite, "textbook": TextbookSite}
VISITORS = (500, 2000, 5000)
# Of more it serves next to nobody.
MOST_OF_TEXTBOOK = 2000
SECONDS = 10.0
# So that templates are compiled and threads have their connections.
WARM_UP, WARM_UP_SECONDS = 20, 1.0
STEPS = {"page": "page", "live map": "socket", "hold": "hold", "booking": "book"}
P50, P99 = "p50 s", "p99 s"
# Of the slowest hundredth, in seconds.
LONGEST = {
    2000: {f"page {P99}": 1.5, f"live map {P99}": 2.5, f"hold {P99}": 1.5},
    5000: {f"page {P99}": 4.0},
}

FAILED = "errors or no answer"
PUT_OFF = "asked to come again (503)"
REFUSED = "refused otherwise"
SOLD_OUT = "told that it is sold out"
SOLD, UNSOLD = "seats sold", "seats left"
WRONG_MAPS, CUT_OFF = "wrong maps", "maps cut off"
WEB, NGINX, BEHIND, LOAD = "web CPU-s", "nginx CPU-s", "PostgreSQL and Redis CPU-s", "load CPU-s"
LATE = "load late at most, s"
FAULTS = "faults in the books"
NO_ENDING = (0, "?")
# What must not happen in any turn.
NEVER = (FAILED, PUT_OFF, REFUSED, UNSOLD, WRONG_MAPS, CUT_OFF, FAULTS)

Row = dict[str, float]


def seats_for(visitors: int) -> int:
    """Return how many seats a show has that so many come to, in whole rows."""
    return max(1, visitors * 4 // 5 // ROW) * ROW


def evening(kind: Callable[[Services], Site], given: Services, visitors: int) -> Row:
    """Start a site, let a few people come, and then so many."""
    with kind(given) as site:
        night(site, given, visitors=WARM_UP, over=WARM_UP_SECONDS)
        return night(site, given, visitors=visitors, over=SECONDS)


def night(site: Site, given: Services, *, visitors: int, over: float) -> Row:
    """Open a show to so many visitors, and return how that went."""
    seats = seats_for(visitors)
    show_id = site.server.new_show(seats)
    script = site.opened(show_id, buyers=-(-visitors // 2))
    behind = [listening(given.database_url), listening(given.redis_url)]
    before = costs(site, behind)
    with Visitors(script, port=site.nginx.port, count=visitors, over=over) as all_of_them:
        ending = site.ending(show_id)
        seen = all_of_them.until(*(ending or NO_ENDING), within=PATIENCE_SECONDS)
    used = {what: cost - before[what] for what, cost in costs(site, behind).items()}
    sold = site.server.sold(show_id)
    faults = site.server.faults(show_id, sold)
    tell(f"{site.name}, {visitors:,} visitors", seen, faults)
    row = {**times(seen), **outcomes(seen), SOLD: sold, UNSOLD: seats - sold, FAULTS: len(faults)}
    if ending:
        row |= {WRONG_MAPS: seen.wrong_maps + seen.gaps, CUT_OFF: seen.lost_sockets}
    return row | used | {LOAD: seen.cpu_seconds, LATE: seen.late / 1000}


def costs(site: Site, behind: Sequence[int]) -> Row:
    """Return the seconds of CPU that each part of a site has used."""
    assert site.nginx.process
    return {
        WEB: site.server.usage().cpu_seconds,
        NGINX: usage(site.nginx.process.pid).cpu_seconds,
        BEHIND: usage(*behind).cpu_seconds,
    }


def times(seen: Visit) -> Row:
    """Return how long each step took, the live map from the visitor's coming on."""
    steps = {what: seen.steps[name] for what, name in STEPS.items()}
    return {
        **{f"{what} {P50}": step.p50 / 1000 for what, step in steps.items()},
        **{f"{what} {P99}": step.p99 / 1000 for what, step in steps.items()},
    }


def outcomes(seen: Visit) -> Row:
    """Return how many got no answer, and how many were refused."""
    sold_out = seen.steps["hold"].statuses.get(HTTPStatus.CONFLICT, 0)
    refused = sum(step.refusals for step in seen.steps.values())
    return {
        FAILED: sum(step.failures for step in seen.steps.values()),
        PUT_OFF: sum(step.put_off for step in seen.steps.values()),
        SOLD_OUT: sold_out,
        REFUSED: refused - sold_out,
    }


def tell(name: str, seen: Visit, faults: Sequence[str]) -> None:
    """Say what a turn met, of which the report has the sums."""
    for what, step in seen.steps.items():
        print(
            f"{name}: {what} {dict(step.statuses)} {dict(step.codes)}, "
            f"{step.closed} cut off, {step.gave_up} gave up"
        )
    for fault in faults:
        print(fault)


def main() -> None:
    """Measure, print, and keep the report and its picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening_night", description=__doc__)
    parser.add_argument("--visitors", type=int, nargs="+", default=VISITORS)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each site")
    parser.add_argument("--alone", action="store_true", help="leave the textbook out")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    options = parser.parse_args()
    allow_open_files(3 * max(options.visitors))
    report = Report("opening_night", "make bench-opening_night")
    report.conditions["throttles"] = "on for Front Row; the textbook has none"
    with infrastructure(*CORES) as given:
        for visitors in options.visitors:
            alone = options.alone or visitors > MOST_OF_TEXTBOOK
            turns = {
                name: partial(evening, kind, given, visitors)
                for name, kind in SITES.items()
                if not alone or kind is FrontRowSite
            }
            rows = in_turns(turns, rounds=options.rounds, always=NEVER)
            title = f"{visitors:,} visitors in {SECONDS:g} seconds, {seats_for(visitors):,} seats"
            report.tables.append(Table(title, rows))
            report.targets += targets(visitors, rows[OURS])
            if not options.dry:
                report.save()
    print(report)
    if not options.dry:
        draw(report)


def targets(visitors: int, ours: Row) -> list[Target]:
    """Return what was to be reached, and what was."""
    return [
        *(Target(f"{visitors:,} visitors: {what}", ours[what], 0) for what in NEVER),
        *(
            Target(f"{visitors:,} visitors: {what}", ours[what], bound)
            for what, bound in LONGEST.get(visitors, {}).items()
        ),
    ]


def draw(report: Report) -> None:
    """Draw how long the slowest hundredth waited, beside the textbook's."""
    steps = {what: f"{what} {P99}" for what in STEPS}
    rows = {
        f"{what}, {table.title.partition(' visitors')[0]} visitors": {
            name: row[column] for name, row in table.rows.items()
        }
        for what, column in steps.items()
        for table in report.tables
    }
    plot.bars(
        file="opening_night.svg",
        title="Opening night: what the slowest hundredth of the visitors waited",
        unit="seconds",
        rows=rows,
    )


if __name__ == "__main__":
    main()
