import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, tag

from cinema import checks

KEY = "an-invented-key-of-more-than-fifty-characters-for-this-test-9"
DANGEROUS = {
    "DEBUG": "false",
    "SECRET_KEY": KEY,
    "JWT_SIGNING_KEY": KEY,
    "ALLOWED_HOSTS": "cinema.example",
    "DATABASE_URL": "postgresql://frontrow@db.example/frontrow",
    "THROTTLES": "off",
}
POSTGRES = "foundation.db.postgresql"
SQLITE = "django.db.backends.sqlite3"
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
PUBSUB = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}


class ChecksTest(SimpleTestCase):
    def test_keys_must_differ(self) -> None:
        with self.settings(JWT_SIGNING_KEY=settings.SECRET_KEY):
            self.assertEqual(checks.check_keys_and_hosts(), [checks.SAME_KEY])

    def test_hosts_must_be_named(self) -> None:
        with self.settings(ALLOWED_HOSTS=["*"]):
            self.assertEqual(checks.check_keys_and_hosts(), [checks.ANY_HOST])

    def test_processes_on_one_database_want_a_channel_layer(self) -> None:
        for engine, layers, expected in (
            (POSTGRES, IN_MEMORY, [checks.ROOMS_APART]),
            (POSTGRES, PUBSUB, []),
            (SQLITE, IN_MEMORY, []),
        ):
            with (
                self.subTest(engine, layers=layers),
                mock.patch.dict(settings.DATABASES["default"], {"ENGINE": engine}),
                self.settings(CHANNEL_LAYERS=layers),
            ):
                self.assertEqual(checks.check_channel_layer(), expected)

    def test_an_earlier_versions_file_is_left_alone(self) -> None:
        folder = Path(self.enterContext(TemporaryDirectory()))
        used = {"NAME": str(folder / "front-row.sqlite3")}
        with mock.patch.dict(settings.DATABASES["default"], used), self.settings(VAR_DIR=folder):
            self.assertEqual(checks.check_earlier_database(), [])
            (folder / "db.sqlite3").touch()
            self.assertEqual(checks.check_earlier_database(), [checks.LEFT_ALONE])

    def test_a_deployment_wants_throttles(self) -> None:
        for throttles, expected in ((False, [checks.NO_THROTTLES]), (True, [])):
            with self.settings(THROTTLES=throttles):
                self.assertEqual(checks.check_throttles(), expected)


@tag("once")
class DeploymentTest(SimpleTestCase):
    def test_dangerous_settings_fail(self) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], **DANGEROUS},
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 1)
        for found in (checks.SAME_KEY, checks.ROOMS_APART, checks.NO_THROTTLES):
            self.assertIn(found.id or "", done.stderr)
