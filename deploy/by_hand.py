"""Runs a whole deployment on this machine without containers; Ctrl-C ends all of it.

SIGUSR1 deploys the code as it is then, without an outage, as deploy/roll.sh does with containers.

`python -m deploy.by_hand` runs what docker-compose.yml runs: nginx with the same configuration, two
Daphne processes and a worker under production settings, PostgreSQL and Redis (those of DATABASE_URL
and REDIS_URL, else servers of its own, which forget everything at the end). It needs nginx and
requirements-dev.txt, and serves plain HTTP on loopback only.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, Self

from deploy.nginx import Nginx
from deploy.serve import Daphne, Worker
from deploy.servers import Unavailable
from deploy.services import ENDING_SIGNALS, Services, services

ROOT = Path(__file__).parent.parent
# As docker-compose.yml has it.
DRAIN_SECONDS = 30


class Deployment:
    """nginx in front of Daphne processes, with a place for a spare one, and a worker.

    `env` adds to the processes' environment, `nginx` to the options of `Nginx`. Where static files
    are collected already, `static_root` is their folder.
    """

    def __init__(
        self,
        given: Services,
        *,
        port: int | None = None,
        processes: int = 2,
        with_sample_data: bool = False,
        env: Mapping[str, str] | None = None,
        nginx: Mapping[str, Any] | None = None,
        static_root: str | None = None,
    ) -> None:
        self.with_sample_data = with_sample_data
        self.collects = static_root is None
        self._stack = ExitStack()
        if static_root is None:
            folder = tempfile.TemporaryDirectory(prefix="front-row-static-")
            static_root = self._stack.enter_context(folder)
        self.env = {
            "DATABASE_URL": given.database_url,
            "REDIS_URL": given.redis_url,
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "JWT_SIGNING_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "HTTPS": "false",
            "TRUSTED_PROXIES": "1",
            "STATIC_ROOT": static_root,
            **(env or {}),
        }
        self.daphnes = [self._daphne() for _ in range(processes)]
        self.spare = self._daphne()
        self.worker = Worker(env=self.env)
        ports = [daphne.port for daphne in self.daphnes]
        self.nginx = Nginx(ports, port=port, spare_port=self.spare.port, **(nginx or {}))

    def _daphne(self) -> Daphne:
        return Daphne(env=self.env, args=["--proxy-headers"])

    def manage(self, *arguments: str) -> None:
        """Run a management command of this deployment."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **self.env})

    def start(self) -> None:
        """Prepare, and start every process."""
        self.prepare()
        if self.with_sample_data:
            self.manage("createsampledata", "--with-demo-user")
        for daphne in self.daphnes:
            self._stack.enter_context(daphne).until_ready()
        self._stack.callback(self.spare.close)
        self._stack.enter_context(self.worker)
        self._stack.enter_context(self.nginx)

    def prepare(self) -> None:
        """Migrate and collect the static files. Raises CalledProcessError."""
        self.manage("migrate", "--noinput", "--verbosity", "0")
        if self.collects:
            self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def roll(self) -> None:
        """Replace each process by one of the code as it is now, while the site serves.

        The spare process shows first that the new code comes up, and serves where no other does.
        Raises RuntimeError when a new process does not become ready: those not yet replaced go on,
        and so does the spare one if any was.
        """
        try:
            self.spare.start()
            self.spare.until_ready()
        except RuntimeError:
            self.spare.kill()
            raise
        for daphne in self.daphnes:
            daphne.stop(DRAIN_SECONDS)
            daphne.start()
            daphne.until_ready()
        self.spare.stop(DRAIN_SECONDS)
        self.worker.stop(DRAIN_SECONDS)
        self.worker.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()


def deployed(deployment: Deployment) -> str:
    """Deploy the code as it is now, and return a sentence about what came of it."""
    try:
        deployment.prepare()
        deployment.roll()
    except subprocess.CalledProcessError:
        return "The database or the static files could not be prepared: the old version goes on."
    except RuntimeError as error:
        return f"A process of the new version does not become ready: the old ones go on. {error}"
    return "Every process is one of the new version."


def main() -> None:
    """Run a deployment until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.by_hand", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="the port nginx listens on")
    parser.add_argument("--processes", type=int, default=2, help="how many Daphne processes")
    parser.add_argument("--with-sample-data", action="store_true", help="load it, demo user too")
    options = parser.parse_args()

    def end(_number: int, _frame: FrameType | None) -> None:
        for each in ENDING_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in ENDING_SIGNALS:
        signal.signal(each, end)
    try:
        with services() as given, Deployment(given, **vars(options)) as deployment:
            print(f"nginx on {deployment.nginx.url()}")
            for daphne in deployment.daphnes:
                print(f"  Daphne on {daphne.url()}, which logs to {daphne.log_file}")
            print(
                f"  the worker logs to {deployment.worker.log_file}, mails too where none are sent"
            )
            print(f"  PostgreSQL on {given.database_url.rpartition('@')[2]}")
            print(f"  Redis on {given.redis_url.rpartition('@')[2]}")
            print(f"kill -USR1 {os.getpid()} deploys the code as it is then, without an outage.")
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
            print("Ctrl-C ends all of it.", flush=True)
            while signal.sigwaitinfo([signal.SIGUSR1]):
                print(deployed(deployment), flush=True)
    except KeyboardInterrupt:
        print("Ended.")
    except Unavailable as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
