"""What reaches a Sentry, from a process of its own: the SDK changes the one that it runs in."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli  # type: ignore[import-untyped]
from django.test import SimpleTestCase, tag

from tests.docs.reading import ROOT

# As a view fails whose request had secrets everywhere.
FAIL = """
import logging, sentry_sdk
from foundation.request_context import Asked, asked

asked.set(Asked("an-id", "/api/holds/SECRET/"))
logging.getLogger("before").info("/api/holds/SECRET/")
try:
    password = "SECRET"
    raise ValueError("no hold at /api/holds/SECRET/")
except ValueError:
    logging.getLogger("one").exception("%s failed", "/ws/shows/1/?waitlist=SECRET")
    logging.getLogger("two").exception("and once more")
logging.getLogger("three").warning("not worth sending")
sentry_sdk.flush(60)
"""


class Sentry(ThreadingHTTPServer):
    """Takes the events that are sent to its `dsn`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.events: list[dict[str, Any]] = []
        self.dsn = f"http://key@127.0.0.1:{self.server_address[1]}/1"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Taking(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        # The SDK compresses with Brotli where it is installed, as with whitenoise it is.
        body = brotli.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        lines = [json.loads(line) for line in body.splitlines() if line]
        kinds = [line.get("type") for line in lines]
        self.server.events += [
            event for kind, event in zip(kinds, lines[1:], strict=False) if kind == "event"
        ]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (as its base names it)
        """Keep quiet."""


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of the project."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", code],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": "", **env},
        capture_output=True,
        text=True,
    )


@tag("once")
class SentryTests(SimpleTestCase):
    def test_errors_are_sent_once_with_their_request_and_without_secrets(self) -> None:
        sentry = Sentry()
        self.addCleanup(sentry.server_close)
        self.addCleanup(sentry.shutdown)
        done = run(FAIL, SENTRY_DSN=sentry.dsn)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        [event] = sentry.events
        self.assertEqual(event["tags"], {"request_id": "an-id", "path": "/api/holds/***/"})
        self.assertEqual(event["logentry"]["formatted"], "/ws/shows/1/?waitlist=*** failed")
        [error] = event["exception"]["values"]
        self.assertEqual(error["value"], "no hold at /api/holds/***/")
        self.assertNotIn("vars", error["stacktrace"]["frames"][-1])
        self.assertNotIn("SECRET", json.dumps(event))
        self.assertEqual({"request", "user"} & event.keys(), set())
        self.assertEqual(event["breadcrumbs"], {"values": []})

    def test_without_a_dsn_the_sdk_is_not_even_loaded(self) -> None:
        done = run("import sys; print('sentry_sdk' in sys.modules)", SENTRY_DSN="")
        self.assertEqual(done.stdout, "False\n", done.stderr)

    def test_wrong_dsn_is_one_sentence(self) -> None:
        done = run("", SENTRY_DSN="sentry.example")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"\AEnvironment variable SENTRY_DSN is wrong: [^\n]+\n\Z")
