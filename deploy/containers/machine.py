"""What a machine must have and allow, and what of its own settings a container needs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# Debian's packages for them, which `apt-get install --no-install-recommends` installs.
PROGRAMS = {
    "dockerd": "docker.io",
    "docker": "docker.io",
    "ip": "iproute2",
    "unshare": "util-linux",
}
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
CAPTURED: dict[str, Any] = {"capture_output": True, "text": True}
# Needs a mount, a network and processes of its own.
ALLOWED = ["unshare", "--mount", "--net", "--pid", "--fork", "ip", "link", "set", "lo", "up"]


class CannotRun(Exception):
    """Says what keeps containers from running on this machine."""


def check() -> None:
    """Raise CannotRun unless this machine can run a Docker daemon in namespaces of its own."""
    if os.geteuid() != 0:
        raise CannotRun("only root can start a Docker daemon in namespaces of its own")
    missing = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    if missing:
        raise CannotRun(f"not installed: {', '.join(sorted(missing))}")
    compose()
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        raise CannotRun("the kernel has no overlay file system")
    if not os.access("/sys/fs/cgroup", os.W_OK):
        raise CannotRun("there are no control groups that can be written")
    if subprocess.run(ALLOWED, capture_output=True).returncode:
        raise CannotRun("the kernel allows no namespaces of our own")


def compose() -> list[str]:
    """Return the command of Docker's Compose, or of the one before it."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], **CAPTURED).returncode
        ):
            return command
    raise CannotRun("not installed: docker-compose")


def debian_mirror() -> str:
    """Return where apt gets Debian's packages on this machine."""
    if not shutil.which("mmdebstrap"):
        raise CannotRun(
            "no registry is reached, and mmdebstrap, which builds stand-ins, is missing"
        )
    targets = ["apt-get", "indextargets", "--format", "$(SITE)", "Origin: Debian"]
    found: list[str] = subprocess.run(targets, **CAPTURED).stdout.split()
    if not found:
        raise CannotRun("no registry is reached, and this machine's apt knows no mirror of Debian")
    return found[0]


def apt_settings() -> list[str]:
    """Return what this machine's apt is told about the way to its packages."""
    said = subprocess.run(["apt-config", "dump", "Acquire"], **CAPTURED).stdout
    return re.findall(r"^Acquire::(?:Check-\S+|https?::(?:Proxy|CaInfo)) \".*\"(?=;$)", said, re.M)


def pip_settings() -> str:
    """Return a pip.conf with what this machine sets about the way to its package index."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], **CAPTURED).stdout
    found = re.findall(r"^\S+?\.(index-url|extra-index-url|trusted-host|proxy)='(.*)'$", said, re.M)
    # A folder of this machine is in no container.
    kept = [f"{name} = {value}" for name, value in found if "file:" not in value]
    return "\n".join(["[global]", f"cert = {CA_BUNDLE}", *kept, ""])
