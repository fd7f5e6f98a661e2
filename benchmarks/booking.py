"""Bookings a second of one hot show, beside the textbook's: `python -m benchmarks.booking`."""

import argparse
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import cycle

from benchmarks.deployment import infrastructure
from benchmarks.generator import SATURATED, Outcome, post, send
from benchmarks.processes import CORES, listening, usage
from benchmarks.report import Report, Table, Target
from benchmarks.servers import (
    FrontRow,
    HttpServer,
    textbook_on_daphne,
    textbook_on_gunicorn,
    textbook_with_pool,
)
from benchmarks.turns import in_turns

# So that every client's user has come once and every thread runs.
WARM_UP = 200
RACE_WARM_UP = 64
# In a race; else every client is a user. So each stays below the throttle, which is on.
USERS = 100
RATE, CPU, CONNECTIONS = "bookings/s", "web CPU-s per 1,000", "database connections"
BEHIND = "PostgreSQL and Redis CPU-s per 1,000"
FASTER, P50, P99, LOAD = "× textbook", "p50 ms", "p99 ms", "load generator's core"
WINNERS, LAST = "winners", "last answer ms"
TEXTBOOK, ONE, TWO = "textbook", "Front Row, 1 process", "Front Row, 2 processes"
STRANGERS = "Front Row, 1 process, each booking by another user"

BOTH_FULL = "both fill one core: docs/benchmarks.md, What a booking costs"


def main() -> None:
    """Measure, print and keep the figures."""
    given = arguments()
    report = Report("booking", "make bench-booking")
    report.conditions["throttles"] = "on"
    with infrastructure() as services, ExitStack() as stack:
        servers: dict[str, HttpServer] = {
            TEXTBOOK: stack.enter_context(textbook_on_daphne(services)),
            "textbook, pool of 8": stack.enter_context(textbook_with_pool(services)),
            "textbook, gunicorn with 2 sync workers": stack.enter_context(
                textbook_on_gunicorn(services)
            ),
            ONE: stack.enter_context(FrontRow(services)),
            TWO: stack.enter_context(FrontRow(services, processes=2)),
        }
        behind = [listening(services.database_url), listening(services.redis_url)]
        crowds = {name: Crowd(server, given.clients, behind) for name, server in servers.items()}
        turns = {name: partial(crowd.books, given.bookings) for name, crowd in crowds.items()}
        turns[STRANGERS] = partial(crowds[ONE].books, given.bookings, strangers=True)
        rates = in_turns(turns, rounds=given.rounds, always=(CONNECTIONS,))
        races = in_turns(
            {name: partial(crowds[name].races, given.racers) for name in (TEXTBOOK, ONE)},
            rounds=given.races,
        )
    for row in rates.values():
        row[FASTER] = row[RATE] / rates[TEXTBOOK][RATE]
    report.tables = [
        Table(f"One hot show, {given.clients} clients", rates),
        Table(f"{given.racers} clients want one seat", races),
    ]
    report.targets = targets(rates, races)
    print(report)
    if not given.dry:
        report.save()


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.booking", description=__doc__)
    parser.add_argument("--bookings", type=int, default=300, help="of each server in a turn")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each server")
    parser.add_argument("--racers", type=int, default=200)
    parser.add_argument("--races", type=int, default=6, help="turns of each server")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


