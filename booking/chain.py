"""The chain of a show's log: the digest of each version covers it and all that came before.

A digest is the SHA-256 of three lines, in hex. So two histories with one digest are the same, and
who keeps a digest can tell later whether anything before it was rewritten.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from foundation.canonical import canonical

# So many hex digits tell histories apart where nobody has reason to forge one.
SHORT = 16
NAME = re.compile(rf"([0-9]{{1,18}})(?:\.([0-9a-f]{{{SHORT}}})[0-9a-f]*)?")


class Checkpoint(NamedTuple):
    """A version of a show's seat map, and the digest that says of which history it is."""

    version: int
    digest: str

    @property
    def name(self) -> str:
        """Its short form, as ETags have it, and clients that resume."""
        return f"{self.version}.{self.digest[:SHORT]}"


def checkpoint_named(name: str) -> Checkpoint | None:
    """Return what has this name, with as much of its digest; a bare version has none of it."""
    match = NAME.fullmatch(name)
    return Checkpoint(int(match[1]), match[2] or "") if match else None


def genesis(show_id: int, layout_hash: str, nonce: str) -> str:
    """Return the digest of a map without changes; a show that is made anew gets another one."""
    return _digest(show_id, layout_hash, nonce)


def link(before: str, version: int, text: str) -> str:
    """Return the digest of an entry from the one before; the ledger has the database compute it."""
    return _digest(before, version, text)


def entry_text(*, at: int, changes: Sequence[Sequence[Any]], show: Mapping[str, Any] | None) -> str:
    """Return what a log entry says to all, as canonical JSON: what is private stays outside.

    `at` is in milliseconds since the epoch; `show` has the facts of the show if they changed.
    """
    return canonical({"at": at, "changes": changes, "show": show})


def _digest(*lines: int | str) -> str:
    return sha256("\n".join(map(str, lines)).encode()).hexdigest()
