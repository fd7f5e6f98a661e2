import asyncio
import json
import sqlite3
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from unittest import mock, skipUnless

from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import SimpleTestCase, TestCase, override_settings

from booking.services import offers
from foundation.db.clock import ClockIsOff, check_clock
from foundation.db.migrated import is_migrated
from foundation.server import shutdown
from foundation.web import health
from foundation.web.health import Readiness, Trouble
from foundation.web.problems import UNAVAILABLE
from realtime import source
from tests.figures import figures
from tests.live import LiveServer
from tests.waiting import until

OK = (200, {"status": "ok"})
UNAVAILABLE_ANSWER = (503, {"status": "unavailable"})
PARTS, HEARD = ("database", "clock", "migrations"), {"channel_layer": "ok"}
READY = {"status": "ok", **dict.fromkeys(PARTS, "ok"), **HEARD}


class ViewTests(TestCase):
    """Where there is no event loop."""

    def test_health_is_ok_while_the_database_answers(self) -> None:
        response = self.client.get("/health/")
        self.assertEqual((response.status_code, response.json()), OK)
        self.assertIn("no-store", response["Cache-Control"])

    def test_health_is_503_without_the_database(self) -> None:
        with mock.patch("foundation.web.health.connection.cursor", side_effect=OperationalError):
            response = self.client.get("/health/")
        self.assertEqual((response.status_code, response.json()), UNAVAILABLE_ANSWER)

    def test_why_is_one_line_of_the_log(self) -> None:
        refused = OperationalError("connection refused\n\tIs the server running?")
        with mock.patch("foundation.web.health.connection.cursor", side_effect=refused):
            found = health.trouble()
        said = "the database does not answer: connection refused Is the server running?"
        self.assertEqual(found, Trouble(said, misleads=False))

    def test_health_is_only_read(self) -> None:
        self.assertEqual(self.client.post("/health/").status_code, 405)


