"""The site whose database host is gone without a word, as when its cable is pulled."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import ClassVar

import psycopg
from django.conf import settings
from django.test import SimpleTestCase, tag

from deploy.servers import PostgresServer
from tests.live import LiveServer
from tests.programs import own
from tests.relay import Relay
from tests.waiting import until

PATHS = ("/", "/api/shows/1/seats/", "/health/")
UP = [200, 404, 200]
# Shorter than they are, so that an answer takes a few seconds.
BOUNDS = "tcp_user_timeout=2000&keepalives_idle=1&keepalives_interval=1&connect_timeout=2"
NO_BOUNDS = "tcp_user_timeout=0&keepalives=0&connect_timeout=0"
# More than that on any machine, and far less than the quarter of an hour that TCP takes by itself.
LONGEST_SECONDS = 20
WITHIN_BOUNDS_SECONDS = 5


@tag("once")
class DatabaseVanishedTests(SimpleTestCase):
    database: ClassVar[PostgresServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.database = cls.enterClassContext(own(PostgresServer))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": cls.database.url},
            check=True,
        )

    def start(self, bounds: str) -> None:
        self.host = self.enterContext(Relay(self.database.port))
        url = self.database.url.replace(f":{self.database.port}/", f":{self.host.port}/")
        env = {
            "DATABASE_URL": f"{url}?{bounds}&options=-c%20lock_timeout%3D1min",
            "REDIS_URL": None,
        }
        self.server = self.enterContext(LiveServer(env=env))

    def status(self, path: str, seconds: float = LONGEST_SECONDS) -> int:
        """Return the status of an answer that comes in this time; raise TimeoutError without."""
        try:
            with urllib.request.urlopen(self.server.url(path), timeout=seconds) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def health(self, seconds: float = LONGEST_SECONDS) -> int:
        return self.status("/health/", seconds)

    def statuses(self) -> list[int]:
        """Return the statuses of all paths, asked at once."""
        with ThreadPoolExecutor(len(PATHS)) as pool:
            return list(pool.map(self.status, PATHS))

    def vanish_under_way(self, seconds: float = LONGEST_SECONDS) -> int:
        """Return the status of a request whose query the host was working on when it vanished."""
        with (
            ThreadPoolExecutor(1) as pool,
            closing(psycopg.connect(self.database.url)) as holder,
            closing(psycopg.connect(self.database.url, autocommit=True)) as observer,
        ):
            holder.execute("LOCK TABLE booking_show")
            status = pool.submit(self.status, "/api/shows/", seconds)
            waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while not status.done() and observer.execute(waiting).fetchone() is None:
                time.sleep(0.02)
            self.host.vanish()
            return status.result()

    def test_what_is_asked_then_is_a_503_until_it_is_back(self) -> None:
        self.start(BOUNDS)
        self.assertEqual(self.statuses(), UP)
        self.host.vanish()
        until(lambda: self.health() == 503)  # the last answer was good for a moment
        self.assertEqual([self.statuses() for _ in range(2)], [[503] * len(PATHS)] * 2)
        self.host.come_back()
        until(lambda: self.health() == 200)
        self.assertEqual(self.statuses(), UP)

    def test_what_was_asked_before_is_a_503(self) -> None:
        self.start(BOUNDS)
        self.assertEqual(self.vanish_under_way(), 503)
        until(lambda: self.health() == 503)

    def test_without_the_bounds_no_answer_comes(self) -> None:
        """Show that the tests above see silence."""
        self.start(NO_BOUNDS)
        self.addCleanup(self.server.kill)  # it would wait for its threads
        with self.assertRaises(TimeoutError):
            self.vanish_under_way(WITHIN_BOUNDS_SECONDS)

    def test_health_is_answered_even_then(self) -> None:
        self.start(NO_BOUNDS)
        self.addCleanup(self.server.kill)
        self.host.vanish()
        until(lambda: self.health() == 503)
