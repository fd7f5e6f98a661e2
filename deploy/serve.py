"""Real Daphne processes, as deploy/serve.sh runs them, and workers: to start, stop and kill."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from deploy.servers import Process, free_port

# One that ends at once is noticed at once; a busy machine takes its time.
START_SECONDS = 180
READY_SECONDS = 60
ROOT = Path(__file__).parent.parent
SERVE = Path(__file__).with_name("serve.sh")


class Logged(Process):
    """A process of Front Row that logs to a file of its own.

    `env` adds to the environment; None takes a variable away.
    """

    def __init__(
        self, name: str, command: list[str], env: Mapping[str, str | None] | None = None
    ) -> None:
        self.command = command
        wanted: dict[str, str | None] = {**os.environ, **(env or {})}
        self.env = {name: value for name, value in wanted.items() if value is not None}
        self.log_file = Path(tempfile.gettempdir(), f"front-row-{name}.log")

    @property
    def log(self) -> str:
        """Return all that the process has printed."""
        return self.log_file.read_text()

    def start(self) -> None:
        """Start the process, and wait for nothing."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def forget(self) -> None:
        self.log_file.unlink(missing_ok=True)


class Worker(Logged):
    """A process that does what is in the outbox."""

    def __init__(self, *, env: Mapping[str, str | None] | None = None) -> None:
        name = f"worker-{os.getpid()}-{secrets.token_hex(4)}"
        super().__init__(name, [sys.executable, "manage.py", "worker"], env)


class Daphne(Logged):
    """One Daphne process on a free port of 127.0.0.1; `args` adds to Daphne's arguments."""

    def __init__(
        self, *, env: Mapping[str, str | None] | None = None, args: list[str] | None = None
    ) -> None:
        self.port = free_port()
        own = {"BIND": "127.0.0.1", "PORT": str(self.port), "PYTHON": sys.executable}
        name = f"daphne-{os.getpid()}-{self.port}"
        super().__init__(name, [str(SERVE), *(args or [])], {**(env or {}), **own})

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Start the process and wait until it lives; it may not be ready for people."""
        super().start()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if (
                self.process is None
                or self.process.poll() is not None
                or time.monotonic() > deadline
            ):
                raise RuntimeError(f"Daphne did not start:\n{self.log[-3000:]}")
            time.sleep(0.05)

    def until_ready(self) -> None:
        """Wait until the process is ready for people. Raises RuntimeError."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"Daphne ended:\n{self.log[-3000:]}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"Daphne is not ready:\n{self.log[-3000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Return whether the process lives: an error is an answer, too."""
        return self._asked("/health/live") is not None

    def is_ready(self) -> bool:
        """Return whether the process is ready for people."""
        return self._asked("/health/ready") == HTTPStatus.OK

    def _asked(self, path: str) -> int | None:
        """Return the status of an answer, if there is one."""
        try:
            with urllib.request.urlopen(self.url(path), timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None
