"""A start that is in vain says why in one sentence: no traceback, no secret, no waiting."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from django.test import SimpleTestCase, tag

from deploy.servers import free_port
from tests.cinema.test_settings import ROOT, run

PASSWORD = "hunter2"
EARLIER = """
    CREATE TABLE django_migrations (id, app, name, applied);
    INSERT INTO django_migrations VALUES (1, 'booking', '0002_holds', '2026-11-22');
"""
OF_DATABASES = ("migrate", "createsampledata", "runserver")


@tag("once")
class DatabaseTests(SimpleTestCase):
    def last_line(self, *command: str, **env: str) -> str:
        done = run(*command, **{"REDIS_URL": "redis://127.0.0.1:1/0", **env})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertNotIn(PASSWORD, done.stderr)
        [line] = done.stderr.splitlines()
        return line

    def test_database_that_cannot_be_reached(self) -> None:
        port = free_port()
        url = f"postgresql://frontrow:{PASSWORD}@127.0.0.1:{port}/frontrow"
        for command in OF_DATABASES:
            with self.subTest(command):
                line = self.last_line(sys.executable, "manage.py", command, DATABASE_URL=url)
                self.assertEqual(
                    line,
                    f"The database 127.0.0.1:{port}, which DATABASE_URL names, can't be used: "
                    f'connection failed: connection to server at "127.0.0.1", port {port} failed: '
                    "Connection refused",
                )

    def test_other_databases_that_cannot_be_used(self) -> None:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("This is no database. " * 99)
            file.flush()
            for url, said in {
                f"postgresql://frontrow:{PASSWORD}@nowhere.invalid/frontrow": "failed to resolve",
                "postgresql://127.0.0.1/frontrow?colour=red": 'invalid connection option "colour"',
                "sqlite:////nowhere/db.sqlite3": "unable to open database file",
                f"sqlite:///{file.name}": "file is not a database",
            }.items():
                with self.subTest(url):
                    line = self.last_line(sys.executable, "manage.py", "migrate", DATABASE_URL=url)
                    self.assertIn(f"which DATABASE_URL names, can't be used: {said}", line)

    def test_database_without_tables(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            line = self.last_line(
                *(sys.executable, "manage.py", "createsampledata"),
                DATABASE_URL=f"sqlite:///{folder}/db.sqlite3",
            )
        self.assertEqual(
            line, "The database has no tables yet: python manage.py migrate makes them."
        )

    def test_database_of_an_earlier_version(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "db.sqlite3"
            with closing(sqlite3.connect(file)) as database:
                database.executescript(EARLIER)
            for command in (
                *((sys.executable, "manage.py", name) for name in OF_DATABASES),
                ("deploy/serve.sh",),
            ):
                with self.subTest(command):
                    line = self.last_line(
                        *command, DATABASE_URL=f"sqlite:///{file}", PORT=f"{free_port()}"
                    )
                    self.assertEqual(
                        line,
                        "The database that DATABASE_URL names has the tables of an earlier "
                        "version, and is left as it is: name another one there, and python "
                        "manage.py migrate makes the tables.",
                    )
            with closing(sqlite3.connect(file)) as database:
                tables = database.execute("SELECT name FROM sqlite_master").fetchall()
            self.assertEqual(tables, [("django_migrations",)])

    def test_setting_that_is_wrong(self) -> None:
        runserver, server = (sys.executable, "manage.py", "runserver"), ("deploy/serve.sh",)
        for start, name, value in (
            (runserver, "DATABASE_URL", f"postgresql://frontrow:{PASSWORD}#@127.0.0.1/frontrow"),
            (server, "DATABASE_URL", f"postgresql://frontrow:{PASSWORD}@127.0.0.1:port/frontrow"),
            (runserver, "DATABASE_URL", f"postgresql://frontrow:{PASSWORD}@127.0.0.1"),
            (runserver, "DATABASE_URL", "sqlite://"),
            (server, "REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:port/0"),
            (server, "REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:1/0?colour=red"),
            (server, "REDIS_URL", f"rediss://:{PASSWORD}@127.0.0.1:1/0?ssl_cert_reqs=perhaps"),
            (runserver, "DATABASE_URL", "sqlite:////tmp/%00"),
            (runserver, "HTTP_THREADS", "many"),
        ):
            with self.subTest(value):
                self.assertIn(name, self.last_line(*start, **{name: value}))

    def test_file_of_settings_that_cannot_be_read(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "picture"
            picture.write_bytes(b"\xff\xd8")
            for file in (folder, str(picture)):
                with self.subTest(file):
                    line = self.last_line(sys.executable, "manage.py", "check", ENV_FILE=file)
                    self.assertIn(f"The settings in {file} can't be read: ", line)


@tag("once")
class MachineTests(SimpleTestCase):
    def test_folder_that_cannot_be_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            for package in ("booking", "cinema", "foundation", "payments"):
                shutil.copytree(ROOT / package, copy / package)
            shutil.copy(ROOT / "manage.py", copy)
            (copy / "var").touch()  # refuses to be a folder, also to root
            done = subprocess.run(
                [sys.executable, "manage.py", "migrate"], cwd=copy, capture_output=True, text=True
            )
        self.assertEqual(
            (done.returncode, done.stderr),
            (1, f"The folder {copy / 'var'} can't be written: File exists.\n"),
        )

    def test_package_that_is_not_installed(self) -> None:
        # -S: without the packages of the virtual environment.
        done = run(sys.executable, "-S", "manage.py", "migrate", PYTHONPATH="")
        self.assertEqual(
            (done.returncode, done.stderr),
            (1, "django is not installed: python -m pip install -r requirements.txt\n"),
        )
