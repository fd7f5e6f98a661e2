"""Ids, and how they stand in paths: as <id:…>."""

import secrets

# What a column can hold.
MAX_ID = 2**63 - 1
# JavaScript's Number.MAX_SAFE_INTEGER: clients in any language read such an id exactly.
MAX_RANDOM_ID = 2**53 - 1


def random_id() -> int:
    """Return a random id: it tells no count, and none is given out again after a restore."""
    return 1 + secrets.randbelow(MAX_RANDOM_ID)


class IdConverter:
    """An id that the database can hold; any other is a path that leads nowhere."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            raise ValueError
        return number

    def to_url(self, value: int) -> str:
        return str(value)
