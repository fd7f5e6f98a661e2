"""A real Daphne process for tests that need sockets, other processes or a browser."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from fcntl import LOCK_EX, flock
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from django.db import connection
from django.test import SimpleTestCase

from deploy.serve import Daphne

# What says how static files are collected.
HOW = "foundation/web/static_files.py"
# Clients say by a header which address is theirs.
BEHIND_A_PROXY: dict[str, str | None] = {"TRUSTED_PROXIES": "1"}


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


@cache
def static_root() -> str:
    """Return the folder of the static files as they are, collected once for all who test them."""
    root = Path(__file__).parents[1]
    of_it = [*sorted((root / "static").rglob("*")), root / "requirements.lock", root / HOW]
    content = b"".join(path.read_bytes() for path in of_it if path.is_file())
    folder = root / "var" / "tests" / f"static-{sha256(content).hexdigest()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        flock(lock, LOCK_EX)  # others may collect them at the same time
        if not folder.exists():
            begun = tempfile.mkdtemp(dir=folder.parent)
            production = {"DEBUG": "false", "SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "127.0.0.1"}
            subprocess.run(
                [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
                cwd=root,
                env={**os.environ, **production, "STATIC_ROOT": begun},
                check=True,
            )
            Path(begun).rename(folder)
    return str(folder)


class LiveServer(Daphne):
    """A Daphne process, by default on this process's database."""

    def __init__(
        self, *, env: Mapping[str, str | None] | None = None, args: list[str] | None = None
    ) -> None:
        env = env or {}
        if "DATABASE_URL" not in env:
            env = {"DATABASE_URL": database_url(), **env}
        super().__init__(env=env, args=args)


class PlainDaphne(LiveServer):
    """Daphne's own command, without any of the arguments in deploy/serve.sh."""

    def __init__(self) -> None:
        super().__init__(env=BEHIND_A_PROXY)
        self.command = [sys.executable, "-m", "daphne", "--port", str(self.port)]
        self.command.append("cinema.asgi:application")


class LiveServerMixin(SimpleTestCase):
    """Gives a class of tests one server, whatever Django's class it is beside."""

    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(cls.new_server())

    @classmethod
    def new_server(cls) -> LiveServer:
        """Return the server to test, not started yet."""
        return LiveServer()
