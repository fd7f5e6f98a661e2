"""docker-compose.yml as a project of its own: up, down, and its containers one by one."""

import json
import re
import resource
import secrets
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from deploy.containers import machine
from deploy.containers.docker import Docker, Refused
from deploy.containers.images import ROOT

FILE = ROOT / "docker-compose.yml"
PROJECT = "front-row"
GREEN_SECONDS = 180
OPEN_FILES = 65536  # what docker-compose.yml asks for


class Compose:
    """The deployment of docker-compose.yml, on a port of 127.0.0.1, with sample data.

    `images` are those that stand for the official ones, by name; `env` adds variables.
    """

    def __init__(
        self, docker: Docker, port: int, images: Mapping[str, str], env: Mapping[str, str]
    ) -> None:
        self.docker = docker
        self.port = port
        override = docker.folder / "override.json"
        override.write_text(json.dumps({"services": _override(images)}))
        self.env = {
            **docker.env,
            # As in .env.example, a blank one counts as none: no .env of this machine has a say.
            **dict.fromkeys(re.findall(r"\$\{(\w+)", FILE.read_text()), ""),
            "COMPOSE_FILE": f"{FILE}:{override}",
            "COMPOSE_PROJECT_NAME": PROJECT,
            "SECRET_KEY": secrets.token_urlsafe(60),
            "JWT_SIGNING_KEY": secrets.token_urlsafe(60),
            "POSTGRES_PASSWORD": secrets.token_hex(16),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "HTTPS": "false",
            "SAMPLE_DATA": "yes",
            "LISTEN": f"127.0.0.1:{port}",
            **env,
        }

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def run(self, *arguments: str) -> str:
        """Run a command of Compose; Refused with all that it said if it fails."""
        done = subprocess.run(
            [*machine.compose(), *arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise Refused(f"{arguments}: {done.stdout}")
        return done.stdout

    def up(self) -> None:
        """Start what does not run, and wait until every health check is green."""
        try:
            self.run("up", "--detach", "--no-build")
        except Refused as refused:
            raise Refused(f"{refused}\n{self.logs()}") from refused
        self.until_green()

    def down(self) -> None:
        """End and remove all but the volumes that have names."""
        self.run("down")

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """Return what Docker knows of the running containers, of one service or of all."""
        label = "com.docker.compose."
        filters = [f"--filter=label={label}project={PROJECT}"]
        if service:
            filters.append(f"--filter=label={label}service={service}")
        ids = self.docker.run("ps", "--quiet", "--no-trunc", *filters).split()
        return [self.docker.inspect(each) for each in ids]

    def until_green(self) -> None:
        """Wait until each container that must run is healthy."""
        wanted = {"postgres": 1, "redis": 1, "web": 2, "nginx": 1}
        wait_until(
            lambda: (
                {service: [health(each) for each in self.containers(service)] for service in wanted}
                == {service: ["healthy"] * count for service, count in wanted.items()}
            ),
            self.logs,
        )

    def logs(self) -> str:
        """Return what the containers have logged, and how they are."""
        return f"{self.run('ps', '--all')}\n{self.run('logs', '--no-color', '--tail=40')}"


def health(container: Mapping[str, Any]) -> str:
    """Return what a container's health check says."""
    said: str = container["State"].get("Health", {}).get("Status", "no check")
    return said


def wait_until(
    holds: Callable[[], bool], why_not: Callable[[], str], seconds: float = GREEN_SECONDS
) -> None:
    """Wait until something holds; TimeoutError with the reason if it doesn't."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(why_not())
        time.sleep(0.2)


def _override(images: Mapping[str, str]) -> dict[str, Any]:
    """Return what Compose must take from elsewhere on this machine, service by service."""
    changed: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, image in images.items():
        if name != "python":
            changed[name]["image"] = image
    # As `images.build` built it, so that deploy/roll.sh finds the packages in the builder's cache.
    build = {"args": {"PYTHON": images["python"]}, "network": "host"}
    for name in ("migrate", "web", "worker", "tidy"):
        changed[name]["build"] = build
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Without CAP_SYS_RESOURCE not even root can raise its own limit.
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        for name in ("web", "nginx"):
            changed[name]["ulimits"] = {"nofile": {"soft": hard, "hard": hard}}
    return changed
