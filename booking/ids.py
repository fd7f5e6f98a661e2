"""Ids in paths, as <id:…>."""

from booking.services.choices import MAX_ID


class IdConverter:
    """An id that the database can hold; any other is a path that leads nowhere."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """Return the id. Raises ValueError when it is too large."""
        number = int(value)
        if number > MAX_ID:
            raise ValueError
        return number

    def to_url(self, value: int) -> str:
        """Return the id as it stands in a path."""
        return str(value)