class ReadinessTests(SimpleTestCase):
    """On the event loop, with a database that answers as it is told."""

    def setUp(self) -> None:
        self.trouble: Trouble | None = None
        self.questions = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.addCleanup(self.go_on.set)
        self.enterContext(mock.patch.object(health, "trouble", self.ask))
        self.is_migrated = self.enterContext(mock.patch.object(health, "is_migrated"))
        self.is_heard = mock.AsyncMock(return_value=True)
        # Tests that are about these say so; in the others a slow machine must not make them pass.
        self.enterContext(mock.patch.multiple(health, PATIENCE_SECONDS=1000, INTERVAL_SECONDS=1000))
        self.passed_on: list[str] = []
        self.readiness = Readiness(self.application, is_heard=self.is_heard)

    def ask(self) -> Trouble | None:
        self.questions += 1
        self.go_on.wait(10)
        return self.trouble

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed_on.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def get(self, path: str = "/health/", method: str = "GET") -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"path": path, "method": method, "headers": []}
        await self.readiness(scope, mock.AsyncMock(), send)
        return sent[0]["status"], sent[1]["body"]

    async def health(self, path: str = "/health/") -> tuple[int, Any]:
        status, body = await self.get(path)
        return status, json.loads(body)

    async def ready(self) -> tuple[int, Any]:
        return await self.health("/health/ready")

    async def test_all_who_ask_at_once_share_a_question_and_its_answer(self) -> None:
        self.enterContext(mock.patch.object(health, "FRESH_SECONDS", 1000))
        self.go_on.clear()
        asking = asyncio.gather(*(self.health() for _ in range(200)))
        await asyncio.sleep(0.01)
        self.go_on.set()
        self.assertEqual(await asking, [OK] * 200)
        self.assertEqual([await self.health() for _ in range(200)], [OK] * 200)
        self.assertEqual((self.questions, self.passed_on), (1, []))

    async def test_answer_is_good_for_a_moment_only(self) -> None:
        with mock.patch.object(health, "FRESH_SECONDS", 0):
            self.assertEqual(await self.health(), OK)
            self.trouble = Trouble("away", misleads=False)
            with self.assertLogs("foundation.web.health", "ERROR") as logged:
                self.assertEqual(await self.health(), UNAVAILABLE_ANSWER)
                self.assertEqual(await self.health(), UNAVAILABLE_ANSWER)
            self.assertEqual(len(logged.output), 1)
            self.trouble = None
            with self.assertLogs("foundation.web.health", "WARNING"):
                self.assertEqual(await self.health(), OK)

    async def test_database_that_hangs_keeps_nobody_waiting_for_long(self) -> None:
        self.go_on.clear()
        with (
            mock.patch.object(health, "PATIENCE_SECONDS", 0.01),
            self.assertLogs("foundation.web.health", "ERROR"),
        ):
            answers = await asyncio.gather(*(self.health() for _ in range(50)))
            self.assertEqual(answers, [UNAVAILABLE_ANSWER] * 50)
            self.assertEqual(await self.get("/"), (204, b""))
        self.assertLessEqual(self.questions, 1)

    async def test_it_says_what_else_it_is_told_and_goes_by_none_of_it(self) -> None:
        found = {"audit": "not yet"}
        self.readiness = Readiness(self.application, also=lambda: found)
        self.assertEqual(await self.health(), (200, {"status": "ok", "audit": "not yet"}))
        found["audit"] = "faults"
        self.assertEqual(await self.health(), (200, {"status": "ok", "audit": "faults"}))
        self.assertEqual(self.questions, 1)

    async def test_head_has_no_body_and_other_methods_are_djangos(self) -> None:
        self.assertEqual(await self.get(method="HEAD"), (200, b""))
        self.assertEqual(await self.get(method="POST"), (204, b""))
        self.assertEqual(self.passed_on, ["/health/"])

    async def test_live_asks_nobody_and_waits_for_nothing(self) -> None:
        self.go_on.clear()
        asking = asyncio.create_task(self.ready())
        for path in ("/health/live", "/health/live/"):
            self.assertEqual(await self.health(path), OK)
        self.assertFalse(asking.done())
        self.trouble = Trouble("its file is gone", misleads=True)
        self.go_on.set()
        with self.assertLogs("foundation.web.health", "ERROR"):
            await asking
        self.assertEqual(await self.health("/health/live"), OK)
        self.assertEqual(await self.get("/health/live", "HEAD"), (200, b""))

    async def test_ready_shares_questions_however_often_it_is_asked(self) -> None:
        self.enterContext(mock.patch.object(health, "FRESH_SECONDS", 1000))
        paths = ("/health/ready", "/health/ready/", "/health/")
        statuses = [(await self.health(path))[0] for path in paths * 50]
        self.assertEqual(set(statuses), {200})
        self.assertEqual((self.questions, self.is_heard.await_count), (1, 1))

    async def test_ready_says_what_is_wrong(self) -> None:
        self.enterContext(mock.patch.object(health, "FRESH_SECONDS", 0))
        unknown = {"status": "unavailable", **dict.fromkeys(PARTS, "unknown"), **HEARD}
        self.assertEqual(await self.ready(), (200, READY))
        self.assertEqual(figures()["front_row_ready"], 1)
        with self.assertLogs("foundation.web.health", "ERROR"):
            self.trouble = Trouble("away", misleads=False)
            self.assertEqual(await self.ready(), (503, unknown | {"database": "failing"}))
            self.assertEqual(figures()["front_row_ready"], 0)
            self.trouble = Trouble("late", misleads=True, part="clock")
            self.assertEqual(await self.ready(), (503, unknown | {"clock": "failing"}))
        self.trouble = None
        self.is_migrated.return_value = False
        unmigrated = {"status": "unavailable", "migrations": "missing"}
        with self.assertLogs("foundation.web.health", "WARNING"):
            self.assertEqual(await self.ready(), (503, READY | unmigrated))
        self.assertEqual(await self.health(), OK)

    async def test_ready_without_a_channel_layer_is_only_degraded(self) -> None:
        self.is_heard.return_value = False
        degraded = READY | {"channel_layer": "degraded"}
        self.assertEqual(await self.ready(), (200, degraded))

        async def hangs() -> bool:
            return await asyncio.Future()

        self.readiness = Readiness(self.application, is_heard=hangs)
        self.assertEqual(await self.health(), OK)
        with mock.patch.object(health, "PATIENCE_SECONDS", 0.01):
            self.assertEqual((await self.ready())[1]["channel_layer"], "degraded")

    async def test_process_that_drains_lives_and_is_not_ready(self) -> None:
        with mock.patch.object(shutdown, "_begun", True):
            self.assertEqual(await self.ready(), (503, READY | {"status": "draining"}))
            self.assertEqual(await self.health("/health/live"), OK)
            self.assertEqual(await self.health(), OK)
            self.assertEqual(figures()["front_row_ready"], 0)
        self.assertEqual(figures()["front_row_ready"], 1)

    async def test_process_that_would_mislead_serves_nothing(self) -> None:
        self.trouble = Trouble("its file is gone", misleads=True)
        with self.assertLogs("foundation.web.health", "ERROR"):
            status, body = await self.get("/api/shows/1/book/", "POST")
        self.assertEqual((status, json.loads(body)), (503, UNAVAILABLE.body))
        self.assertEqual(await self.get("/"), (503, UNAVAILABLE.detail.encode()))
        self.assertEqual(self.passed_on, [])

    async def test_process_that_does_not_know_yet_serves_nothing_either(self) -> None:
        self.trouble = Trouble("its file is gone", misleads=True)
        self.go_on.clear()
        with self.assertLogs("foundation.web.health", "ERROR"):
            asking = asyncio.gather(*(self.get("/") for _ in range(5)))
            await asyncio.sleep(0.01)
            self.go_on.set()
            self.assertEqual({status for status, _ in await asking}, {503})

    async def test_it_looks_though_nobody_asks(self) -> None:
        with mock.patch.multiple(health, FRESH_SECONDS=0, INTERVAL_SECONDS=0.01):
            self.assertEqual(await self.get("/"), (204, b""))
            self.trouble = Trouble("its clock is off", misleads=True)
            with self.assertLogs("foundation.web.health", "ERROR"):
                async with asyncio.timeout(10):
                    while (await self.get("/"))[0] != 503:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)


