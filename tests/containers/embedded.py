"""The image alone, as README.md runs it."""

from typing import Any

from deploy.containers.compose import health, wait_until
from deploy.containers.images import OURS
from tests.containers.case import ContainerCase

PORT = 8000
VOLUME = "front-row-alone"
CONFINED = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"),
    *("--security-opt=no-new-privileges", "--memory=512m", "--pids-limit=200"),
)


class EmbeddedTests(ContainerCase):
    site = f"127.0.0.1:{PORT}"

    def test_image_without_settings_serves_and_keeps_what_is_booked(self) -> None:
        docker = self.compose.docker
        self.addCleanup(docker.run, "volume", "rm", VOLUME)
        maps: list[dict[str, Any]] = []
        for options in ((), CONFINED):
            where = f"--publish=127.0.0.1:{PORT}:8000", f"--volume={VOLUME}:/app/var"
            started = docker.run("run", "--detach", *options, *where, OURS)
            try:
                wait_until(
                    lambda: health(docker.inspect(started)) == "healthy",  # noqa: B023
                    lambda: docker.run("logs", started),  # noqa: B023
                )
                self.assertIn("No settings were given", docker.run("logs", started))
                self.assertIn("The Last Projectionist", self.open("/").read().decode())
                show = self.show()
                if not maps:
                    self.book(show, self.free_seat(show), self.log_in())
                maps.append(self.seat_map(show))
            finally:
                docker.run("rm", "--force", started)
        self.assertEqual(maps[0], maps[1])
        self.assertEqual(maps[0]["states"].count("b"), 1)
