"""The load of visitors: builds and drives benchmarks/load/visitors.c."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.watching import built

# Who waits for longer than that for an answer goes.
PATIENCE_SECONDS = 30
# What the load fills in; behind it stands what fills the rest of the room for it.
NUMBER = "{number}"
SINCE = "{since}".ljust(32, "&")
SEATS = "{seats}".ljust(16, "+")
# As a browser asks for a page.
PAGE_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
# The key of RFC 6455's example.
SOCKET_HEADERS = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def numbered(buyer: int) -> str:
    """Return the visitor's number of a buyer, who is every second visitor, as requests have it."""
    return f"{2 * buyer:0{len(NUMBER)}}"


def request(method: str, path: str, headers: Mapping[str, str], body: str = "") -> bytes:
    """Return the bytes of a request that each visitor sends with an own number."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


@dataclass(frozen=True)
class Script:
    """What visitors send, each step by its name: page, socket, and what buyers do then."""

    steps: Mapping[str, bytes]
    # Whether a map is live with its first frame, not with the end of the handshake.
    greeted: bool


@dataclass(frozen=True)
class Step:
    """What came of one step: answers by status, refusals by code, and milliseconds.

    Those who were cut off, or gave up, have no status; how long they waited is in the times.
    """

    statuses: Mapping[int, int]
    codes: Mapping[str, int]
    closed: int
    gave_up: int
    p50: float
    p99: float
    longest: float

    @property
    def failures(self) -> int:
        """How many got an error of the server, or no answer, but for `put_off`."""
        return self._answers(range(500, 600)) - self.put_off + self.closed + self.gave_up

    @property
    def put_off(self) -> int:
        """How often somebody was asked to come again."""
        return self._answers(range(503, 504))

    @property
    def refusals(self) -> int:
        """How many were refused for what they asked."""
        return self._answers(range(400, 500))

    def _answers(self, statuses: range) -> int:
        return sum(count for status, count in self.statuses.items() if status in statuses)


@dataclass(frozen=True)
class Visit:
    """What visitors saw.

    `wrong_maps` counts maps of another version or with another letter than the one at the end,
    `gaps` the frames that did not follow from what was there. `late` says by how many milliseconds
    the load itself let somebody come late, at most.
    """

    steps: Mapping[str, Step]
    wrong_maps: int
    gaps: int
    lost_sockets: int
    frames: int
    late: float
    cpu_seconds: float


class Visitors:
    """So many visitors of a site on this port of 127.0.0.1, within so many seconds."""

    def __init__(self, script: Script, *, port: int, count: int, over: float) -> None:
        self._script = script
        self._where = ["127.0.0.1", str(port)]
        self._how = [str(count), str(over), str(PATIENCE_SECONDS), str(int(script.greeted))]

    def __enter__(self) -> Self:
        """Let them come, and wait until nobody waits for anything."""
        with tempfile.NamedTemporaryFile(delete=False) as file:
            for name, text in self._script.steps.items():
                file.write(b"%s %d\n%s" % (name.encode(), len(text), text))
        try:
            program = built("load/visitors.c")
            self._process = subprocess.Popen(
                [program, *self._where, file.name, *self._how],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._line()
        finally:
            Path(file.name).unlink()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def until(self, version: int, states: str, *, within: float) -> Visit:
        """Wait until all maps have this version, so many seconds at most; return what they saw.

        `states` are those of the map then, a letter a seat.
        """
        assert self._process.stdin
        self._process.stdin.write(f"until {version} {within} {states}\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._line())
        steps = {
            name: Step(**{**step, "statuses": {int(s): n for s, n in step["statuses"].items()}})
            for name, step in found.pop("steps").items()
        }
        return Visit(**{**found, "steps": steps, "late": found["late"]["longest"]})

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the visitors ended with status {self._process.wait(10)}")
        return line
