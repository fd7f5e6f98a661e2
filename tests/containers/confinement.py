"""What a process in a container could do if somebody took it over: as little as possible."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.containers.docker import Docker, Refused
from tests.containers.case import ContainerCase

NONE = "0000000000000000"
# What the kernel says of each process, and what it should.
EXPECTED = {"CapPrm": NONE, "CapEff": NONE, "CapBnd": NONE, "NoNewPrivs": "1", "Seccomp": "2"}
# Where the kernel's limits stand, of control groups of version 2 and 1.
MEMORY = "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"
PIDS = "/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"


class ConfinementTests(ContainerCase):
    def test_every_container_is_confined(self) -> None:
        containers = self.compose.containers()
        self.assertGreaterEqual(len(containers), 5)
        for container in containers:
            with self.subTest(container["Name"]):
                self.assertEqual(list(faults(self.compose.docker, container)), [])

    def test_container_that_is_not_confined_is_noticed(self) -> None:
        docker = self.compose.docker
        image = self.compose.containers("redis")[0]["Image"]
        started = docker.run("run", "--detach", "--security-opt=seccomp=unconfined", image)
        self.addCleanup(docker.run, "rm", "--force", "--volumes", started)
        found = {each.split(":")[0] for each in faults(docker, docker.inspect(started))}
        self.assertGreaterEqual(found, {*EXPECTED, "its own image", "memory", "processes"})


def faults(docker: Docker, container: dict[str, Any]) -> Iterator[str]:
    """Yield what a container may do that it needs not."""
    name = container["Id"]
    for pid in docker.run("top", name, "-eo", "pid").split()[1:]:
        said = Path("/proc", pid, "status").read_text()
        fields = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
        if "0" in fields["Uid"].split():
            yield f"root: {fields['Name']}"
        for field, expected in EXPECTED.items():
            if fields[field] != expected:
                yield f"{field}: {fields['Name']} has {fields[field]}"
    if writes(docker, name):
        yield "its own image: can be written"
    for what, paths, no_limit in (("memory", MEMORY, 1 << 50), ("processes", PIDS, 1 << 20)):
        limit = docker.run("exec", name, "sh", "-c", f"cat {' '.join(paths)} 2>/dev/null || true")
        if limit == "max" or int(limit) > no_limit:
            yield f"{what}: without a limit"


def writes(docker: Docker, container: str) -> bool:
    """Tell whether root can write to the container's image."""
    try:
        docker.run("exec", "--user=root", container, "sh", "-c", ": >/etc/probe")
    except Refused:
        return False
    return True