class MigratedTests(TestCase):
    def test_missing_migration_is_seen_and_one_of_a_later_release_does_no_harm(self) -> None:
        recorder = MigrationRecorder(connection)
        recorder.record_applied("booking", "9999_of_a_later_release")
        self.assertTrue(is_migrated())
        recorder.record_unapplied("booking", "0001_initial")
        self.assertFalse(is_migrated())


class ClockTests(TestCase):
    def clock(self, *, ahead: float) -> Any:
        now = time.time
        return mock.patch("foundation.db.clock.time.time", lambda: now() + ahead)

    def test_clock_that_agrees_is_well(self) -> None:
        check_clock()
        self.assertIsNone(health.trouble())

    @skipUnless(connection.vendor == "postgresql", "SQLite has the clock of its process")
    @override_settings(CLOCK_SKEW_SECONDS=60)  # more than any answer takes
    def test_clock_that_is_ahead_or_behind_by_more_than_the_bound_is_off(self) -> None:
        for ahead in (45, -45):
            with self.clock(ahead=ahead):
                check_clock()
        for ahead in (90, -90, 3600):
            with self.subTest(ahead), self.clock(ahead=ahead):
                found = health.trouble()
                assert found is not None
                self.assertIs(found.misleads, True)
                self.assertIn("off the database's", found.why)

    @skipUnless(connection.vendor == "postgresql", "SQLite has the clock of its process")
    def test_process_whose_clock_is_ahead_frees_no_held_seat(self) -> None:
        with self.clock(ahead=3600), mock.patch.object(offers, "expire_holds") as freed:
            with self.assertRaises(ClockIsOff):
                source._expire_holds(1)
            freed.assert_not_called()
        with mock.patch.object(offers, "expire_holds") as freed:
            source._expire_holds(1)
            freed.assert_called_once()


class FileTests(SimpleTestCase):
    """A real process on a file of its own."""

    def setUp(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = Path(folder, "db.sqlite3")
        sqlite3.connect(self.file).close()
        self.file.touch()
        url = f"sqlite:///{self.file}"
        self.server = self.enterContext(LiveServer(env={"DATABASE_URL": url, "REDIS_URL": None}))

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.server.url(path), timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    @skipUnless(connection.vendor == "sqlite", "is about SQLite's file")
    def test_file_that_another_took_the_place_of_is_seen(self) -> None:
        with mock.patch.dict(connection.settings_dict, NAME=str(self.file)):
            health.check_file()
            self.file.rename(self.file.with_suffix(".old"))
            for _ in range(2):
                with self.assertRaises(FileNotFoundError):
                    health.check_file()
                self.file.touch()

    def test_deleted_file_is_seen_and_nothing_more_is_served(self) -> None:
        status, body = self.get("/health/")
        # The file has no tables yet, so nothing can be audited.
        self.assertEqual((status, json.loads(body)), (200, {"status": "ok", "audit": "not yet"}))
        self.assertEqual(self.get("/accounts/login/")[0], 200)
        status, body = self.get("/health/ready")
        unmigrated = {"status": "unavailable", "migrations": "missing"}
        self.assertEqual((status, json.loads(body)), (503, READY | unmigrated))
        self.file.unlink()
        until(lambda: self.get("/health/")[0] == 503)
        self.assertEqual(self.get("/accounts/login/")[0], 503)
        self.assertEqual(self.get("/health/live")[0], 200)
        self.assertIn("was deleted or replaced", self.server.log)
