"""Runs a command against real PostgreSQL and Redis, and returns its exit status.

`python -m tests.provision COMMAND…`; where they come from, `deploy.services` says.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType

from deploy.servers import STOP_SECONDS, Unavailable
from deploy.services import ENDING_SIGNALS, services

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h


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
