"""The frames of a live seat map, as docs/live-protocol.md describes them: pure functions.

Versions count a show's committed changes, and a digest says of which history a version is. Instants
are milliseconds since the epoch, and seats [seat_number, state letter] pairs; a held seat's third
entry says until when.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from booking.chain import SHORT, Checkpoint, link

# Why a show can be had no more: it began, was taken out of the programme, or was called off.
STARTED, OFF_SALE, CALLED_OFF = "started", "off_sale", "called_off"


class CloseCode(IntEnum):
    """Why the server closes a socket."""

    TALKED = 1008
    GOING_AWAY = 1012
    BROKEN = 1011
    NO_SUCH_SHOW = 4404
    TOO_SLOW = 4408


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change of a seat map.

    `digest` is what the log has for it, and `text` what the log says there (`booking.chain`).
    `offers` are the seats offered to somebody, each with the hash of their address; `show` has the
    facts of the show (`booking.terms`) if they changed. `committed_at` is when that was, in seconds
    since the epoch by the clock of whoever did it; None if the log told of it, and no message.
    Rooms keep thousands of changes, with `seats` in tuples, which the garbage collector stops
    tracking: looking through a history of lists stopped a process for a fifth of a second.
    """

    version: int
    digest: str
    text: str
    seats: Sequence[Sequence[Any]]
    at: int
    offers: Sequence[tuple[int, str]] = field(default_factory=list)
    show: Mapping[str, Any] | None = None
    committed_at: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", tuple(map(tuple, self.seats)))

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.version, self.digest)

    def follows(self, before: Checkpoint) -> bool:
        """Tell whether it is the next change of the history that this checkpoint names."""
        if self.version != before.version + 1:
            return False
        return link(before.digest, self.version, self.text) == self.digest


def change_from_message(message: Mapping[str, Any]) -> Change:
    """Return the change that a message of `booking.events` carries."""
    offers = [(seat_number, address) for seat_number, address in json.loads(message["offers"])]
    committed_at = message.get("committed_at")
    return change_of(
        message["version"], message["digest"], message["text"], offers, committed_at=committed_at
    )


def change_of(
    version: int,
    digest: str,
    text: str,
    offers: Sequence[tuple[int, str]] = (),
    *,
    committed_at: float | None = None,
) -> Change:
    """Return the change that an entry of the log says, by its canonical text (`booking.chain`)."""
    entry = json.loads(text)
    changes, at, show = entry["changes"], entry["at"], entry["show"]
    return Change(version, digest, text, changes, at, offers, show, committed_at)


def nothing_yet(at: Checkpoint) -> Change:
    """Return what stands for version 0, which has no entry in the log."""
    return Change(*at, text="", seats=(), at=0)


def snapshot_frame(
    at: Checkpoint, states: str, held_until: Mapping[int, int], show: Mapping[str, Any]
) -> str:
    """Return the frame of a whole seat map.

    `states` has one letter per seat, in seat order; `held_until` maps each held seat's number to
    the end of its hold; `show` has the facts of the show.
    """
    held = {"held": sorted(held_until.items())} if held_until else {}
    return _text({"type": "snapshot", **_named(at), "states": states, **held, "show": show})


def changes_frame(changes: Sequence[Change]) -> str:
    """Return one frame for one or more changes whose versions follow each other.

    A seat that changed more than once appears once, with its last letter; `at` is the last
    change's, and `show` is present if the facts of the show changed.
    """
    first, last = changes[0], changes[-1]
    frame: dict[str, Any] = {
        "type": "changes",
        "from": first.version,
        **_named(last.checkpoint),
        "changes": merged(changes),
        "at": last.at,
    }
    if shows := [change.show for change in changes if change.show]:
        frame["show"] = shows[-1]
    return _text(frame)


def merged(changes: Iterable[Change]) -> list[list[Any]]:
    """Return what these changes, in order, amount to: each seat once, with its last state."""
    last: dict[int, list[Any]] = {}
    for change in changes:
        for seat_number, *state in change.seats:
            last[seat_number] = [seat_number, *state]
    return list(last.values())


def viewers_frame(count: int) -> str:
    """Return the frame with the number of client addresses that watch, over all processes."""
    return _text({"type": "viewers", "count": count})


def tick_frame(at: Checkpoint) -> str:
    """Return the heartbeat; it says that this version is the newest as of now."""
    return _text({"type": "tick", **_named(at)})


def offer_frame(seat_number: int, until: int) -> str:
    """Return the frame for the person to whom the seat is offered until then."""
    return _text({"type": "offer", "seat_number": seat_number, "until": until})


def listing_frame(shows: Iterable[Sequence[Any]]) -> str:
    """Return the frame of all shows to come: each one's id, seats left, start, place and film.

    One that was called off has None, and says so.
    """
    return _text({"type": "listing", "shows": sorted(shows)})


def seats_left_frame(shows: Iterable[Sequence[Any]]) -> str:
    """Return the frame of shows that changed; those gone have None, and why. None: a heartbeat."""
    return _text({"type": "seats_left", "shows": sorted(shows)})


def _named(at: Checkpoint) -> dict[str, Any]:
    """Return what says in a frame which version of which history it brings its client to."""
    return {"version": at.version, "digest": at.digest[:SHORT]}


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))
