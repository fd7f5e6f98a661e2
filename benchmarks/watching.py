"""The load of watchers: builds and drives benchmarks/load/watchers.c."""

import json
import mmap
import resource
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from struct import pack_into
from typing import Any, Self

from benchmarks.processes import OTHER_CORE, pinned

HERE = Path(__file__).parent
BUILT = HERE.parent / "var" / "benchmarks"
MOST_VERSIONS = 1 << 20


@cache
def built(source: str) -> Path:
    """Compile a C program of the benchmarks, and return where it is."""
    program = BUILT / Path(source).stem
    BUILT.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(HERE / source)], check=True
    )
    return program


class Stamps:
    """When each version was published, in memory that the watchers see."""

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile(prefix="front-row-stamps-", delete=False) as file:
            file.truncate(8 * MOST_VERSIONS)
            self.path = Path(file.name)
            self._memory = mmap.mmap(file.fileno(), 8 * MOST_VERSIONS)

    def stamp(self, version: int) -> None:
        """Note that this version is being published now."""
        pack_into("<Q", self._memory, 8 * version, time.clock_gettime_ns(time.CLOCK_MONOTONIC))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._memory.close()
        self.path.unlink()


class Watchers:
    """Sockets of one process on the core of the load; entering it opens them all.

    `joining` is the report of their joining. With `over` they connect evenly over that many
    seconds, else as fast as they are taken in.
    """

    joining: dict[str, Any]

    def __init__(
        self, *, port: int, path: str, count: int, stamps: Stamps, greeted: bool, over: float = 0
    ) -> None:
        where = ["127.0.0.1", str(port), path, str(count), str(over), str(stamps.path)]
        self._command = [str(built("load/watchers.c")), *where, str(int(greeted))]
        self.count = count

    def __enter__(self) -> Self:
        self.start()
        self.joining = self.report()
        return self

    def start(self) -> None:
        """Begin to open the sockets; `report` then gives how they joined."""
        with pinned(OTHER_CORE):
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)
        assert self.process.stdout
        self.process.stdout.close()

    def tell(self, command: str) -> None:
        """Give a command; the top of watchers.c lists them."""
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def report(self) -> dict[str, Any]:
        """Wait for a report."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the watchers ended with status {self.process.wait(10)}")
        report: dict[str, Any] = json.loads(line)
        return report

    def until(self, version: int, within: float) -> dict[str, Any]:
        """Wait until all have this version, within so many seconds, and return what they saw."""
        self.tell(f"until {version} {within}")
        return self.report()


def allow_open_files(count: int) -> None:
    """Let this process and those it starts each have so many sockets open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 1024
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
