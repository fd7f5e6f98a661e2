"""A real Daphne process for tests that need sockets, other processes or a browser."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from django.db import connection

from tests.servers import STOP_SECONDS, free_port

START_SECONDS = 30
SERVE = Path(__file__).parent.parent / "deploy" / "serve.sh"


def database_url() -> str:
    """Return the URL of the database that this process uses: under test, the test database."""
    database = {key: str(value or "") for key, value in connection.settings_dict.items()}
    if connection.vendor == "sqlite":
        if "memory" in database["NAME"]:
            raise RuntimeError("Another process cannot see a test database in memory.")
        return f"sqlite:///{database['NAME']}"
    user = ":".join(
        quote(part, safe="") for part in (database["USER"], database["PASSWORD"]) if part
    )
    at = f"{user}@" if user else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{at}{database['HOST']}{port}/{quote(database['NAME'])}"


class LiveServer:
    """One Daphne process on a free port of 127.0.0.1, by default on this process's database.

    `env` adds to the environment (None takes a variable away), `args` to Daphne's arguments.
    """

    def __init__(
        self, *, env: Mapping[str, str | None] | None = None, args: list[str] | None = None
    ) -> None:
        self.port = free_port()
        self.command = [str(SERVE), *(args or [])]
        env = env or {}
        if "DATABASE_URL" not in env:
            env = {"DATABASE_URL": database_url(), **env}
        wanted: dict[str, str | None] = {**os.environ, **env}
        wanted |= {"BIND": "127.0.0.1", "PORT": str(self.port), "PYTHON": sys.executable}
        self.env = {name: value for name, value in wanted.items() if value is not None}
        self.log_file = Path(
            tempfile.gettempdir(), f"front-row-daphne-{os.getpid()}-{self.port}.log"
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Return all that the process has printed."""
        return self.log_file.read_text()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Daphne did not start:\n{self.log[-3000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Return whether the process serves: an error is an answer, too."""
        try:
            urllib.request.urlopen(self.url("/health/"), timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the process in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process as a crash would."""
        self._end(signal.SIGKILL)

    def hang(self) -> None:
        """Stop the process, in the middle of whatever it does, without closing anything."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hanging process go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self._signal(number)
        self.resume()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def close(self) -> None:
        """Stop the process and forget its log."""
        self.stop()
        self.log_file.unlink(missing_ok=True)
        atexit.unregister(self.close)

    def __enter__(self) -> Self:
        # A test run that Ctrl-C ends skips its class cleanups.
        atexit.register(self.close)
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()
