"""A show's seat map in memory, moved on by changes in the order of their versions: no I/O."""

from collections import deque
from collections.abc import Iterable, Mapping

from booking.selectors.seat_map import SeatStates
from realtime.protocol import Change

HISTORY_LENGTH = 1000


class Timeline:
    """The seat map as told to the sockets, with what led to it and what comes next.

    Changes may be offered in any order, more than once, and before the map is loaded. They are
    given back by `take` in the order of their versions, each once and none left out. `held_until`
    says of each held seat, by its number, when its hold expires, in milliseconds since the epoch;
    `turns` of those held for the next in line the hash of whose address it is.
    """

    def __init__(self, history_length: int = HISTORY_LENGTH) -> None:
        self.version: int | None = None
        self.held_until: dict[int, int] = {}
        self.turns: dict[int, str] = {}
        self._letters: list[str] = []
        self._told: deque[Change] = deque(maxlen=history_length)
        self._ready: list[Change] = []
        self._early: dict[int, Change] = {}
        self._newest = 0
        self._current: SeatStates | None = None

    @property
    def known(self) -> int:
        """The version up to which every change is here, told or ready; 0 before the load."""
        return (self.version or 0) + len(self._ready)

    @property
    def has_gap(self) -> bool:
        """Whether a newer version is known to exist than the changes here lead to."""
        return self.version is not None and self._newest > self.known

    @property
    def has_news(self) -> bool:
        """Whether `take` has something to give."""
        return bool(self._ready)

    @property
    def states(self) -> str:
        """The letters of the seats at the told version, in seat order."""
        return "".join(self._letters)

    @property
    def current(self) -> SeatStates:
        """The seat map at the known version: as told, with the changes that are ready."""
        if self._current is None or self._current.version != self.known:
            letters, held_until = self._letters.copy(), self.held_until.copy()
            for change in self._ready:
                _apply(change, letters, held_until)
            self._current = SeatStates(self.known, "".join(letters), held_until)
        return self._current

    def load(
        self,
        version: int,
        states: str,
        held_until: Mapping[int, int],
        turns: Iterable[tuple[int, int, str]] = (),
    ) -> None:
        """Start from a snapshot; of the changes offered so far the newer ones follow it.

        `turns` may have been read at another moment: those count whose seat is held until then.
        """
        self.version = version
        self._current = None
        self._letters = list(states)
        self.held_until = dict(held_until)
        self.turns = {
            number: line for number, until, line in turns if held_until.get(number) == until
        }
        self._early = {v: change for v, change in self._early.items() if v > version}
        self._advance()

    def note(self, version: int) -> None:
        """Remember that this version exists."""
        self._newest = max(self._newest, version)

    def offer(self, change: Change) -> None:
        """Take a change from anywhere; one that is already here is ignored."""
        if self.version is not None and change.version <= self.known:
            return
        self.note(change.version)
        self._early[change.version] = change
        if self.version is not None:
            self._advance()

    def take(self) -> list[Change]:
        """Return the changes that are ready, and count them as told."""
        news, self._ready = self._ready, []
        for change in news:
            _apply(change, self._letters, self.held_until)
            for seat_number, *_ in change.seats:
                self.turns.pop(seat_number, None)
            self.turns.update(change.turns)
            self._told.append(change)
            self.version = change.version
        return news

    def since(self, version: int | None) -> list[Change] | None:
        """Return the told changes after a version, or None when only a snapshot will do."""
        if version is None or self.version is None:
            return None
        missing = self.version - version
        if not 0 <= missing <= len(self._told):
            return None
        return list(self._told)[len(self._told) - missing :]

    def _advance(self) -> None:
        while (following := self._early.pop(self.known + 1, None)) is not None:
            self._ready.append(following)


def _apply(change: Change, letters: list[str], held_until: dict[int, int]) -> None:
    for seat_number, letter, *until in change.seats:
        letters[seat_number - 1] = letter
        held_until.pop(seat_number, None)
        if until:
            held_until[seat_number] = until[0]
