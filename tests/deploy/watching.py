"""A socket that follows the seat map of a show."""

import json
from dataclasses import dataclass, field
from typing import Self

from websockets.sync.client import ClientConnection

FRAME_SECONDS = 30


@dataclass
class Watcher:
    """A socket, every version it was told of and the states these add up to."""

    connection: ClientConnection
    versions: list[int] = field(default_factory=list)
    states: str = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.close()

    def read_until(self, version: int) -> None:
        """Read frames until one tells of this version or a later one."""
        while not self.versions or self.versions[-1] < version:
            frame = json.loads(self.connection.recv(timeout=FRAME_SECONDS))
            if frame["type"] == "snapshot":
                self.versions.append(frame["version"])
                self.states = frame["states"]
            elif frame["type"] == "changes":
                self.versions += range(frame["from"], frame["version"] + 1)
                for seat_number, letter in frame["changes"]:
                    self.states = (
                        self.states[: seat_number - 1] + letter + self.states[seat_number:]
                    )
