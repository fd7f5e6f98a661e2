"""Checks frames against docs/asyncapi.yaml, and applies them as a client must."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from booking.chain import Checkpoint

SPECIFICATION = Path(__file__).parent.parent.parent / "docs" / "asyncapi.yaml"


@cache
def specification() -> Any:
    """Return docs/asyncapi.yaml."""
    return yaml.safe_load(SPECIFICATION.read_text())


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{kind}", "components": specification()["components"]}
    return Draft202012Validator(schema)


def checked(text: str | bytes) -> dict[str, Any]:
    """Return the frame of this text, which must be one that the specification knows."""
    frame = json.loads(text)
    channels = specification()["channels"]
    payloads = {**channels["show"]["messages"], **channels["house"]["messages"]}
    if frame.get("type") not in payloads:
        raise AssertionError(f"an unknown type of frame: {text!r}")
    _validator(frame["type"]).validate(frame)
    return frame


class Follower:
    """A client's seat map; an AssertionError says where frames left a gap or came twice.

    It also says where a tick names another history.
    """

    def __init__(self, since: Checkpoint | None = None, states: str = "") -> None:
        self.version = since.version if since else None
        self.digest = since.digest if since else ""
        self._letters = list(states)

    @property
    def states(self) -> str:
        return "".join(self._letters)

    @property
    def named(self) -> dict[str, Any]:
        """What names its version, as frames do."""
        return {"version": self.version, "digest": self.digest[:16]}

    def set(self, seat_number: int, letter: str) -> None:
        """Give a seat a letter."""
        self._letters[seat_number - 1] = letter

    def apply(self, frame: dict[str, Any]) -> None:
        """Take one frame."""
        if frame["type"] == "tick":
            known, digest = self.version, self.digest or frame["digest"]
            if (frame["version"], frame["digest"]) != (known, digest[:16]):
                raise AssertionError(f"at {known}.{digest} came {frame}")
        if frame["type"] == "snapshot":
            self.version = frame["version"]
            self._letters = list(frame["states"])
        elif frame["type"] == "changes":
            if self.version is None or frame["from"] != self.version + 1:
                raise AssertionError(f"at version {self.version} came {frame}")
            if frame["version"] < frame["from"]:
                raise AssertionError(f"goes backwards: {frame}")
            self.version = frame["version"]
            for seat_number, letter, *_ in frame["changes"]:
                self.set(seat_number, letter)
        self.digest = frame.get("digest", self.digest)
