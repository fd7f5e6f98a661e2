"""Seat maps a second, beside a ModelSerializer's, and pages: `python -m benchmarks.seat_map`."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from urllib.request import urlopen

from benchmarks.booking import LOAD, P50, P99, check
from benchmarks.deployment import infrastructure
from benchmarks.generator import SATURATED, get, send
from benchmarks.report import Report, Table, Target
from benchmarks.servers import FrontRow, HttpServer, textbook_on_daphne
from benchmarks.turns import in_turns

# Behind one trusted proxy each of these addresses is a client, and stays below the throttle.
ADDRESSES = 60_000
RATE, BYTES, CPU = "requests/s", "bytes", "web CPU-ms a request"
# A page of thousands of seats takes long enough that more would have to wait too long for a thread.
PAGE_CLIENTS = 8
SEAT_MAP, PAGE = "/api/shows/{}/seats/", "/shows/{}/"
TEXTBOOK, OURS, UNCHANGED = "ModelSerializer", "Front Row", "Front Row, unchanged (304)"


def main() -> None:
    """Measure, print and keep the figures."""
    given = arguments()
    report = Report("seat_map", "make bench-seat_map")
    report.conditions["throttles"] = "on for Front Row; the textbook has none"
    with infrastructure() as services, ExitStack() as stack:
        textbook = stack.enter_context(textbook_on_daphne(services))
        front_row = stack.enter_context(FrontRow(services, proxies=1))
        servers = {TEXTBOOK: textbook, OURS: front_row, UNCHANGED: front_row}
        for seats in given.seats:
            readers = {
                name: Readers(server, seats, unchanged=name == UNCHANGED, clients=given.clients)
                for name, server in servers.items()
            }
            rows = in_turns(
                {name: partial(crowd.read, given.seconds) for name, crowd in readers.items()},
                rounds=given.rounds,
            )
            report.tables.append(Table(f"{seats} seats, {given.clients} clients", rows))
            report.targets += targets(seats, rows)
        pages = {
            f"{seats} seats": partial(
                Readers(front_row, seats, path=PAGE, clients=PAGE_CLIENTS).read, given.seconds
            )
            for seats in given.seats
        }
        report.tables.append(
            Table(
                f"Front Row's page of a show, {PAGE_CLIENTS} clients",
                in_turns(pages, rounds=given.rounds),
            )
        )
    print(report)
    if not given.dry:
        report.save()


def arguments() -> argparse.Namespace:
    """Read the sizes of the run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seat_map", description=__doc__)
    parser.add_argument("--seats", type=int, nargs="+", default=[300, 5000])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each turn")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each")
    parser.add_argument("--dry", action="store_true", help="print, and keep nothing")
    return parser.parse_args()


class Readers:
    """Clients that read the seat map of a show of their own, or another path of it."""

    def __init__(
        self,
        server: HttpServer,
        seats: int,
        *,
        clients: int,
        path: str = SEAT_MAP,
        unchanged: bool = False,
    ) -> None:
        self._server = server
        self._status = 304 if unchanged else 200
        self._clients = clients
        self._show_id = server.new_show(seats)
        path = path.format(self._show_id)
        self._requests = asked(path, known=self._etag(path) if unchanged else None)
        self._warmed = 0

    def _etag(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self._server.ports[0]}{path}") as answer:
            return str(answer.headers["ETag"])

    def read(self, seconds: float) -> dict[str, float]:
        """Read it for so many seconds."""
        # A room that nobody visits for a while closes: the first ones let it open and learn.
        for _ in range(3):
            # One after the other, since what is given up stays in the server's queue, and from
            # other addresses each time, since few that come again and again would be throttled.
            first = self._requests[self._warmed :][: self._clients]
            self._warmed += self._clients
            send(first, to=self._server.ports, clients=1, seconds=0.3)
        before = self._server.usage()
        outcome = send(
            self._requests, to=self._server.ports, clients=self._clients, seconds=seconds
        )
        used = self._server.usage() - before
        check(self._server, self._show_id, outcome, {self._status: outcome.answers}, sold=0)
        return {
            RATE: outcome.per_second,
            BYTES: outcome.body_bytes / outcome.answers,
            CPU: used.cpu_seconds / outcome.answers * 1000,
            P50: outcome.p50,
            P99: outcome.p99,
            LOAD: outcome.generator_load,
        }


def asked(path: str, *, known: str | None) -> Sequence[bytes]:
    """Return a request of each address; `known` is the ETag of what it has."""
    condition = {} if known is None else {"If_None_Match": known}
    return [
        get(path, X_Forwarded_For=f"198.18.{number >> 8}.{number & 255}", **condition)
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
