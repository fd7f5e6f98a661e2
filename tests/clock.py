"""The throttles' clock, which tests let stand so that no window ends between two requests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock


@contextmanager
def throttles_at(moment: float) -> Iterator[None]:
    """Let the throttles count as of *moment*, in seconds since the epoch, and nobody else."""
    clock = SimpleNamespace(time=lambda: moment, monotonic=time.monotonic)
    with mock.patch("foundation.web.throttling.time", clock):
        yield
