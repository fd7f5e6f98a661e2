"""The frames of a live seat map, as docs/live-protocol.md describes them: pure functions.

Versions count a show's committed changes, instants are milliseconds since the epoch, and seats are
[seat_number, state letter] pairs; for a held seat a third entry says until when.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class CloseCode(IntEnum):
    """Why the server closes a socket."""

    GOING_AWAY = 1012
    BROKEN = 1011
    NO_SUCH_SHOW = 4404
    TOO_SLOW = 4408


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change of a seat map.

    `turns` are the seats held for the next in line, each with the hash of whose address it is.
    Rooms keep thousands of changes, their `seats` in tuples: the garbage collector loses sight of
    those, and stopped a process for a fifth of a second to look through a history of lists.
    """

    version: int
    seats: Sequence[Sequence[Any]]
    at: int
    turns: Sequence[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", tuple(map(tuple, self.seats)))


def change_from_message(message: Mapping[str, Any]) -> Change:
    """Return the change that a message of `booking.events` carries."""
    turns = [(seat_number, line) for seat_number, line in json.loads(message.get("turns", "[]"))]
    return Change(message["version"], json.loads(message["changes"]), message["at"], turns)


def snapshot_frame(version: int, states: str, held_until: Mapping[int, int]) -> str:
    """Return the frame of a whole seat map.

    `states` has one letter per seat, in seat order; `held_until` says of each held seat, by its
    number, when its hold expires.
    """
    held = {"held": sorted(held_until.items())} if held_until else {}
    return _text({"type": "snapshot", "version": version, "states": states, **held})


def changes_frame(changes: Sequence[Change]) -> str:
    """Return one frame for one or more changes whose versions follow each other.

    A seat that changed more than once is in it once, with its last letter; `at` is the last
    change's.
    """
    first, last = changes[0], changes[-1]
    return _text(
        {
            "type": "changes",
            "from": first.version,
            "version": last.version,
            "changes": merged(changes),
            "at": last.at,
        }
    )


def merged(changes: Iterable[Change]) -> list[list[Any]]:
    """Return what these changes, in order, come to: each seat once with its last state."""
    last: dict[int, list[Any]] = {}
    for change in changes:
        for seat_number, *state in change.seats:
            last[seat_number] = [seat_number, *state]
    return list(last.values())


def viewers_frame(count: int) -> str:
    """Return the frame that tells how many sockets watch the show, over all processes."""
    return _text({"type": "viewers", "count": count})


def tick_frame(version: int) -> str:
    """Return the heartbeat; it says that `version` is the newest as of now."""
    return _text({"type": "tick", "version": version})


def turn_frame(seat_number: int, until: int) -> str:
    """Return the frame that tells the next in line of a seat that is held for them until then."""
    return _text({"type": "turn", "seat_number": seat_number, "until": until})


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))
