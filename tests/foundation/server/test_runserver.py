"""The way of Django's tutorial: migrate, load, runserver, in processes of their own."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.test import SimpleTestCase, tag
from websockets.sync.client import connect
from websockets.typing import Origin

from foundation.server.management.commands.runserver import Command
from foundation.server.ports import trouble
from foundation.server.serve import LIMITS, Server
from tests.cinema.test_settings import run
from tests.live import LiveServer
from tests.waiting import until

MANAGE = (sys.executable, "manage.py")


class RunServer(LiveServer):
    """`manage.py runserver`, as it is typed."""

    def __init__(self, database_url: str) -> None:
        super().__init__(env={"DATABASE_URL": database_url, "REDIS_URL": None, "LOG_LEVEL": "INFO"})
        self.command = [*MANAGE, "runserver", str(self.port)]

    def post(self, path: str, body: dict[str, Any], token: str = "") -> Any:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with urlopen(Request(self.url(path), json.dumps(body).encode(), headers)) as answer:
            return json.load(answer)


@tag("once")
class RunServerTests(SimpleTestCase):
    database: ClassVar[dict[str, str]]
    server: ClassVar[RunServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.database = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "REDIS_URL": ""}
        for command in ("migrate", "createsampledata"):
            done = run(*MANAGE, command, **cls.database)
            assert done.returncode == 0, done.stderr
        cls.server = cls.enterClassContext(RunServer(cls.database["DATABASE_URL"]))

    def test_open_map_sees_a_booking(self) -> None:
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host):
                origin = Origin(f"http://{host}:{self.server.port}")
                seat = {"127.0.0.1": 1, "localhost": 2}[host]
                with connect(
                    f"ws://{host}:{self.server.port}/ws/shows/1/", origin=origin
                ) as watcher:
                    self.assertEqual(json.loads(watcher.recv(10))["type"], "snapshot")
                    login = {"username": "demo", "password": "demopass"}
                    token = self.server.post("/api/login/", login)["access"]
                    self.server.post("/api/shows/1/book/", {"seat_number": seat}, token)
                    frames = iter(lambda: json.loads(watcher.recv(10)), None)
                    told = next(frame for frame in frames if frame["type"] == "changes")
                    self.assertEqual(told["changes"], [[seat, "b"]])

    def test_pages_and_their_files_are_served(self) -> None:
        for path in ("/", "/static/css/base.css", "/static/admin/css/base.css", "/swagger/"):
            with self.subTest(path), urlopen(self.server.url(path)) as answer:
                self.assertEqual(answer.status, 200)

    def test_its_log_says_everything_once_and_no_secret(self) -> None:
        with self.assertRaises(HTTPError), urlopen(self.server.url("/api/holds/SECRET/")):
            pass
        until(lambda: "api/holds/" in self.server.log)
        with urlopen(self.server.url("/api/shows/")):  # whatever else is said comes before this
            pass
        until(lambda: "GET api/shows/" in self.server.log)
        self.assertNotIn("SECRET", self.server.log)
        self.assertEqual(self.server.log.count("GET api/holds/<str:token>/ 404"), 1)

    def test_port_in_use_is_one_sentence(self) -> None:
        done = run(*MANAGE, "runserver", str(self.server.port), **self.database)
        self.assertEqual(
            (done.returncode, done.stderr),
            (
                1,
                f"CommandError: Port {self.server.port} of 127.0.0.1 can't be served: Address "
                "already in use. Serve another one: manage.py runserver 8001\n",
            ),
        )


class LimitsTests(SimpleTestCase):
    def test_they_hold_whatever_the_start_says(self) -> None:
        self.assertIs(Command.server_cls, Server)
        unlimited = Server(None, endpoints=["tcp:0"], http_timeout=None, ping_interval=1)
        self.assertEqual({name: getattr(unlimited, name) for name in LIMITS}, LIMITS)


class PortTests(SimpleTestCase):
    def test_what_is_no_port_is_said(self) -> None:
        for text in ("0", "65536", "x", "-1", "8000x", ""):
            with self.subTest(text):
                self.assertIn("must be a number", trouble("127.0.0.1", text) or "")
        self.assertEqual(trouble("nowhere.invalid", "8000"), "There is no host nowhere.invalid.")
