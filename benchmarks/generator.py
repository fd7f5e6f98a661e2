"""Sends prepared HTTP requests by a program in C (load/requests.c), and reads what came of them."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import OTHER_CORE, pinned
from benchmarks.watching import built

# Above that share of its core the generator is no longer sure to be quicker than the server.
SATURATED = 0.8


@dataclass(frozen=True)
class Outcome:
    """The answers by status, the time they took together, and latencies in milliseconds."""

    seconds: float
    answers: int
    statuses: dict[int, int]
    p50: float
    p99: float
    longest: float
    body_bytes: int
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds

    @property
    def generator_load(self) -> float:
        """The share of a core that the generator itself used."""
        return self.cpu_seconds / self.seconds


def get(path: str, **headers: str) -> bytes:
    """Return the bytes of a GET; underscores in names of headers stand for dashes."""
    return _request("GET", path, headers)


def post(path: str, body: Any, *, token: str) -> bytes:
    """Return the bytes of a POST of JSON by a user's access token."""
    content = json.dumps(body).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
    }
    return _request("POST", path, headers) + content


def send(
    requests: Iterable[bytes], *, to: Sequence[int], clients: int, seconds: float = 0
) -> Outcome:
    """Send the requests once, or again and again for so many seconds, to these ports.

    The clients keep their connections, send one request at a time and run beside the database.
    """
    with tempfile.NamedTemporaryFile() as file, pinned(OTHER_CORE):
        for request in requests:
            file.write(b"%d\n%s" % (len(request), request))
        file.flush()
        done = subprocess.run(
            [built("load/requests.c"), file.name, str(clients), str(seconds), *map(str, to)],
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found = json.loads(done.stdout)
    found["statuses"] = {int(status): count for status, count in found["statuses"].items()}
    del found["bytes"]
    return Outcome(**found)


def _request(method: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()
