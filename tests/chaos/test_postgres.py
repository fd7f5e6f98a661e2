"""Live maps while PostgreSQL is away and when it is back."""

import os
import subprocess
import sys

from deploy.servers import PostgresServer
from realtime.room import Pace
from tests.live import LiveServer
from tests.programs import own
from tests.racing import PostgresTestCase
from tests.realtime.watchers import Watcher


class PostgresRestartTests(PostgresTestCase):
    """Uses a PostgreSQL of its own, which nobody else misses."""

    def setUp(self) -> None:
        self.postgres = self.enterContext(own(PostgresServer))
        self.manage("migrate", "--verbosity=0")
        self.manage("createsampledata")

    def manage(self, *arguments: str) -> None:
        env = {**os.environ, "DATABASE_URL": self.postgres.url}
        subprocess.run(
            [sys.executable, "manage.py", *arguments], check=True, env=env, capture_output=True
        )

    def test_rooms_recover_from_a_restart(self) -> None:
        env: dict[str, str | None] = {"DATABASE_URL": self.postgres.url}
        with LiveServer(env=env) as server, Watcher(server, 1) as watcher:
            watcher.next_of("tick")
            self.postgres.kill()
            with self.assertRaises(TimeoutError):
                watcher.next_of("tick", Pace().check + 1)
            # A room that opens meanwhile waits for its seat map.
            with Watcher(server, 2) as newcomer:
                self.postgres.start()
                self.manage("bookseats", "--user=demo", "1", "1", "2")
                watcher.until_version(1)
                self.assertEqual(watcher.follower.states[:3], "bba")
                watcher.next_of("tick")
                self.assertEqual(newcomer.next_of("snapshot")["version"], 0)
