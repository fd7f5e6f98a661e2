"""What reading costs after a year of work: `python -m benchmarks.year`.

Every page, resource of the API and list of the admin is read, first beside a little data and then
beside a year's (`box_office.py`): in how many queries, how long the slowest takes, whether a big
table is read whole, and how much CPU the web process needs. Then the books of all shows are
audited.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache, partial
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from benchmarks.deployment import Deployment, deployed, infrastructure
from benchmarks.processes import OTHER_CORE, SERVER_CORE, pinned
from benchmarks.report import Figures, Report, Table, Target
from benchmarks.turns import in_turns

if TYPE_CHECKING:
    from tests.readings import Cinema, Reading

CPU, QUERIES, BEFORE = "web CPU-ms", "queries", "queries beside little data"
SLOWEST, WHOLE = "slowest statement, ms", "big tables read whole"
MOST_CPU_MS = 100
BIG_TABLE_ROWS = 10_000
DEAREST = 12
AUDITED = re.compile(r"Shows audited: (\d+). Faults: (\d+).")


def main() -> None:
    """Fill a database, measure, print and keep the figures."""
    given = arguments()
    report = Report("year", "make bench-year")
    report.conditions["throttles"] = "off"
    os.environ["STAGE"] = "true"
    with infrastructure():
        from django.utils import timezone

        from benchmarks.box_office import BoxOffice, Size
        from booking.models import Show

        if Show.objects.exists():
            raise SystemExit("A year of work goes into a database without shows.")
        office = BoxOffice(timezone.now())
        little = office.fill(Size(6, 3, bookings=150, entries=1_500, users=30))
        before = {name: row[QUERIES] for name, row in statements(little).items()}
        started = time.monotonic()
        cinema = office.fill(Size(given.shows, 84, given.bookings, given.entries, given.users))
        print(f"filled in {time.monotonic() - started:.0f} s", file=sys.stderr)
        rows = statements(cinema, tell=True)
        costs = read_in_turns(cinema, given)
        audit = audited()
    for name, row in rows.items():
        row |= costs[name]
        if name in before:
            row[BEFORE] = before[name]
    dearest = sorted(rows, key=lambda name: rows[name][CPU], reverse=True)[:DEAREST]
    report.tables = [
        Table("What costs the most to read", {name: rows[name] for name in dearest}),
        Table("The audit of all shows", {"manage.py auditshows": audit}),
        Table("Everything", rows),
    ]
    report.targets = targets(rows, audit)
    print(report)
    if not given.dry:
        report.save()


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    parser.add_argument("--shows", type=int, default=2_000, help="past ones")
    parser.add_argument("--bookings", type=int, default=50_000)
    parser.add_argument("--entries", type=int, default=3_000_000, help="of the logs")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=10, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


def targets(rows: dict[str, dict[str, float]], audit: Figures) -> list[Target]:
    """Return what was to be reached, and what was."""
    return [
        Target("web CPU-ms of the dearest", max(row[CPU] for row in rows.values()), MOST_CPU_MS),
        Target("readings that take more queries", sum(map(grew, rows.values())), 0),
        Target("faults in the books", audit["faults"], 0),
    ]


def grew(row: Figures) -> bool:
    return BEFORE in row and row[QUERIES] > row[BEFORE]


def statements(cinema: "Cinema", *, tell: bool = False) -> dict[str, dict[str, float]]:
    """Return what each reading that is answered asks of the database, by its name."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with connection.cursor() as cursor:
        # As PostgreSQL does by itself, some time after; it may be at it, and is waited for.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET lock_timeout")
    client, big, rows = cache(cinema.client), big_tables(), {}
    for reading in cinema.readings():
        client(reading.reader).get(reading.path)  # some is kept in memory from now on
        with CaptureQueriesContext(connection) as queries:
            answer = client(reading.reader).get(reading.path)
        if answer.status_code != HTTPStatus.OK:
            continue
        asked = queries.captured_queries
        whole = [
            (one["sql"], read & big) for one in asked if (read := read_whole(one["sql"])) & big
        ]
        for sql, tables in whole if tell else ():
            print(f"{reading} reads {', '.join(tables)}: {sql[:1000]}", file=sys.stderr)
        rows[str(reading)] = {
            QUERIES: len(asked),
            SLOWEST: max((1000 * float(one["time"]) for one in asked), default=0),
            WHOLE: len(whole),
        }
    return rows


def big_tables() -> set[str]:
    """Return the tables with many rows, as of the last VACUUM ANALYZE."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples > %s", [BIG_TABLE_ROWS])
        return {name for (name,) in cursor.fetchall()}


def read_whole(sql: str) -> set[str]:
    """Return the tables that a statement reads from end to end, by its plan."""
    from django.db import connection

    if not sql.startswith("SELECT"):
        return set()  # the hot statements, which are planned once (foundation/db/statements.py)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        [(plan,)] = cursor.fetchall()
    found = json.loads(plan) if isinstance(plan, str) else plan
    return {node["Relation Name"] for node in nodes(found[0]["Plan"]) if "Seq" in node["Node Type"]}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a node of a plan, and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def read_in_turns(cinema: "Cinema", given: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return what each reading costs a web process, by its name."""
    with deployed(SERVER_CORE, env={"THROTTLES": "false"}) as site, pinned(OTHER_CORE):
        reader = Reader(site, cinema)
        turns = {
            str(reading): partial(reader.read, reading, given.requests)
            for reading in cinema.readings()
        }
        for turn in turns.values():
            turn()
        return in_turns(turns, rounds=given.rounds)


class Reader:
    """Somebody who reads what a server has, again and again."""

    def __init__(self, site: Deployment, cinema: "Cinema") -> None:
        self._site = site
        self._connection = HTTPConnection("127.0.0.1", site.servers[0].port)
        self._client = cache(cinema.client)

    def read(self, reading: "Reading", times: int) -> dict[str, float]:
        """Read it so many times."""
        client = self._client(reading.reader)
        headers = {"Cookie": client.cookies.output(attrs=[], header="", sep=";")}
        if token := client.defaults.get("HTTP_AUTHORIZATION"):
            headers["Authorization"] = str(token)
        before = self._site.usage()
        for _ in range(times):
            self._connection.request("GET", reading.path, headers=headers)
            self._connection.getresponse().read()
        used = self._site.usage() - before
        return {CPU: used.cpu_seconds / times * 1000}


def audited() -> dict[str, float]:
    """Audit the books of all shows, and return what that took."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "auditshows"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = AUDITED.search(process.stdout.read())
    _, _, used = os.wait4(process.pid, 0)
    assert said is not None
    return {
        "shows": int(said[1]),
        "faults": int(said[2]),
        "CPU-s": used.ru_utime + used.ru_stime,
        "s": time.monotonic() - started,
        "MiB at most": used.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
