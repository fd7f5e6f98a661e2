"""Bookings a second of one hot show, beside the textbook's: `python -m benchmarks.booking`."""

import argparse
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.deployment import infrastructure
from benchmarks.generator import SATURATED, Outcome, post, send
from benchmarks.report import Report, Table, Target, medians
from benchmarks.servers import (
    FrontRow,
    HttpServer,
    textbook_on_daphne,
    textbook_on_gunicorn,
    textbook_with_pool,
)

# So that every user has come once and every thread runs.
WARM_UP = 200
RACE_WARM_UP = 64
# Enough that each stays below the throttle, which is on.
USERS = 100
RATE, CPU, CONNECTIONS = "bookings/s", "web CPU-s per 1,000", "database connections"
FASTER, P50, P99, LOAD = "× textbook", "p50 ms", "p99 ms", "load generator's core"
LAST = "last answer ms"


def main() -> None:
    """Measure, print and keep the figures."""
    given = arguments()
    report = Report("booking", "python -m benchmarks.booking")
    report.conditions["throttles"] = "on"
    with infrastructure() as services:
        rates = measured(
            {
                "textbook": lambda: textbook_on_daphne(services),
                "textbook, pool of 8": lambda: textbook_with_pool(services),
                "textbook, gunicorn with 2 sync workers": lambda: textbook_on_gunicorn(services),
                "Front Row, 1 process": lambda: FrontRow(services),
                "Front Row, 2 processes": lambda: FrontRow(services, processes=2),
            },
            lambda server, _: booked(server, given.bookings, given.clients),
            given.repeats,
        )
        races = measured(
            {
                "textbook": lambda: textbook_on_daphne(services),
                "Front Row, 1 process": lambda: FrontRow(services),
            },
            lambda server, _: raced(server, given.racers),
            given.repeats,
        )
    textbook = rates["textbook"]
    for row in rates.values():
        row[FASTER] = row[RATE] / textbook[RATE]
    report.tables = [
        Table(f"One hot show, {given.clients} clients", rates),
        Table(f"{given.racers} clients want one seat", races),
    ]
    report.targets = targets(rates, races)
    report.save()
    print(report)


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=1000, help="of each server in a repeat")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--racers", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def measured(
    servers: dict[str, Callable[[], Any]],
    measure: Callable[[Any, str], dict[str, float]],
    repeats: int,
) -> dict[str, dict[str, float]]:
    """Return the median figures of each server; they take turns, each started anew every time."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for _ in range(repeats):
        for name, make in servers.items():
            with make() as server:
                runs[name].append(measure(server, name))
    return {name: medians(of_one) for name, of_one in runs.items()}


def booked(server: HttpServer, bookings: int, clients: int) -> dict[str, float]:
    """Book that many seats of a new show one by one, and check the database afterwards."""
    tokens = server.tokens(USERS)
    show_id = server.new_show(-(-(bookings + WARM_UP) // 50) * 50)
    requests = [
        post(
            f"/api/shows/{show_id}/book/",
            {"seat_number": seat_number},
            token=tokens[seat_number % USERS],
        )
        for seat_number in range(1, bookings + WARM_UP + 1)
    ]
    send(requests[:WARM_UP], to=server.ports, clients=clients)
    before = server.usage()
    with connections_counted(server.database) as connections:
        outcome = send(requests[WARM_UP:], to=server.ports, clients=clients)
    used = server.usage() - before
    check(server, show_id, outcome, {201: bookings}, sold=bookings + WARM_UP)
    return {
        RATE: outcome.per_second,
        CPU: used.cpu_seconds / bookings * 1000,
        CONNECTIONS: max(connections),
        P50: outcome.p50,
        P99: outcome.p99,
        LOAD: outcome.generator_load,
    }


def raced(server: HttpServer, racers: int) -> dict[str, float]:
    """Let that many clients ask for one seat at once."""
    tokens = server.tokens(USERS)
    show_id = server.new_show(100)
    path = f"/api/shows/{show_id}/book/"
    warm_up = [post(path, {"seat_number": n}, token=tokens[n]) for n in range(2, 2 + RACE_WARM_UP)]
    send(warm_up, to=server.ports, clients=RACE_WARM_UP)
    requests = [post(path, {"seat_number": 1}, token=tokens[n % USERS]) for n in range(racers)]
    outcome = send(requests, to=server.ports, clients=racers)
    check(server, show_id, outcome, {201: 1, 409: racers - 1}, sold=1 + RACE_WARM_UP)
    return {"winners": outcome.statuses[201], LAST: outcome.longest, P50: outcome.p50}


def check(
    server: HttpServer, show_id: int, outcome: Outcome, expected: dict[int, int], *, sold: int
) -> None:
    """End the benchmark where an answer or the database is not as it must be."""
    faults = server.faults(show_id, sold)
    if outcome.statuses != expected:
        faults.append(f"{server.name} answered {outcome.statuses} instead of {expected}")
    if faults:
        raise SystemExit("\n".join(faults))


@contextmanager
def connections_counted(database: str) -> Iterator[list[int]]:
    """Count, a few times a second, the connections to a database that are not this process's."""
    counts: list[int] = [0]
    over = threading.Event()

    def count() -> None:
        from django.db import connection

        connection.close()  # this process's own, if any; it comes back when it is needed
        with psycopg.connect(database, autocommit=True) as own:
            while not over.wait(0.1):
                [number] = own.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                ).fetchone() or [0]
                counts.append(number)

    from django.db import connection

    connection.close()
    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def targets(rates: dict[str, dict[str, float]], races: dict[str, dict[str, float]]) -> list[Target]:
    """Return what was to be reached, and what was."""
    textbook, ours = rates["textbook"], rates["Front Row, 1 process"]
    two = rates["Front Row, 2 processes"]
    first, last = races["textbook"], races["Front Row, 1 process"]
    return [
        Target("bookings/s, × textbook", ours[RATE] / textbook[RATE], 3, at_most=False),
        Target("bookings/s, × textbook (aim)", ours[RATE] / textbook[RATE], 5, at_most=False),
        Target("web CPU, × textbook", ours[CPU] / textbook[CPU], 0.5),
        Target("connections, × textbook", ours[CONNECTIONS] / textbook[CONNECTIONS], 0.1),
        Target("two processes, × one", two[RATE] / ours[RATE], 1.6, at_most=False),
        Target("race: winners", last["winners"], 1),
        Target("race: last answer, × textbook", last[LAST] / first[LAST], 1 / 3),
        Target("load generator's core", max(row[LOAD] for row in rates.values()), SATURATED),
    ]


if __name__ == "__main__":
    main()
