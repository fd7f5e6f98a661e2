"""Runs a whole deployment on this machine without containers; Ctrl-C ends all of it.

`python -m deploy.by_hand` runs what docker-compose.yml runs: nginx with the same configuration, two
Daphne processes under production settings, PostgreSQL and Redis (those of DATABASE_URL and
REDIS_URL, else servers of its own, which forget everything at the end). It needs nginx and
requirements-dev.txt, and serves plain HTTP on loopback only.
"""

import argparse
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Self

from tests.live import LiveServer
from tests.programs import required
from tests.provision import ENDING_SIGNALS, Services, services
from tests.servers import STOP_SECONDS, free_port

ROOT = Path(__file__).parent.parent
START_SECONDS = 15
NOBODY = "192.0.2.1/32"  # an address set aside for documentation: no connection comes from it


class Deployment:
    """nginx in front of Daphne processes on given PostgreSQL and Redis.

    `outer_proxy` is the CIDR of a proxy that nginx believes about visitors.
    """

    def __init__(
        self,
        given: Services,
        *,
        port: int | None = None,
        processes: int = 2,
        outer_proxy: str = NOBODY,
        with_sample_data: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.outer_proxy = outer_proxy
        self.with_sample_data = with_sample_data
        self.folder = Path(tempfile.mkdtemp(prefix="front-row-by-hand-"))
        self.folder.chmod(0o755)  # nginx works as another user where root starts it
        self.env: dict[str, str | None] = {
            "DATABASE_URL": given.database_url,
            "REDIS_URL": given.redis_url,
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "JWT_SIGNING_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "HTTPS": "false",
            "TRUSTED_PROXIES": "1",
            "STATIC_ROOT": str(self.folder / "static"),
        }
        self.daphnes = [
            LiveServer(env=self.env, args=["--proxy-headers", "--verbosity", "0"])
            for _ in range(processes)
        ]
        self.nginx: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    @property
    def nginx_log(self) -> str:
        return (self.folder / "nginx.log").read_text()

    def manage(self, *arguments: str) -> None:
        """Run a management command of this deployment."""
        env = {**os.environ, **{name: value for name, value in self.env.items() if value}}
        subprocess.run([sys.executable, "manage.py", *arguments], check=True, cwd=ROOT, env=env)

    def start(self) -> None:
        """Migrate, collect the static files and start every process."""
        self.manage("migrate", "--noinput", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        if self.with_sample_data:
            self.manage("createsampledata", "--with-demo-user")
        for daphne in self.daphnes:
            self._stack.enter_context(daphne)
        self._start_nginx()

    def _start_nginx(self) -> None:
        configuration = self.folder / "nginx.conf"
        configuration.write_text(self._filled_in((ROOT / "deploy" / "nginx.conf").read_text()))
        with (self.folder / "nginx.log").open("ab") as log:
            self.nginx = subprocess.Popen(
                [
                    required("nginx"),
                    "-p",
                    str(self.folder),
                    "-c",
                    str(configuration),
                    "-g",
                    "daemon off;",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.nginx.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start:\n{self.nginx_log[-3000:]}")
            time.sleep(0.05)

    def _filled_in(self, template: str) -> str:
        daphnes = "".join(
            f"server 127.0.0.1:{daphne.port} max_fails=3 fail_timeout=5s;"
            for daphne in self.daphnes
        )
        values = {
            "FRONT_ROW_RUN_DIR": str(self.folder),
            "FRONT_ROW_RESOLVER": "",
            "FRONT_ROW_DAPHNES": daphnes,
            "FRONT_ROW_OUTER_PROXY": self.outer_proxy,
            "FRONT_ROW_LISTEN": f"127.0.0.1:{self.port}",
            "FRONT_ROW_SOCKETS_PER_ADDRESS": "100",
        }
        return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], template)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url("/health/"), timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop every process and remove what they kept."""
        if self.nginx is not None:
            self.nginx.terminate()
            try:
                self.nginx.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.nginx.kill()
                self.nginx.wait()
        self._stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


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
            print(f"nginx on {deployment.url()}")
            for daphne in deployment.daphnes:
                print(f"  Daphne on {daphne.url()}")
            print(f"  PostgreSQL {given.database_url.rpartition('@')[2]}")
            print(f"  Redis {given.redis_url.rpartition('@')[2]}")
            print("Ctrl-C ends all of it.", flush=True)
            if deployment.nginx is not None:
                deployment.nginx.wait()
    except KeyboardInterrupt:
        print("Ended.")


if __name__ == "__main__":
    main()
