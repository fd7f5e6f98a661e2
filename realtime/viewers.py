"""Counts a show's viewers over all server processes: client addresses, not sockets."""

import struct
from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from heapq import nsmallest

from django.conf import settings

# A process names so many viewers to the others, in 8 kB. Of any more it tells only the number, so
# an address with sockets on two processes may then count twice.
MOST_NAMED = 1_000


@lru_cache(maxsize=4096)
def viewer_of(address: str) -> int:
    """Return the name of an address between processes; it doesn't reveal the address."""
    key = settings.SECRET_KEY.encode()[:64]
    return int.from_bytes(blake2b(address.encode(), digest_size=8, key=key).digest(), "big")


class Viewers:
    """The viewers in this process, and what the others last said of theirs.

    A viewer may have several sockets. A process that falls silent is forgotten. `changes` grows
    whenever the viewers here change. Instants are seconds of any monotonic clock.
    """

    def __init__(self, forget_after: float) -> None:
        self.changes = 0
        self._forget_after = forget_after
        self._here: Counter[int] = Counter()
        # By process: whom it named, how many more it has, and when it said so.
        self._heard: dict[str, tuple[frozenset[int], int, float]] = {}
        self._elsewhere: frozenset[int] = frozenset()
        self._in_both = 0

    @property
    def here(self) -> int:
        return len(self._here)

    def add(self, viewer: int) -> None:
        """Add a socket of this viewer."""
        self._here[viewer] += 1
        if self._here[viewer] == 1:
            self.changes += 1
            self._in_both += viewer in self._elsewhere

    def remove(self, viewer: int) -> None:
        """Remove a socket of this viewer."""
        self._here[viewer] -= 1
        if not self._here[viewer]:
            del self._here[viewer]
            self.changes += 1
            self._in_both -= viewer in self._elsewhere

    def named(self) -> bytes:
        """Return the names of those here, as another process's `hear` takes them."""
        viewers: Collection[int] = self._here
        if len(viewers) > MOST_NAMED:
            # All processes choose alike.
            viewers = nsmallest(MOST_NAMED, viewers)
        return struct.pack(f"!{len(viewers)}Q", *viewers)

    def hear(self, process: str, count: int, named: bytes, now: float) -> None:
        """Note how many viewers a process has, and who most of them are."""
        viewers = frozenset(struct.unpack(f"!{len(named) // 8}Q", named))
        self._heard[process] = (viewers, max(count - len(viewers), 0), now)
        self._gather()

    def count(self, now: float) -> int:
        """Return how many viewers there are in all processes."""
        oldest = now - self._forget_after
        if any(heard[2] < oldest for heard in self._heard.values()):
            self._heard = {p: heard for p, heard in self._heard.items() if heard[2] >= oldest}
            self._gather()
        unnamed = sum(heard[1] for heard in self._heard.values())
        return len(self._here) + len(self._elsewhere) - self._in_both + unnamed

    def _gather(self) -> None:
        self._elsewhere = frozenset().union(*(heard[0] for heard in self._heard.values()))
        self._in_both = len(self._here.keys() & self._elsewhere)
