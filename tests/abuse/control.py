"""Burns CPU as an attack does, and nothing else: `python -m tests.abuse.control SHARE SECONDS`.

Who waits longer beside an attack than beside this waits for more than the CPU that it took.
"""

import subprocess
import sys
import time
from pathlib import Path

SLICE_SECONDS = 0.02
PROCESSES = 2
ROOT = Path(__file__).parent.parent.parent


def burn(share: float, seconds: float) -> None:
    """Be busy for this share of the time."""
    deadline = time.monotonic() + seconds
    while (started := time.monotonic()) < deadline:
        while time.monotonic() < started + share * SLICE_SECONDS:
            pass
        time.sleep(max(0.0, started + SLICE_SECONDS - time.monotonic()))


def burn_elsewhere(cores: float, seconds: float) -> None:
    """Let other processes take so many cores in all, and wait for their end."""
    share = str(min(1.0, max(0.0, cores / PROCESSES)))
    command = [sys.executable, "-m", "tests.abuse.control", share, str(seconds)]
    burning = [subprocess.Popen(command, cwd=ROOT) for _ in range(PROCESSES)]
    for process in burning:
        process.wait()


if __name__ == "__main__":
    burn(float(sys.argv[1]), float(sys.argv[2]))
