"""The README's tour of the API, run as it is printed."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.test import SimpleTestCase, tag

from tests.cinema.test_settings import ROOT, run
from tests.foundation.server.test_runserver import MANAGE, RunServer


def tour() -> str:
    """Return the commands."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    [found] = [block for block in blocks if block.startswith("api=")]
    return str(found)


@tag("once")
@skipUnless(shutil.which("curl"), "curl is not on this machine.")
class TourTests(SimpleTestCase):
    def test_every_command_gets_its_answer(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
            for command in ("migrate", "createsampledata"):
                self.assertEqual(run(*MANAGE, command, DATABASE_URL=url).returncode, 0)
            with RunServer(url) as server:
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", tour().replace(":8000", f":{server.port}")],
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        # The one refusal that it announces.
        self.assertEqual(re.findall(r'"code":"(\w+)","detail"', said), ["seat_taken"], said)
        first = r'^id: (0\.([0-9a-f]{16}))\ndata: {"type":"snapshot","version":0,"digest":"\2",'
        self.assertRegex(said, re.compile(first, re.MULTILINE))
        self.assertEqual(said.count('"status":"cancelled"'), 1, said)
