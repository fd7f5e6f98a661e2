"""An attacker's tools: requests and sockets from addresses of its own, at a bounded rate."""

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.abuse.stage import Stage

HOST = "127.0.0.1"
ANSWER_SECONDS = 8
LATE_SECONDS = 15
TEXT, CONTINUATION, CLOSE, PING = 0x1, 0x0, 0x8, 0x9


class Attacker:
    """Attacks until its time is over and counts what it met: statuses, close codes, failures."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self.stage = stage
        self.met: Counter[str] = Counter()
        self._deadline = time.monotonic() + seconds
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    @property
    def _is_late(self) -> bool:
        return time.monotonic() >= self._deadline + LATE_SECONDS

    def count(self, what: object, times: int = 1) -> None:
        """Note that this happened."""
        with self._lock:
            self.met[str(what)] += times

    def paced(self, per_second: float, *, at_least: int = 0) -> Iterator[int]:
        """Yield 0, 1, 2 … until the time is over, so many a second at most.

        A slow machine gets more time until `at_least` so many things were met in all.
        """
        started, number = time.monotonic(), 0
        while not self.is_over or (self.met.total() < at_least and not self._is_late):
            yield number
            number += 1
            due = started + number / per_second
            time.sleep(max(0.0, due - time.monotonic()))

    def together(self, threads: int, act: Callable[[int], None]) -> None:
        """Let so many threads do this at once."""
        running = [threading.Thread(target=act, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    def address(self, number: int = 1) -> str:
        """Return one of the attack's addresses."""
        return f"{self.stage.network}.{number}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        address: int = 1,
        port: int = 0,
        counted: bool = True,
    ) -> tuple[int, Any]:
        """Send one request on a connection of its own and return the answer's status and JSON.

        What is not answered has status 0.
        """
        connection = HTTPConnection(
            HOST,
            port or self.stage.nginx_port,
            timeout=ANSWER_SECONDS,
            source_address=(self.address(address), 0),
        )
        data, sent = body, dict(headers or {})
        if isinstance(body, (dict, list)):
            data, sent = json.dumps(body), {"Content-Type": "application/json", **sent}
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, HTTPException):
            status, text = 0, b""
        finally:
            connection.close()
        if counted:
            self.count(status)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    @property
    def bearer(self) -> dict[str, str]:
        """The header of the attacker's own account."""
        return {"Authorization": f"Bearer {self.stage.token}"}

    def connect(self, *, address: int = 1, port: int = 0, seconds: float = 3) -> socket.socket:
        """Return a connection to nginx, or to what listens on `port`."""
        return socket.create_connection(
            (HOST, port or self.stage.nginx_port),
            timeout=seconds,
            source_address=(self.address(address), 0),
        )

    def watch(
        self, *, path: str = "", address: int = 1, headers: str = "", seconds: float = 3
    ) -> socket.socket | None:
        """Return an open WebSocket, or None where it was refused, and count either."""
        path = path or f"/ws/shows/{self.stage.show_id}/"
        connection = None
        try:
            connection = self.connect(address=address, seconds=seconds)
            connection.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                f"Sec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += (came := connection.recv(4096))
                if not came:
                    break
        except OSError:
            head = b""
        status = head[9:12].decode() or "0"
        self.count(f"opening {status}")
        if status == "101" and connection is not None:
            return connection
        if connection is not None:
            connection.close()
        return None


def frame(opcode: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """Return a client's frame; its mask of zeros changes nothing."""
    return bytes((opcode | (0x80 if final else 0), 0x80 | len(payload), 0, 0, 0, 0)) + payload


def close_code(received: bytes) -> int | None:
    """Return the code of the close frame at the end of what was received, if there is one."""
    if len(received) < 4:
        return None
    for start in range(max(0, len(received) - 130), len(received) - 3):
        if received[start] == 0x88 and start + 2 + received[start + 1] == len(received):
            return int(struct.unpack_from("!H", received, start + 2)[0])
    return None
