"""The kinds of seat and the states that a seat can be in, with their letters."""

from enum import Enum, StrEnum
from typing import Self


class PriceCategory(Enum):
    """The facts of a show whose sum is what a seat costs: its `price`, and maybe a surcharge.

    A fact called `premium_surcharge` is known to people as the premium surcharge; the API has the
    sum as `premium_price`.
    """

    STANDARD = ("price",)
    PREMIUM = ("price", "premium_surcharge")

    @property
    def word(self) -> str:
        return self.name.lower()


PRICE_FACTS = tuple(dict.fromkeys(fact for category in PriceCategory for fact in category.value))


# The ticket of whoever names no type.
ADULT = "adult"


class Kind(StrEnum):
    """A kind of seat: its letter in a plan, its word for people, and its price category.

    Seats `on_request` are kept for those who ask for them.
    """

    letter: str
    word: str
    category: PriceCategory
    on_request: bool

    STANDARD = "standard", "S", "standard"
    PREMIUM = "premium", "P", "premium", PriceCategory.PREMIUM
    WHEELCHAIR = "wheelchair", "W", "wheelchair space", PriceCategory.STANDARD, True
    COMPANION = "companion", "C", "companion seat", PriceCategory.STANDARD, True

    def __new__(
        cls,
        value: str,
        letter: str = "",
        word: str = "",
        category: PriceCategory = PriceCategory.STANDARD,
        on_request: bool = False,
    ) -> Self:
        """Make a member whose value is its name in the API and the database."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.letter, kind.word = letter, word
        kind.category, kind.on_request = category, on_request
        return kind


class State(StrEnum):
    """The state of a seat at a show; its letter is the same in every API."""

    AVAILABLE = "a"
    HELD = "h"
    BOOKED = "b"
    BLOCKED = "x"