class Crowd:
    """A server's users, who have all come once, and what they do."""

    def __init__(self, server: HttpServer, clients: int, behind: Sequence[int]) -> None:
        self._server = server
        self._clients = clients
        self._behind = behind
        self._tokens = server.tokens(USERS)
        # Each client is one user.
        self._regulars = self._tokens[:clients]
        self._book(WARM_UP, self._regulars)

    def books(self, bookings: int, *, strangers: bool = False) -> dict[str, float]:
        """Book that many seats of a new show one by one, and check the database afterwards.

        Strangers have not come before, and each of them books once.
        """
        tokens = self._server.tokens(bookings) if strangers else self._regulars
        before, behind = self._server.usage(), usage(*self._behind)
        with connections_counted(self._server) as connections:
            outcome = self._book(bookings, tokens)
        return {
            RATE: outcome.per_second,
            CPU: (self._server.usage() - before).cpu_seconds / bookings * 1000,
            BEHIND: (usage(*self._behind) - behind).cpu_seconds / bookings * 1000,
            CONNECTIONS: max(connections),
            P50: outcome.p50,
            P99: outcome.p99,
            LOAD: outcome.generator_load,
        }

    def _book(self, bookings: int, tokens: Sequence[str]) -> Outcome:
        show_id = self._server.new_show(-(-bookings // 50) * 50)
        requests = [
            self._request(show_id, number, tokens[number % len(tokens)])
            for number in range(1, bookings + 1)
        ]
        outcome = send(requests, to=self._server.ports, clients=self._clients)
        check(self._server, show_id, outcome, {201: bookings}, sold=bookings)
        return outcome

    def _request(self, show_id: int, seat_number: int, token: str) -> bytes:
        return post(f"/api/shows/{show_id}/book/", {"seat_number": seat_number}, token=token)

    def races(self, racers: int) -> dict[str, float]:
        """Let that many clients ask for one seat at once."""
        show_id = self._server.new_show(100)
        tokens = cycle(self._tokens)
        seats = range(2, 2 + RACE_WARM_UP)
        warm_up = [self._request(show_id, seat_number, next(tokens)) for seat_number in seats]
        send(warm_up, to=self._server.ports, clients=RACE_WARM_UP)
        requests = [self._request(show_id, 1, next(tokens)) for _ in range(racers)]
        outcome = send(requests, to=self._server.ports, clients=racers)
        expected = {201: 1, 409: racers - 1}
        check(self._server, show_id, outcome, expected, sold=1 + RACE_WARM_UP)
        return {WINNERS: outcome.statuses[201], LAST: outcome.longest, P50: outcome.p50}


@contextmanager
def connections_counted(server: HttpServer) -> Iterator[list[int]]:
    """Count, a few times a second, a server's connections to its database."""
    counts: list[int] = [0]
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.2):
            counts.append(server.connections())

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def check(
    server: HttpServer, show_id: int, outcome: Outcome, expected: dict[int, int], *, sold: int
) -> None:
    """End the benchmark where an answer or the database is not as it must be."""
    faults = server.faults(show_id, sold)
    if outcome.statuses != expected:
        faults.append(f"{server.name} answered {outcome.statuses} instead of {expected}")
    if faults:
        raise SystemExit("\n".join(faults))


def targets(rates: dict[str, dict[str, float]], races: dict[str, dict[str, float]]) -> list[Target]:
    """Return what was to be reached, and what was."""
    textbook, ours, two = rates[TEXTBOOK], rates[ONE], rates[TWO]
    first, last = races[TEXTBOOK], races[ONE]
    whole = (ours[CPU] + ours[BEHIND]) / 1000
    most = len(CORES) / whole / ours[RATE]
    return [
        Target(
            "bookings/s, × textbook", ours[RATE] / textbook[RATE], 3, at_most=False, note=BOTH_FULL
        ),
        Target("web CPU, × textbook", ours[CPU] / textbook[CPU], 0.5),
        Target("connections, × textbook", ours[CONNECTIONS] / textbook[CONNECTIONS], 0.1),
        Target(
            "two processes, × one",
            two[RATE] / ours[RATE],
            1.6,
            at_most=False,
            note=f"{len(CORES)} cores hold {most:.2f} times as much, PostgreSQL and Redis included",
        ),
        Target("race: winners", last[WINNERS], 1),
        Target("race: last answer, × textbook", last[LAST] / first[LAST], 1 / 3, note=BOTH_FULL),
        Target("load generator's core", max(row[LOAD] for row in rates.values()), SATURATED),
    ]


if __name__ == "__main__":
    main()
