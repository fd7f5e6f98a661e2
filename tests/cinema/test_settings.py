"""Production starts, in processes of their own: what they refuse, and what Django's checks say."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase, tag

from deploy.servers import free_port

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
        timeout=180,
    )


def last_line_of_settings(**env: str) -> str:
    """Return the last line that loading the settings prints: the error's, or nothing."""
    lines = run(sys.executable, "-c", "import cinema.settings", **env).stderr.splitlines()
    return lines[-1] if lines else ""


def postgresql_options(url: str) -> dict[str, Any]:
    """Return how the settings connect to the PostgreSQL of this URL; its `options` are a dict."""
    code = "import json, cinema.settings as s; print(json.dumps(s.DATABASES['default']['OPTIONS']))"
    found = json.loads(run(sys.executable, "-c", code, DATABASE_URL=url).stdout)
    settings = found["options"].split("-c ")[1:]
    # Of two values for one PostgreSQL takes the last, and so does dict.
    found["options"] = dict(setting.strip().split("=", 1) for setting in settings)
    return found


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
            "CURRENCY": "JPY",
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

    def test_file_is_read_and_the_environment_goes_before_it(self) -> None:
        code = "import cinema.settings as s; print(s.ALLOWED_HOSTS, s.HTTP_THREADS, s.DEBUG)"
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("DEBUG=false\nALLOWED_HOSTS=file.example\nHTTP_THREADS=7\nSECRET_KEY=x")
            file.flush()
            done = run(sys.executable, "-c", code, ENV_FILE=file.name, HTTP_THREADS="2")
        self.assertEqual(done.stdout, "['file.example'] 2 False\n", done.stderr)

    def test_debug_mode_refuses_to_serve_anyone_but_localhost(self) -> None:
        line = last_line_of_settings(DEBUG="true", ALLOWED_HOSTS="frontrow.example")
        self.assertIn("ALLOWED_HOSTS", line)


@tag("once")
class DatabaseUrlTests(SimpleTestCase):
    URL = "postgresql://somebody@127.0.0.1/frontrow"

    def test_what_the_url_gives_counts_setting_by_setting(self) -> None:
        ours = postgresql_options(self.URL)
        self.assertGreater(
            ours["options"].keys(), {"lock_timeout", "idle_in_transaction_session_timeout"}
        )
        for query, theirs, session in (
            ("connect_timeout=9", {"connect_timeout": 9}, {}),
            ("options=-c%20lock_timeout%3D9s", {}, {"lock_timeout": "9s"}),
            ("options=-c%20work_mem%3D9MB", {}, {"work_mem": "9MB"}),
            ("currentSchema=theirs", {}, {"search_path": "theirs"}),
        ):
            with self.subTest(query):
                self.assertEqual(
                    postgresql_options(f"{self.URL}?{query}"),
                    ours | theirs | {"options": ours["options"] | session},
                )


@tag("once")
class DeployCheckTests(SimpleTestCase):
    def test_check_deploy_is_clean_under_production_settings(self) -> None:
        command = (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
        # A checkout with an earlier version's file is told of it where the default file is used.
        database = f"sqlite:///{ROOT / 'var' / 'another.sqlite3'}"
        checked = run(*command, **PRODUCTION, DATABASE_URL=database)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
