"""Builds the images, runs docker-compose.yml, and tests it: `python -m tests.containers [WHAT…]`.

The exit status is 0 if all is well, 1 if a test failed, 69 if this machine can't run containers.
"""

import argparse
import json
import subprocess
import sys
import time
import unittest

from deploy.containers.__main__ import CACHE, IMAGES, main
from deploy.containers.compose import Compose
from deploy.containers.docker import Docker
from tests.containers.case import ContainerCase
from tests.containers.confinement import ConfinementTests
from tests.containers.data import DataTests
from tests.containers.database import DatabaseTests
from tests.containers.embedded import EmbeddedTests
from tests.containers.replicas import ReplicaTests
from tests.containers.rolling import RollingTests
from tests.containers.site import SiteTests

CASES = {
    "site": SiteTests,
    "confinement": ConfinementTests,
    "database": DatabaseTests,
    "replicas": ReplicaTests,
    "rolling": RollingTests,
    "data": DataTests,
    "embedded": EmbeddedTests,
}
PORT = 8080


def inside(wanted: list[str]) -> int:
    """Run the tests that are wanted, in namespaces of their own; return the exit status."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # Visitors may say which address is theirs: they come from that of the containers' bridge.
    env = {"OUTER_PROXY": "172.16.0.0/12"}
    with Docker(CACHE / "docker", options=[]) as docker:
        docker.remove_containers()
        began = time.monotonic()
        ContainerCase.compose = compose = Compose(docker, PORT, json.loads(IMAGES.read_text()), env)
        try:
            compose.up()
            print(f"containers: all green after {time.monotonic() - began:.0f} s", flush=True)
            loader = unittest.defaultTestLoader
            suite = unittest.TestSuite(loader.loadTestsFromTestCase(CASES[each]) for each in wanted)
            succeeded = unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
        finally:
            docker.remove_containers()
    return 0 if succeeded else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.containers", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], *CASES], help="all unless some are named")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    wanted = options.what or list(CASES)
    if options.inside:
        sys.exit(inside(wanted))
    sys.exit(main([sys.executable, "-m", "tests.containers", "--inside", *wanted]))
