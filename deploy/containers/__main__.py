"""`python -m deploy.containers COMMAND…`: gets the images, then runs a command beside them.

The command runs in namespaces of its own: it has no network but that of the containers, and nothing
that it starts outlives it. Exit status 69 says that this machine can't run containers, a line why.
What was pulled and built is kept in CONTAINERS_CACHE (var/containers unless set).
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.containers import images, machine
from deploy.containers.docker import (
    ON_THE_MACHINES_NETWORK,
    Docker,
    isolated,
    remove_control_groups,
)

UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h
CACHE = Path(os.environ.get("CONTAINERS_CACHE") or images.ROOT / "var" / "containers").resolve()
IMAGES = CACHE / "images.json"


def prepare() -> None:
    """Get every image into the cache; run in namespaces of its own, but with the network."""
    began = time.monotonic()
    with Docker(CACHE / "docker", options=ON_THE_MACHINES_NETWORK) as docker:
        provided = images.provide(docker)
        images.build(docker, provided["python"])
        IMAGES.write_text(json.dumps(provided))
    print(f"containers: images ready after {time.monotonic() - began:.0f} s", flush=True)


def main(command: list[str]) -> int:
    """Prepare, run the command, and return its exit status."""
    try:
        machine.check()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        with _cache():
            status = _run([sys.executable, "-m", "deploy.containers", "--prepare"], network=False)
            return status or _run(command, network=True)
    except machine.CannotRun as why:
        print(f"containers: not run: {why}")
        return UNAVAILABLE
    finally:
        remove_control_groups()


@contextmanager
def _cache() -> Iterator[None]:
    """Have the cache for ourselves: two daemons would break each other's images."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise machine.CannotRun(f"another run uses {CACHE}") from None
        yield


def _run(command: list[str], *, network: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="front-row-containers-") as folder:
        child = subprocess.Popen(
            isolated(*command, network=network),
            cwd=images.ROOT,
            env={**os.environ, "TMPDIR": folder},
        )
        try:
            return child.wait()
        finally:
            # Its namespaces, and all that is in them, end with it.
            child.kill()
            child.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["--prepare"]:
        try:
            prepare()
        except machine.CannotRun as why:
            print(f"containers: not run: {why}")
            sys.exit(UNAVAILABLE)
    else:
        sys.exit(main(sys.argv[1:]))
