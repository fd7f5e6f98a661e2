"""What comes back to a buyer who gives tickets back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

NOTHING = Decimal(0)
AMOUNTS = ("online", "counter", "kept")


@dataclass(frozen=True)
class MoneyBack:
    """What comes back, the way it was paid, and what is kept; of which ticket, `shares` say."""

    online: Decimal = NOTHING
    counter: Decimal = NOTHING
    kept: Decimal = NOTHING
    shares: Mapping[int, Decimal] = field(default_factory=dict, compare=False)

    @property
    def total(self) -> Decimal:
        return self.online + self.counter

    @property
    def payload(self) -> dict[str, str]:
        """The amounts as a message has them."""
        return {name: str(getattr(self, name)) for name in AMOUNTS}

    @classmethod
    def of_payload(cls, payload: Mapping[str, str]) -> Self:
        """Return what a message says; nothing where it says nothing."""
        online, counter, kept = (Decimal(payload.get(name, "0")) for name in AMOUNTS)
        return cls(online, counter, kept)
