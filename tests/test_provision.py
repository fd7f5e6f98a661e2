"""The servers that tests run against come, obey, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase, tag

from deploy.servers import PostgresServer, RedisServer
from tests.programs import own
from tests.provision import UNAVAILABLE

ROOT = Path(__file__).parent.parent
PRINT_URLS = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True); "


@tag("once")
class ServerTests(SimpleTestCase):
    def test_servers_come_back_on_the_same_port_after_a_crash(self) -> None:
        for server_class in (PostgresServer, RedisServer):
            with self.subTest(server_class.name):
                server = self.enterContext(own(server_class))
                url = server.url
                server.kill()
                self.assertFalse(server.answers())
                server.start()
                self.assertEqual((server.answers(), server.url), (True, url))

    def test_hanging_redis_does_not_answer_until_it_resumes(self) -> None:
        redis = self.enterContext(own(RedisServer))
        redis.hang()
        self.assertFalse(redis.answers())
        redis.resume()
        self.assertTrue(redis.answers())


@tag("once")
class CommandTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        Path(self.folder).chmod(0o755)  # root runs PostgreSQL as another user

    def provision(self, code: str, **env: str) -> subprocess.Popen[str]:
        without = {"DATABASE_URL", "REDIS_URL"}
        given = {name: value for name, value in os.environ.items() if name not in without}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.provision", sys.executable, "-c", code],
            cwd=ROOT,
            env={**given, "TMPDIR": self.folder, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def assert_nothing_is_left(self, redis_url: str) -> None:
        self.assertEqual(os.listdir(self.folder), [])
        redis = RedisServer()
        self.addCleanup(redis.close)
        redis.port = int(redis_url.rpartition(":")[2].partition("/")[0])
        self.assertFalse(redis.answers())

    def test_command_gets_both_urls_and_its_exit_status_is_returned(self) -> None:
        process = self.provision(PRINT_URLS + "raise SystemExit(3)")
        printed, complaints = process.communicate(timeout=180)
        if process.returncode == UNAVAILABLE and "CI" not in os.environ:
            self.skipTest(complaints)
        database_url, redis_url = printed.split()
        self.assertRegex(database_url, r"^postgresql://frontrow@127\.0\.0\.1:\d+/frontrow$")
        self.assertEqual(process.returncode, 3)
        self.assert_nothing_is_left(redis_url)

    def test_command_that_is_ended_leaves_nothing_behind(self) -> None:
        process = self.provision(PRINT_URLS + "import time; time.sleep(600)")
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line and "CI" not in os.environ:
            self.skipTest("no servers on this platform")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=180), 128 + signal.SIGTERM)
        self.assert_nothing_is_left(line.split()[1])

    def test_url_of_another_kind_of_server_is_refused_and_named(self) -> None:
        process = self.provision("", DATABASE_URL="mysql://127.0.0.1/frontrow")
        _, complaints = process.communicate(timeout=180)
        self.assertEqual(
            (process.returncode, complaints),
            (1, "DATABASE_URL must start with postgres:// or postgresql://.\n"),
        )
