"""Backs up an SQLite database from the command line."""

import sqlite3
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection

from foundation.db.backup import back_up


class Command(BaseCommand):
    """Copies the database; docs/restore.md says how it comes back."""

    help = "Copy the SQLite database, while it is in use, to a file that does not exist yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the copy is to be")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("PostgreSQL is backed up by pg_dump: docs/restore.md says how.")
        if not Path(connection.settings_dict["NAME"]).exists():
            raise CommandError("There is no database yet.")
        connection.ensure_connection()
        try:
            back_up(connection.connection, file)
        except FileExistsError:
            raise CommandError(f"{file} exists already: nothing was written.") from None
        except (OSError, sqlite3.Error) as error:
            raise CommandError(f"There is no backup: {error}") from error
        self.stdout.write(f"Backed up: {file}")
