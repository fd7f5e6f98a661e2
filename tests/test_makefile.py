"""`make run` on a machine that lacks something: one sentence, and no waiting."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.test import SimpleTestCase, tag

from tests.cinema.test_settings import ROOT

NOBODY = 65_534
# A make that runs these tests leaves its own options and variables to the one that they run.
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "VENV", "PYTHON", "PORT")


@tag("once")
@skipUnless(shutil.which("make"), "make is not on this machine.")
class RunTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("Makefile", "requirements.lock"):
            shutil.copy(ROOT / name, self.folder)

    def make(self, *arguments: str, user: int | None = None, **env: str) -> list[str]:
        """Return what `make run` prints before make's own last line."""
        done = subprocess.run(
            ["make", "--no-print-directory", "run", *arguments],
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if k not in OF_MAKE} | env,
            capture_output=True,
            text=True,
            timeout=120,
            user=user,
        )
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("Traceback", done.stdout + done.stderr)
        return (done.stdout + done.stderr).splitlines()[:-1]

    def python(self, condition: str) -> str:
        """Make a Python that fails where its first argument but one contains this."""
        path = self.folder / "python"
        path.write_text(
            f'#!/bin/sh\ncase "$2" in *{condition}*) exit 1;; esac\nexec {sys.executable} "$@"\n'
        )
        path.chmod(0o755)
        return f"PYTHON={path}"

    def test_python_without_its_venv_module(self) -> None:
        python = self.python("venv")
        self.assertEqual(
            self.make(python),
            [
                f"{self.folder}/python has no venv module. On Debian and Ubuntu: apt-get install "
                "python3-venv"
            ],
        )

    def test_python_that_is_too_old(self) -> None:
        [said] = self.make(self.python("version_info"))
        self.assertIn("Front Row needs Python 3.11 or newer.", said)

    def test_folder_that_cannot_be_written(self) -> None:
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.assertEqual(
            self.make(user=NOBODY if os.geteuid() == 0 else None),
            ["This folder can't be written, and Front Row keeps its packages and data here."],
        )

    def test_packages_that_cannot_be_had(self) -> None:
        said = self.make(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
        self.assertEqual(
            said,
            [
                "Installing the packages of requirements.lock.",
                "The packages of requirements.lock can't be installed: is there a network? "
                ".venv/pip.log says more.",
            ],
        )


@tag("once")
@skipUnless(shutil.which("make"), "make is not on this machine.")
class LintTests(SimpleTestCase):
    def test_machine_without_npm_skips_the_linters_that_come_from_it_but_ci_fails(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        for name in ("sh", "make"):
            Path(folder, name).symlink_to(str(shutil.which(name)))
        for ci, status, said in (
            ("", 0, "No npm on this machine: ESLint and tsc were skipped."),
            ("true", 2, "npm is missing, and CI needs it."),
        ):
            with self.subTest(ci=ci):
                env = {k: v for k, v in os.environ.items() if k not in OF_MAKE}
                done = subprocess.run(
                    ["make", "--no-print-directory", "lint-js"],
                    cwd=ROOT,
                    env=env | {"PATH": folder, "CI": ci},
                    capture_output=True,
                    text=True,
                    timeout=30,
                )
                self.assertEqual((done.returncode, done.stdout.strip()), (status, said))
