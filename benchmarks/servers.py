"""Servers that answer HTTP: Front Row as it is deployed, and the textbook on stock servers."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import psycopg

from benchmarks.deployment import deployed
from benchmarks.processes import OTHER_CORE, SERVER_CORE, Usage, connections, pinned, usage
from booking.rules import LONGEST_PLAN
from deploy.servers import STOP_SECONDS, free_port
from deploy.services import Services

START_SECONDS = 30
ROW = 50
TEXTBOOK = "benchmarks.peers.textbook"


class HttpServer:
    """A server on the server's core, with a database and, where it needs them, shows and users."""

    name: str
    database: str
    ports: list[int]

    @property
    def pids(self) -> list[int]:
        """The ids of the web processes; their children count, too."""
        raise NotImplementedError

    def usage(self) -> Usage:
        """Return what the web processes use."""
        return usage(*self.pids)

    def connections(self) -> int:
        """Return how many connections to the database the web processes have."""
        return connections(self.database, *self.pids)

    def new_show(self, seats: int) -> int:
        """Return the id of a new show with so many seats, all of them free."""
        raise NotImplementedError

    def tokens(self, users: int) -> list[str]:
        """Return access tokens of so many users."""
        raise NotImplementedError

    def sold(self, show_id: int) -> int:
        """Return how many seats of a show are sold."""
        raise NotImplementedError

    def faults(self, show_id: int, sold: int) -> list[str]:
        """Return what the database says of a show that is wrong after so many sales."""
        found = self.sold(show_id)
        return [] if found == sold else [f"{self.name}: {found} sold by {sold} answers of success"]


class FrontRow(HttpServer):
    """The product as it is deployed, by one process on the server's core, or two on two."""

    def __init__(self, given: Services, *, processes: int = 1, proxies: int = 0) -> None:
        self.name = f"Front Row, {processes} process{'es' if processes > 1 else ''}"
        self.database = given.database_url
        self._processes = processes
        self._env = {"TRUSTED_PROXIES": str(proxies)}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        cores = [SERVER_CORE, OTHER_CORE][: self._processes]
        self._deployments = [
            self._stack.enter_context(deployed(core, env=self._env)) for core in cores
        ]
        self.ports = [one.port for each in self._deployments for one in each.servers]
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def pids(self) -> list[int]:
        return [pid for each in self._deployments for pid in each.pids]

    def new_show(self, seats: int) -> int:
        from django.utils import timezone

        from booking.services.auditoriums import create_auditorium
        from booking.services.shows import create_show
        from tests import factories

        row = max(ROW, seats // LONGEST_PLAN)
        plan = "\n".join(["S" * row] * (seats // row))
        show = create_show(
            movie=factories.movie(),
            auditorium=create_auditorium(name=f"Hall {time.time_ns()}", plan=plan),
            starts_at=timezone.now() + timedelta(days=1),
            price=Decimal("12.50"),
            premium_surcharge=Decimal(3),
        )
        return int(show.pk)

    def users(self, count: int) -> list[Any]:
        """Return so many new users."""
        from django.contrib.auth import get_user_model

        accounts = [get_user_model()(username=f"b{time.time_ns()}-{n}") for n in range(count)]
        return get_user_model().objects.bulk_create(accounts)

    def tokens(self, users: int) -> list[str]:
        from rest_framework_simplejwt.tokens import AccessToken

        return [str(AccessToken.for_user(account)) for account in self.users(users)]

    def sold(self, show_id: int) -> int:
        from booking.models import Ticket

        return Ticket.objects.filter(show_id=show_id, cancelled_at=None).count()

    def faults(self, show_id: int, sold: int) -> list[str]:
        from unittest import TestCase

        from tests.ledger import check_books

        found = super().faults(show_id, sold)
        try:
            check_books(TestCase(), show_id)
        except AssertionError as error:
            found.append(f"{self.name}: {error}")
        return found


@dataclass
class Textbook(HttpServer):
    """The textbook endpoint on one of the servers that people run it on."""

    name: str
    given: Services
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    processes: int = 1
    cores: Sequence[int] = (SERVER_CORE,)
    database: str = field(init=False)
    ports: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.database = self.given.database_url.rsplit("/", 1)[0] + "/textbook"
        with psycopg.connect(self.given.database_url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'textbook'")
            if found.fetchone() is None:
                connection.execute("CREATE DATABASE textbook")
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": f"{TEXTBOOK}.settings",
            "TEXTBOOK_DATABASE_URL": self.database,
            **self.environment,
        }

    def __enter__(self) -> Self:
        # At once, since there may be none left for us when many have come.
        self._connection = psycopg.connect(self.database, autocommit=True)
        self.ports, self._started = [], []
        with tempfile.NamedTemporaryFile(delete=False) as log, pinned(*self.cores):
            self._log = Path(log.name)
            for _ in range(self.processes):
                self.ports.append(free_port())
                command = [part.format(port=self.ports[-1]) for part in self.command]
                self._started.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *command],
                        env=self._environment,
                        stdout=log,
                        stderr=log,
                    )
                )
        deadline = time.monotonic() + START_SECONDS
        while not all(map(self._answers, self.ports)):
            ended = any(process.poll() is not None for process in self._started)
            if ended or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"{self.name} did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *exc: object) -> None:
        for process in self._started:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.unlink()
        self._connection.close()

    def _answers(self, port: int) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._started]

    def new_show(self, seats: int) -> int:
        return int(self._prepare(0, seats)["shows"][0])

    def tokens(self, users: int) -> list[str]:
        tokens: list[str] = self._prepare(users)["tokens"]
        return tokens

    def log_in(self, users: int, *, prefix: str) -> None:
        """Log so many users in, as benchmarks/sessions.py does."""
        self._prepare(users, options=["--sessions", prefix])

    def _prepare(self, users: int, *capacities: int, options: Sequence[str] = ()) -> dict[str, Any]:
        arguments = [str(users), *map(str, capacities), *options]
        done = subprocess.run(
            [sys.executable, "-m", f"{TEXTBOOK}.prepare", *arguments],
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
        )
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    def sold(self, show_id: int) -> int:
        counted: Any = self._connection.execute(
            "SELECT count(*) FROM textbook_booking WHERE show_id = %s", [show_id]
        ).fetchone()
        return int(counted[0])


DAPHNE = ["daphne", "--bind", "127.0.0.1", "--port", "{port}", "--verbosity", "0"]
GUNICORN = ["gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "2", "--log-level", "error"]


def textbook_on_daphne(given: Services) -> Textbook:
    """Return the textbook on the stock stack: Django's ASGI handler, no pool."""
    return Textbook("textbook", given, [*DAPHNE, f"{TEXTBOOK}.asgi:application"])


def textbook_with_pool(given: Services) -> Textbook:
    """Return the same with Django's pool."""
    return Textbook(
        "textbook, pool of 8",
        given,
        [*DAPHNE, f"{TEXTBOOK}.asgi:application"],
        {"TEXTBOOK_POOL": "8"},
    )


def textbook_on_gunicorn(given: Services) -> Textbook:
    """Return the same endpoint on two synchronous workers, which serve no socket."""
    return Textbook(
        "textbook, gunicorn with 2 sync workers", given, [*GUNICORN, f"{TEXTBOOK}.asgi:wsgi"]
    )
