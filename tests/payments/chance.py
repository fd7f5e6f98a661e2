"""What is left to chance in a life of money, and what it does to whatever runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from payments.providers import Unreachable, pretend

SEATS = 6
ONE_OR_TWO = [*combinations(range(1, SEATS + 1), 1), *combinations(range(1, SEATS + 1), 2)]
GOOD = "4242"
# Some never pay and many pay well; of the others, some are rarely of consequence.
CARDS = [None, GOOD, GOOD, *pretend.CARDS, pretend.LAPSES, pretend.REFUND_FAILS]


@dataclass(frozen=True)
class Chance:
    """All that is left to chance in what happens; each step takes what it needs of it.

    What runs is killed before it begins its transaction after so many others, if at all; of what
    the provider is asked after so many other questions, the answer is lost.
    """

    seats: tuple[int, ...]
    card: str | None
    # Which of several, the newest first.
    back: int
    minutes: int
    is_heads: bool
    is_all: bool
    dies_after: int | None
    loses_after: int | None


# What each may be; what stands there more often comes more often.
MAY_BE: dict[str, Sequence[Any]] = {
    "seats": ONE_OR_TWO,
    "card": CARDS,
    "back": range(5),
    "minutes": [0, 1, 5],
    "is_heads": [True, False],
    "is_all": [True, False],
    "dies_after": [*[None] * 12, *range(6)],
    "loses_after": [None, None, 0, 1],
}
chances = st.builds(Chance, **{name: st.sampled_from(each) for name, each in MAY_BE.items()})


def by_lot(lot: Random) -> Chance:
    """Draw a chance without Hypothesis, which likes the simple ones better."""
    return Chance(**{name: lot.choice(each) for name, each in MAY_BE.items()})


class Killed(BaseException):
    """The process that did it is no more; what it had not committed is gone."""


@dataclass
class Perils:
    """What is to go wrong with what runs now (`Chance`)."""

    dies_after: int | None = None
    loses_after: int | None = None

    def step(self) -> None:
        """Begin a transaction, or be killed before it."""
        self.dies_after, is_now = _counted(self.dies_after)
        if is_now:
            raise Killed

    def answer(self) -> None:
        """Let an answer come, or be lost."""
        self.loses_after, is_now = _counted(self.loses_after)
        if is_now:
            raise Unreachable("the answer is lost")


def _counted(left: int | None) -> tuple[int | None, bool]:
    """Return how many are left after this one, and whether it is this one's turn."""
    if left is None or left == 0:
        return None, left == 0
    return left - 1, False


@contextmanager
def taken_back() -> Iterator[None]:
    """Leave nothing of this in the database; the product's transactions count as outermost."""
    block = transaction.atomic()
    vars(block)["_from_testcase"] = True  # as Django's own test case says it
    with block:
        yield
        transaction.set_rollback(True)
