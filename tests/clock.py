"""The throttles' clock, which tests let stand so that no window ends between two requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def throttles_at(moment: float) -> Iterator[None]:
    """Let the throttles count as of *moment*, in seconds since the epoch."""
    with mock.patch("booking.throttling.time.time", return_value=moment):
        yield
