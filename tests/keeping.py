"""What takes long to start, and is kept for all classes of tests that are alone in a process."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar
from unittest import TestCase

T = TypeVar("T")

_kept: dict[Callable[[], Any], Any] = {}
_until: list[ExitStack] = []


@contextmanager
def keeping() -> Iterator[None]:
    """Keep within this what classes of tests begin by `for_all`."""
    with ExitStack() as stack:
        _until.append(stack)
        yield


def for_all(cls: type[TestCase], make: Callable[[], AbstractContextManager[T]]) -> T:
    """Return what `make` makes: one for all classes where it is kept, and else one for this."""
    if not _until:
        return cls.enterClassContext(make())
    if make not in _kept:
        _kept[make] = _until[0].enter_context(make())
    kept: T = _kept[make]
    return kept
