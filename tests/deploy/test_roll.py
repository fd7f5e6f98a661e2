"""deploy/roll.sh, with a docker that only keeps lists."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase, tag

from tests.cinema.test_settings import ROOT

FAKE = Path(__file__).with_name("fake_docker.py")


@tag("once")
class RollTests(SimpleTestCase):
    def rolled(self, *, has_plugin: bool = True, fails: str = "") -> tuple[int, str, Any]:
        """Run the script; return its status, its last line, and what became of the containers."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("docker", "docker-compose"):
            (folder / name).symlink_to(folder / "fake")
        (folder / "fake").write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
        (folder / "sleep").symlink_to("/bin/true")
        (folder / "fake").chmod(0o755)
        state = {"running": ["old1", "old2"], "made": 0, "done": []}
        file = folder / "state.json"
        file.write_text(json.dumps({**state, "has_plugin": has_plugin, "fails": fails}))
        done = subprocess.run(
            [ROOT / "deploy" / "roll.sh"],
            env={"PATH": f"{folder}:{os.environ['PATH']}", "FAKE_DOCKER": str(file)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        said = (done.stdout + done.stderr).strip().splitlines()
        return done.returncode, said[-1], json.loads(file.read_text())

    def test_old_replica_ends_when_a_new_one_is_ready_and_not_before(self) -> None:
        for has_plugin in (True, False):
            with self.subTest(has_plugin):
                status, said, state = self.rolled(has_plugin=has_plugin)
                self.assertEqual((status, said), (0, "Every replica is one of the new version."))
                steps = "build web,run migrate,start new1,ask new1,stop old1,rm old1"
                steps += ",start new2,ask new2,stop old2,rm old2,renew worker tidy"
                self.assertEqual(state["done"], steps.split(","))

    def test_step_that_fails_leaves_the_old_replicas_running(self) -> None:
        for fails, sentence in (
            ("build", "The image could not be built: the old version goes on."),
            ("run", "The migrations failed: the old version goes on."),
            ("new1", "A new replica does not become ready, so it was removed"),
        ):
            with self.subTest(fails):
                status, said, state = self.rolled(fails=fails)
                self.assertEqual(status, 1)
                self.assertIn(sentence, said)
                self.assertEqual(state["running"], ["old1", "old2"])
                self.assertNotIn("stop old1", state["done"])

    def test_second_replica_that_fails_is_not_put_in_the_place_of_an_old_one(self) -> None:
        status, said, state = self.rolled(fails="new2")
        self.assertEqual((status, state["running"]), (1, ["old2", "new1"]))
        self.assertTrue(said.endswith("It said: SECRET_KEY must be set."), said)
