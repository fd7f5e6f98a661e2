"""Says once that something is away, and once that it is back, however many notice."""

import logging
import threading
import time
from math import inf


def in_one_line(error: BaseException) -> str:
    """Return what an error says, without the line breaks that PostgreSQL's have."""
    return " ".join(str(error).split())


class Outage:
    """Whether something that this process uses is away, as told by each use; logs what changes.

    A use that began before the last one that worked, and failed after it, met the end of an outage
    that is over: it is no sign of another.
    """

    def __init__(self, logger: logging.Logger, *, gone: str, back: str) -> None:
        self._logger = logger
        self._gone = gone
        self._back = back
        self.is_on = False
        self._worked_at = -inf
        self._lock = threading.Lock()

    def failed(self, error: BaseException, *, began: float) -> None:
        """Note a use that began then, by the monotonic clock, and failed."""
        with self._lock:
            is_new = not self.is_on and began >= self._worked_at
            self.is_on = self.is_on or is_new
        level = logging.WARNING if is_new else logging.DEBUG
        name, why = type(error).__name__, in_one_line(error)
        self._logger.log(level, "%s (%s: %s)", self._gone, name, why)

    def worked(self) -> None:
        """Note a use that worked."""
        self._worked_at = time.monotonic()
        if not self.is_on:
            return
        with self._lock:
            was_on, self.is_on = self.is_on, False
        if was_on:
            self._logger.warning(self._back)
