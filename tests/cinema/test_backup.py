import sqlite3
import stat
import tempfile
from contextlib import closing
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock, skipUnless

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import SimpleTestCase, tag

from booking.models import Movie
from foundation.db.backup import back_up
from tests import factories
from tests.commits import CommitTestCase

PAGE = 4096


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        [(count,)] = database.execute("SELECT count(*) FROM numbers")
        return int(count)


@tag("once")
class BackUpTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.source, self.file = self.folder / "source", self.folder / "backups" / "copy"
        self.file.parent.mkdir()
        self.database = self.enterContext(closing(sqlite3.connect(self.source)))
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute(
            "CREATE TABLE numbers (number INTEGER CHECK (number >= 0), text TEXT)"
        )
        self.write(1000)

    def write(self, count: int) -> None:
        with self.database:
            self.database.executemany(
                "INSERT INTO numbers VALUES (?, ?)", [(n, "x" * 100) for n in range(count)]
            )

    @property
    def left(self) -> list[str]:
        """What is in the folder of the backups."""
        return sorted(path.name for path in self.file.parent.iterdir())

    def test_copy_is_one_file_for_its_owner_alone(self) -> None:
        back_up(self.database, self.file)
        self.assertEqual(rows(self.file), 1000)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(self.left, ["copy"])

    def test_copy_is_of_one_moment_while_others_write(self) -> None:
        with closing(sqlite3.connect(self.source)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM numbers")
            back_up(self.database, self.file)
            other.commit()
        self.assertEqual(rows(self.file), 1000)
        self.assertEqual(rows(self.source), 0)

    def test_file_that_is_there_is_left_alone(self) -> None:
        self.file.write_text("last night's")
        with self.assertRaises(FileExistsError):
            back_up(self.database, self.file)
        self.assertEqual(self.file.read_text(), "last night's")
        self.assertEqual(self.left, ["copy"])

    def test_file_has_its_name_only_when_it_is_whole(self) -> None:
        file, seen = self.file, []

        class Seen(sqlite3.Connection):
            def execute(self, sql: str, /, *args: Any) -> sqlite3.Cursor:
                seen.append(file.exists())
                return super().execute(sql, *args)

        connect = partial(sqlite3.connect, factory=Seen)
        with mock.patch("foundation.db.backup.sqlite3.connect", connect):
            back_up(self.database, file)
        self.assertEqual(seen, [False, False])
        self.assertTrue(file.exists())

    def test_copy_with_faults_is_no_backup(self) -> None:
        self.database.execute("PRAGMA ignore_check_constraints = ON")
        self.database.execute("UPDATE numbers SET number = -1 WHERE number = 1")
        self.database.commit()
        with self.assertRaisesMessage(sqlite3.DatabaseError, "CHECK constraint failed in numbers"):
            back_up(self.database, self.file)
        self.assertEqual(self.left, [])

    def test_damaged_file_is_no_backup(self) -> None:
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self.source.open("r+b") as file:
            file.seek(5 * PAGE)
            file.write(b"\xff" * PAGE)
        with (
            closing(sqlite3.connect(self.source)) as damaged,
            self.assertRaises(sqlite3.DatabaseError),
        ):
            back_up(damaged, self.file)
        self.assertEqual(self.left, [])


class CommandTests(CommitTestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = folder / "copy"

    def run_command(self) -> str:
        out = StringIO()
        call_command("backup", str(self.file), stdout=out)
        return out.getvalue()

    @skipUnless(connection.vendor == "sqlite", "PostgreSQL has programs for this")
    def test_it_copies_what_is_committed_and_refuses_to_write_over_it(self) -> None:
        movie = factories.movie()
        self.assertEqual(self.run_command(), f"Backed up: {self.file}\n")
        with closing(sqlite3.connect(self.file)) as copy:
            found = list(copy.execute(f"SELECT id FROM {Movie._meta.db_table}"))
        self.assertEqual(found, [(movie.pk,)])
        with self.assertRaisesMessage(CommandError, "exists already: nothing was written."):
            self.run_command()

    @skipUnless(connection.vendor == "sqlite", "PostgreSQL has programs for this")
    def test_folder_that_is_missing_is_refused(self) -> None:
        self.file = self.file.parent / "nowhere" / "copy"
        with self.assertRaisesMessage(CommandError, "There is no backup: "):
            self.run_command()

    @skipUnless(connection.vendor == "postgresql", "SQLite is backed up")
    def test_postgresql_is_sent_to_its_own_programs(self) -> None:
        with self.assertRaisesMessage(CommandError, "PostgreSQL is backed up by pg_dump"):
            self.run_command()
