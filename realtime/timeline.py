"""A show's seat map in memory, moved on by changes in version order; no I/O."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from booking.chain import Checkpoint
from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change

HISTORY_LENGTH = 1000
NOTHING = Checkpoint(0, "")


class Timeline:
    """The seat map as sent to the sockets, with what led to it and what comes next.

    Changes may be added in any order, more than once, and before the map is loaded; `take` returns
    each once, in version order, with none left out, and each follows the one before by its digest
    (`booking.chain`). `held_until` maps each held seat's number to the end of its hold, in
    milliseconds since the epoch, and `offers` each seat on offer to the hash of the address of
    whom. `show` has the facts of the show (`booking.terms`).
    """

    def __init__(self, history_length: int = HISTORY_LENGTH, *, is_first: bool = True) -> None:
        self.version: int | None = None
        self.held_until: dict[int, int] = {}
        self.offers: dict[int, str] = {}
        self.show: Mapping[str, Any] = {}
        self._is_first = is_first
        self._letters: list[str] = []
        self._told: deque[Change] = deque(maxlen=history_length)
        # Of each version that `since` knows: the sent one's is the last.
        self._digests: deque[str] = deque(maxlen=history_length + 1)
        self._ready: list[Change] = []
        self._unfit: dict[int, Change] = {}
        self._noted = 0
        self._current: SeatStates | None = None

    @property
    def told(self) -> Checkpoint | None:
        """The sent version; None before `load`."""
        return None if self.version is None else Checkpoint(self.version, self._digests[-1])

    @property
    def known(self) -> Checkpoint:
        """The version up to which every change is here, sent or ready; NOTHING before `load`."""
        if self._ready:
            return self._ready[-1].checkpoint
        return self.told or NOTHING

    @property
    def unfit(self) -> Mapping[int, Change]:
        """Changes that don't follow what is known: early ones, and those of another history."""
        return self._unfit

    @property
    def has_gap(self) -> bool:
        """Whether the log has to say what follows, or that there is nothing."""
        return self.version is not None and (bool(self._unfit) or self.is_behind)

    @property
    def is_behind(self) -> bool:
        """Whether the database was seen at a version that the changes here don't reach."""
        return self._noted > self.known.version

    @property
    def has_news(self) -> bool:
        """Whether `take` has something to return."""
        return bool(self._ready)

    @property
    def states(self) -> str:
        """The letters of the seats at the sent version, in seat order."""
        return "".join(self._letters)

    @property
    def current(self) -> SeatStates:
        """The seat map at the known version: as sent, with the changes that are ready."""
        known = self.known
        if self._current is None or self._current.version != known.version:
            letters, held_until = self._letters.copy(), self.held_until.copy()
            for change in self._ready:
                _apply(change, letters, held_until)
            self._current = SeatStates(*known, "".join(letters), held_until)
        return self._current

    @property
    def current_show(self) -> Mapping[str, Any]:
        """The facts of the show at the known version."""
        return next((change.show for change in reversed(self._ready) if change.show), self.show)

    def load(
        self,
        seats: SeatStates,
        offers: Iterable[tuple[int, int, str]] = (),
        show: Mapping[str, Any] | None = None,
        recent: Sequence[Change] = (),
    ) -> None:
        """Start from a snapshot; changes added so far follow it if they are newer.

        `offers` may be from another moment: those count whose seat is held for as long. `show` may
        be from a later one: then a change that follows brings it again. `recent` are the changes
        that led to the snapshot, after the one that they follow; of another history they are none.
        """
        self.version = seats.version
        if recent and recent[-1].checkpoint == seats.checkpoint:
            self._told.extend(recent[1:])
            self._digests.extend(change.digest for change in recent)
        else:
            self._digests.append(seats.digest)
        self.show = show or {}
        self._current = None
        self._letters = list(seats.states)
        self.held_until = dict(seats.held_until)
        self.offers = {
            number: address
            for number, until, address in offers
            if seats.held_until.get(number) == until
        }
        self._unfit = {v: change for v, change in self._unfit.items() if v > seats.version}
        self._advance()

    def note(self, version: int) -> None:
        """Remember that the database has this version."""
        self._noted = max(self._noted, version)

    def add(self, change: Change) -> None:
        """Add a change from anywhere; one that is already here is ignored."""
        if self.version is not None and self.may_have(change.version, change.digest):
            return
        self._unfit[change.version] = change
        if self.version is not None:
            self._advance()

    def forget(self, unfit: Mapping[int, Change]) -> None:
        """Drop changes that the log turned out not to have, unless others came in their place."""
        self._unfit = {v: each for v, each in self._unfit.items() if each is not unfit.get(v)}

    def may_have(self, version: int, digest: str) -> bool:
        """Tell whether a version that is not newer than what is here may be of its history.

        What is older than the history that is kept can't be told from it.
        """
        return version <= self.known.version and self._digest_at(version) in (None, digest)

    def take(self) -> list[Change]:
        """Return the changes that are ready, and count them as sent."""
        news, self._ready = self._ready, []
        for change in news:
            _apply(change, self._letters, self.held_until)
            for seat_number, *_ in change.seats:
                self.offers.pop(seat_number, None)
            self.offers.update(change.offers)
            self.show = change.show or self.show
            self._told.append(change)
            self._digests.append(change.digest)
            self.version = change.version
        return news

    def since(self, since: Checkpoint | None) -> list[Change] | None:
        """Return the sent changes after a version, or None if only a snapshot will do.

        It must be one of this history. Who doesn't say of which it is, is believed until one was
        found to be rewritten.
        """
        if since is None or self.version is None:
            return None
        missing = self.version - since.version
        if not 0 <= missing <= len(self._told):
            return None
        digest = self._digests[-1 - missing]
        if not digest.startswith(since.digest) if since.digest else not self._is_first:
            return None
        return list(self._told)[len(self._told) - missing :]

    def _digest_at(self, version: int) -> str | None:
        """Return the digest at a version up to the known one; None if it is too long ago."""
        ahead = version - (self.version or 0)
        if ahead > 0:
            return self._ready[ahead - 1].digest
        return self._digests[ahead - 1] if -ahead < len(self._digests) else None

    def _advance(self) -> None:
        known = self.known
        while (following := self._unfit.get(known.version + 1)) and following.follows(known):
            self._ready.append(self._unfit.pop(following.version))
            known = self.known


def _apply(change: Change, letters: list[str], held_until: dict[int, int]) -> None:
    for seat_number, letter, *until in change.seats:
        letters[seat_number - 1] = letter
        held_until.pop(seat_number, None)
        if until:
            held_until[seat_number] = until[0]
