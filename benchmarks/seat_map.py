"""Seat maps a second, beside a ModelSerializer's list: `python -m benchmarks.seat_map`."""

import argparse
from collections.abc import Sequence

from benchmarks.booking import LOAD, P50, P99, check, measured
from benchmarks.deployment import infrastructure
from benchmarks.generator import SATURATED, get, send
from benchmarks.report import Report, Table, Target
from benchmarks.servers import FrontRow, HttpServer, textbook_on_daphne

# Behind one trusted proxy each of these addresses is a client, and stays below the throttle.
ADDRESSES = 60_000
RATE, BYTES, CPU = "requests/s", "bytes", "web CPU-ms a request"
TEXTBOOK, OURS, UNCHANGED = "ModelSerializer", "Front Row", "Front Row, unchanged (304)"


def main() -> None:
    """Measure, print and keep the figures."""
    given = arguments()
    report = Report("seat_map", "python -m benchmarks.seat_map")
    report.conditions["throttles"] = "on for Front Row; the textbook has none"
    with infrastructure() as services:
        for seats in given.seats:
            rows = measured(
                {
                    TEXTBOOK: lambda: textbook_on_daphne(services),
                    OURS: lambda: FrontRow(services, proxies=1),
                    UNCHANGED: lambda: FrontRow(services, proxies=1),
                },
                lambda server, name, seats=seats: read(
                    server, seats, given.clients, given.seconds, unchanged=name == UNCHANGED
                ),
                given.repeats,
            )
            report.tables.append(Table(f"{seats} seats, {given.clients} clients", rows))
            report.targets += targets(seats, rows)
    report.save()
    print(report)


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, nargs="+", default=[300, 5000])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def read(
    server: HttpServer, seats: int, clients: int, seconds: float, *, unchanged: bool
) -> dict[str, float]:
    """Read the seat map of a new show for so many seconds."""
    show_id = server.new_show(seats)
    requests = asked(f"/api/shows/{show_id}/seats/", unchanged=unchanged)
    # The first ones let a room open and learn.
    for _ in range(3):
        send(requests[:clients], to=server.ports, clients=clients, seconds=0.3)
    before = server.usage()
    outcome = send(requests, to=server.ports, clients=clients, seconds=seconds)
    used = server.usage() - before
    status = 304 if unchanged else 200
    check(server, show_id, outcome, {status: outcome.answers}, sold=0)
    return {
        RATE: outcome.per_second,
        BYTES: outcome.body_bytes / outcome.answers,
        CPU: used.cpu_seconds / outcome.answers * 1000,
        P50: outcome.p50,
        P99: outcome.p99,
        LOAD: outcome.generator_load,
    }


def asked(path: str, *, unchanged: bool) -> Sequence[bytes]:
    """Return a request of each address."""
    known = {"If_None_Match": '"0"'} if unchanged else {}
    return [
        get(path, X_Forwarded_For=f"198.18.{number >> 8}.{number & 255}", **known)
        for number in range(ADDRESSES)
    ]


def targets(seats: int, rows: dict[str, dict[str, float]]) -> list[Target]:
    """Return what was to be reached, and what was."""
    textbook, ours, unchanged = rows[TEXTBOOK], rows[OURS], rows[UNCHANGED]
    return [
        Target(f"{seats} seats: requests/s, ×", ours[RATE] / textbook[RATE], 15, at_most=False),
        Target(f"{seats} seats: bytes, ×", ours[BYTES] / textbook[BYTES], 1 / 50),
        Target(f"{seats} seats: 304s/s, ×", unchanged[RATE] / textbook[RATE], 15, at_most=False),
        Target("load generator's core", max(row[LOAD] for row in rows.values()), SATURATED),
    ]


if __name__ == "__main__":
    main()
