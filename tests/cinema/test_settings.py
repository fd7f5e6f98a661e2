"""Production starts, in processes of their own: what they refuse, and what Django's checks say."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase, tag

from tests.servers import free_port

ROOT = Path(__file__).parent.parent.parent
PRODUCTION = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "frontrow.example",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "TRUSTED_PROXIES": "1",
}


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable, "PORT": str(free_port()), **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


def last_line_of_settings(**env: str) -> str:
    """Return the last line that loading the settings prints: the error's, or nothing."""
    lines = run(sys.executable, "-c", "import cinema.settings", **env).stderr.splitlines()
    return lines[-1] if lines else ""


@tag("once")
class StartTests(SimpleTestCase):
    def test_production_start_without_a_required_variable_refuses_and_names_it(self) -> None:
        for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
            with self.subTest(name):
                start = run("deploy/serve.sh", **{**PRODUCTION, name: ""})
                self.assertEqual(start.returncode, 1)
                self.assertIn(f"{name} must be set", start.stderr.splitlines()[-1])

    def test_production_settings_load_when_both_are_given(self) -> None:
        self.assertEqual(last_line_of_settings(**PRODUCTION), "")

    def test_value_that_does_not_fit_is_refused_and_named(self) -> None:
        for name, value in {
            "DEBUG": "perhaps",
            "HTTP_THREADS": "0",
            "HTTPS": "perhaps",
            "JWT_SIGNING_KEY": "short",
            "LOG_LEVEL": "LOUD",
            "REDIS_URL": "127.0.0.1",
            "THROTTLES": "perhaps",
            "TIME_ZONE": "Mars/Olympus",
            "TRUSTED_PROXIES": "-1",
        }.items():
            with self.subTest(name):
                self.assertIn(name, last_line_of_settings(**{**PRODUCTION, name: value}))

    def test_debug_mode_refuses_to_serve_anyone_but_localhost(self) -> None:
        line = last_line_of_settings(DEBUG="true", ALLOWED_HOSTS="frontrow.example")
        self.assertIn("ALLOWED_HOSTS", line)


@tag("once")
class DeployCheckTests(SimpleTestCase):
    def test_check_deploy_is_clean_under_production_settings(self) -> None:
        command = (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
        checked = run(*command, **PRODUCTION)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
