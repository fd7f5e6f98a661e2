"""The site without its database: it asks to come again, and answers when it is back."""

import os
import subprocess
import sys
import urllib.error
import urllib.request

from django.conf import settings
from django.test import SimpleTestCase, tag

from deploy.servers import PostgresServer
from tests.live import LiveServer
from tests.programs import own
from tests.waiting import until

PATHS = ("/", "/api/movies/", "/api/shows/", "/api/shows/1/seats/", "/health/")


@tag("once")
class DatabaseDownTest(SimpleTestCase):
    def setUp(self) -> None:
        self.database = self.enterContext(own(PostgresServer))
        self.env: dict[str, str | None] = {"DATABASE_URL": self.database.url, "REDIS_URL": None}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": self.database.url},
            check=True,
        )

    def statuses(self, server: LiveServer) -> list[tuple[int, str | None]]:
        """Return the status and Retry-After of every path."""
        found: list[tuple[int, str | None]] = []
        for path in PATHS:
            try:
                with urllib.request.urlopen(server.url(path), timeout=20) as answer:
                    found.append((answer.status, answer.headers["Retry-After"]))
            except urllib.error.HTTPError as error:
                found.append((error.code, error.headers["Retry-After"]))
        return found

    def is_ready(self, server: LiveServer) -> bool:
        try:
            urllib.request.urlopen(server.url("/health/"), timeout=20).close()
        except urllib.error.HTTPError as error:
            error.close()
            return False
        return True

    def test_database_that_dies_and_comes_back_is_a_503_meanwhile(self) -> None:
        # More rounds than the server has threads: each has a connection of its own to lose.
        rounds = settings.HTTP_THREADS + 1
        up = [(200, None), (200, None), (200, None), (404, None), (200, None)]
        down = [(503, "5"), (503, "5"), (503, "5"), (503, "5"), (503, None)]
        with LiveServer(env=self.env) as server:
            self.assertEqual([self.statuses(server) for _ in range(rounds)], [up] * rounds)
            self.database.kill()
            # For a second, health and the landing page say what they said last.
            until(lambda: self.statuses(server) == down)
            self.assertEqual([self.statuses(server) for _ in range(rounds)], [down] * rounds)
            self.database.start()
            until(lambda: self.is_ready(server))
            self.assertEqual([self.statuses(server) for _ in range(rounds)], [up] * rounds)
