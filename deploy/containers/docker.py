"""A Docker daemon of our own, apart from whichever the machine has."""

import json
import os
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

START_SECONDS = 60
STOP_SECONDS = 60
CGROUP = "front-row"
# Builds share the machine's network and need no bridge; containers get one, in a network namespace
# where nothing else is.
ON_THE_MACHINES_NETWORK = ["--bridge=none", "--iptables=false"]


class Refused(Exception):
    """A docker command failed, and this is what it said."""


class Docker:
    """dockerd with its images and volumes in `data`, and everything else in a temporary folder.

    It must run in a mount and a PID namespace of its own (`isolated`): whatever it leaves behind
    ends with them.
    """

    def __init__(self, data: Path, *, options: list[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="front-row-docker-"))
        self.log = self.folder / "log"
        self.socket = f"unix://{self.folder}/docker.sock"
        (self.folder / "daemon.json").write_text("{}")
        self.command = [
            "dockerd",
            f"--config-file={self.folder}/daemon.json",
            f"--data-root={data}",
            f"--exec-root={self.folder}/exec",
            f"--pidfile={self.folder}/pid",
            f"--host={self.socket}",
            f"--cgroup-parent=/{CGROUP}",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            "--log-level=warn",
            *options,
        ]

    @property
    def env(self) -> dict[str, str]:
        """Return the environment in which every Docker program talks to this daemon."""
        return {**os.environ, "DOCKER_HOST": self.socket, "DOCKER_SCAN_SUGGEST": "false"}

    def run(self, *arguments: str, **options: Any) -> str:
        """Run a docker command and return what it printed; Refused if it fails."""
        command = ["docker", *arguments]
        captured = {"env": self.env, "capture_output": True, "text": True, **options}
        done: subprocess.CompletedProcess[str] = subprocess.run(command, **captured)
        if done.returncode:
            raise Refused(f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout.strip()

    def remove_containers(self) -> None:
        """Remove every container, with its volumes and networks: all of them are ours."""
        if containers := self.run("ps", "--all", "--quiet").split():
            self.run("rm", "--force", "--volumes", *containers)
        if volumes := self.run("volume", "ls", "--quiet").split():
            self.run("volume", "rm", *volumes)
        self.run("network", "prune", "--force")

    def inspect(self, what: str) -> dict[str, Any]:
        """Return what Docker knows of a container or an image."""
        found: dict[str, Any] = json.loads(self.run("inspect", what))[0]
        return found

    def has_image(self, name: str) -> bool:
        """Tell whether an image is there."""
        try:
            self.run("image", "inspect", name)
        except Refused:
            return False
        return True

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text()[-3000:]
                self.__exit__()
                raise RuntimeError(f"dockerd did not start:\n{said}")
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        version = ["docker", "version", "--format", "{{.Server.Version}}"]
        return not subprocess.run(version, env=self.env, capture_output=True).returncode

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def isolated(*command: str, network: bool) -> list[str]:
    """Return a command that runs another in namespaces of its own.

    They end with it, and all of its processes and mounts with them. With `network` it also has a
    network of its own, which reaches nothing else.
    """
    own_network = ["--net"] if network else []
    # Also when this process is killed itself.
    namespaces = ["setpriv", "--pdeathsig=KILL"]
    namespaces += ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*namespaces, *own_network, *command]


def remove_control_groups() -> None:
    """Remove the control groups of containers that ended with their namespace."""
    for path in sorted(Path("/sys/fs/cgroup").glob(f"**/{CGROUP}/**/"), reverse=True):
        with suppress(OSError):
            path.rmdir()
