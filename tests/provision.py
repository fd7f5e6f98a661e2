"""Provides real PostgreSQL and Redis: those of DATABASE_URL and REDIS_URL, or servers of its own.

`python -m tests.provision COMMAND…` runs a command against them and returns its exit status. The
servers of its own come from two wheels of requirements-dev.txt and need no installation.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from tests.servers import STOP_SECONDS, PostgresServer, RedisServer, Server, Unavailable

__all__ = ["ENDING_SIGNALS", "PostgresServer", "RedisServer", "Services", "Unavailable", "services"]

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Services:
    """Where PostgreSQL and Redis are."""

    database_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        """Return this process's environment with both URLs in it."""
        return {**os.environ, "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextmanager
def services() -> Iterator[Services]:
    """Give the servers of DATABASE_URL and REDIS_URL, and start those that are not set."""
    with ExitStack() as stack:

        def given_or_own(variable: str, schemes: tuple[str, ...], own: Callable[[], Server]) -> str:
            url = os.environ.get(variable, "")
            if not url:
                return stack.enter_context(own()).url
            if not url.startswith(schemes):
                raise SystemExit(f"{variable} must start with {' or '.join(schemes)}.")
            return url

        postgres = ("postgres://", "postgresql://")
        yield Services(
            database_url=given_or_own("DATABASE_URL", postgres, PostgresServer),
            redis_url=given_or_own("REDIS_URL", ("redis://", "rediss://"), RedisServer),
        )


class Ended(BaseException):
    """A signal asked this process to end; carries its number."""


def run(command: list[str]) -> int:
    """Run a command against real PostgreSQL and Redis and return its exit status."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in ENDING_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    for number in ENDING_SIGNALS:
        signal.signal(number, end)
    try:
        with services() as given:
            # A session of its own lets whatever the command leaves behind be found and ended.
            child = subprocess.Popen(command, env=given.environment, start_new_session=True)
            try:
                return child.wait()
            finally:
                _end_session(child)
    except Ended as ended:
        return 128 + int(ended.args[0])


def _end_session(child: subprocess.Popen[bytes]) -> None:
    """Interrupt a command, as Ctrl-C does, and in the end kill what is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def main() -> int:
    """Run the command of the command line."""
    if len(sys.argv) < 2:
        print("Usage: python -m tests.provision COMMAND…", file=sys.stderr)
        return 2
    try:
        return run(sys.argv[1:])
    except Unavailable as missing:
        print(missing, file=sys.stderr)
        return UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
