"""What docker-compose.yml says of every service, and how its images are pinned."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml
from django.test import SimpleTestCase, tag

from deploy.containers.images import ROOT, official

DIGEST = f"sha256:{'5a' * 32}"
DOCKER = f"""#!/bin/sh
case $1 in
pull) [ "$2" = --quiet ] ;;
image) echo "some/name@{DIGEST}" ;;
esac
"""


def services() -> dict[str, dict[str, Any]]:
    """Return the services of docker-compose.yml."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found["services"]


@tag("once")
class ComposeTests(SimpleTestCase):
    def test_every_service_is_confined(self) -> None:
        for name, service in services().items():
            with self.subTest(name):
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertTrue(service["read_only"])
                self.assertGreater(service["pids_limit"], 0)
                self.assertRegex(service["mem_limit"], r"^\d+[mg]$")
                # The Dockerfile names the user of our own image.
                self.assertTrue(service.get("user") or service["image"] == "front-row")

    def test_postgresql_says_what_waits_before_it_is_given_up(self) -> None:
        command = services()["postgres"]["command"]
        self.assertIn("log_lock_waits=on", command)
        self.assertIn("deadlock_timeout=500ms", command)
        self.assertIn("log_min_duration_statement=500ms", command)


@tag("once")
class PinTests(SimpleTestCase):
    def test_images_are_pinned_and_pinned_anew(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "deploy").mkdir()
            script = Path(shutil.copy(ROOT / "deploy" / "pin-images.sh", root / "deploy"))
            for name in ("docker-compose.yml", "Dockerfile"):
                shutil.copy(ROOT / name, root)
            docker = root / "docker"
            docker.write_text(DOCKER)
            docker.chmod(0o755)
            env = {**os.environ, "PATH": f"{root}:{os.environ['PATH']}"}
            for _ in range(2):
                subprocess.run([script], env=env, check=True, stdout=subprocess.DEVNULL)
                wanted = {
                    name: f"{image.partition('@')[0]}@{DIGEST}"
                    for name, image in official().items()
                }
                self.assertEqual(official(root), wanted)
