"""Thousands of sockets that join within seconds, as after the end of a server process.

`python -m benchmarks.join` opens 5,000 sockets evenly over ten seconds, three times: new visitors,
watchers of another process that ended, and watchers of this one after its restart. Each must get
the seat map, or only what it misses, and the database must hardly notice.
"""

import argparse
import time
from typing import Any

from django.db import connection

from benchmarks.deployment import infrastructure
from benchmarks.measuring import PATIENCE_SECONDS, publish_evenly
from benchmarks.processes import OTHER_CORE, pinned
from benchmarks.publishing import SEATS
from benchmarks.report import Report, Table, Target
from benchmarks.subjects import FrontRow
from benchmarks.watching import Stamps, Watchers, allow_open_files

MISSED = 40
# PostgreSQL has counted what a connection read when that was idle for ten seconds. What a server
# reads as it starts is counted before.
COUNTED_AFTER_SECONDS = 11
# Of one process; none where its room is open already.
MOST_READS = 1

JOINED, WRONG = "joined", "lost, doubled or out of order"
P50, P99, LONGEST = "p50 ms", "p99 ms", "longest ms"
CPU = "CPU-ms per join"
READS = "reads of the show's seats"
FRESH, RESUMED, RESTARTED = "new visitors", "back from another process", "back after a restart"

Row = dict[str, float]


def joined(subject: FrontRow, stamps: Stamps, options: argparse.Namespace, query: str = "") -> Row:
    """Let the crowd join, tell it of one more change, and return how that went."""
    watchers = Watchers(
        port=subject.port,
        path=subject.path + query,
        count=options.sockets,
        stamps=stamps,
        greeted=True,
        over=options.over,
    )
    time.sleep(COUNTED_AFTER_SECONDS)
    before, rows = subject.usage(), _rows_read()
    with watchers:
        cost = subject.usage() - before
        time.sleep(COUNTED_AFTER_SECONDS)
        rows = _rows_read() - rows
        subject.publish()
        seen = watchers.until(subject.version, PATIENCE_SECONDS)
        joining = watchers.joining
    return {
        JOINED: joining["joined"] - seen["closed"],
        P50: joining["join_p50_ms"],
        P99: joining["join_p99_ms"],
        LONGEST: joining["join_max_ms"],
        CPU: cost.cpu_seconds * 1000 / options.sockets,
        READS: rows // SEATS,
        WRONG: seen["lost"] + seen["disordered"],
    }


def _rows_read() -> int:
    """Return how many seats of shows were read so far, by all connections."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) "
            "FROM pg_stat_user_tables WHERE relname = 'booking_showseat'"
        )
        counted: Any = cursor.fetchone()
        return int(counted[0])


def measured(subject: FrontRow, stamps: Stamps, options: argparse.Namespace) -> dict[str, Row]:
    """Return how the crowd joins for the first time, from elsewhere, and after a restart."""
    rows = {FRESH: joined(subject, stamps, options)}
    with Watchers(
        port=subject.port, path=subject.path, count=1, stamps=stamps, greeted=True
    ) as watchers:
        since = subject.show.since
        publish_evenly(subject, pace=20, seconds=MISSED / 20)
        watchers.until(subject.version, PATIENCE_SECONDS)
        rows[RESUMED] = joined(subject, stamps, options, since)
    server = subject.deployment.servers[0]
    server.stop()
    server.start()
    rows[RESTARTED] = joined(subject, stamps, options, subject.show.since)
    return rows


def main() -> None:
    """Measure, print, and keep the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.join", description=__doc__)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--over", type=float, default=10, help="seconds in which they connect")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    options = parser.parse_args()
    allow_open_files(options.sockets)
    report = Report("join", "make bench-join")
    with (
        pinned(OTHER_CORE),
        infrastructure() as given,
        Stamps() as stamps,
        FrontRow(given, stamps) as subject,
    ):
        rows = measured(subject, stamps, options)
    title = f"{options.sockets:,} sockets join one show within {options.over:g} seconds"
    report.tables.append(Table(title, rows))
    for who, row in rows.items():
        report.targets += [
            Target(f"{JOINED}: {who}", row[JOINED], options.sockets, at_most=False),
            Target(f"{READS}: {who}", row[READS], MOST_READS),
            Target(f"{WRONG}: {who}", row[WRONG], 0),
        ]
    print(report)
    if not options.dry:
        report.save()


if __name__ == "__main__":
    main()
