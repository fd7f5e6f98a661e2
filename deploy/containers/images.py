"""Which images there are: the official ones, or stand-ins; and ours, built on one of them."""

import re
import subprocess
from pathlib import Path

from deploy.containers import stand_ins
from deploy.containers.docker import Docker, Refused

ROOT = Path(__file__).parents[2]
OURS = "front-row"
PULL_SECONDS = 300
# The smallest first: it tells whether a registry is reached.
SERVICES = ("redis", "nginx", "postgres")


def official(root: Path = ROOT) -> dict[str, str]:
    """Return the official images by name, as docker-compose.yml and the Dockerfile have them."""
    compose = (root / "docker-compose.yml").read_text()
    found = {each.split(":")[0]: each for each in re.findall(r"image: (\w+:\S+)$", compose, re.M)}
    [python] = re.findall(r"^ARG PYTHON=(\S+)$", (root / "Dockerfile").read_text(), re.M)
    return {**{name: found[name] for name in SERVICES}, "python": python}


def provide(docker: Docker) -> dict[str, str]:
    """Get the official images, or build stand-ins; say which, and return them by name."""
    wanted = official()
    if all(_pulled(docker, each) for each in wanted.values()):
        print(f"containers: the official images: {', '.join(wanted.values())}", flush=True)
        return wanted
    print("containers: no registry is reached, so stand-ins from Debian's packages", flush=True)
    stand_ins.build(docker)
    return {name: stand_ins.image(name) for name in wanted}


def build(docker: Docker, python: str) -> None:
    """Build our image by our Dockerfile."""
    base = f"--build-arg=PYTHON={python}"
    docker.run("build", "--network=host", base, f"--tag={OURS}", ".", cwd=ROOT)


def _pulled(docker: Docker, name: str) -> bool:
    if docker.has_image(name):
        return True
    try:
        docker.run("pull", "--quiet", name, timeout=PULL_SECONDS)
    except (Refused, subprocess.TimeoutExpired):
        return False
    return True
