"""The seats that forms and addresses name, with their types of ticket."""

import re
from collections.abc import Iterable, Sequence

from booking.prices import Types

# A seat's number, and maybe a type of ticket.
SEATS = re.compile(r"\b(\d{1,6})\b(?::([\w-]{1,20}))?", flags=re.ASCII)


def seat_numbers_in(values: Sequence[str]) -> list[int]:
    """Return the seat numbers in values such as ["12:child,13"], leaving out what is no number."""
    return [int(number) for number, _ in SEATS.findall(" ".join(values))]


def types_in(values: Sequence[str]) -> dict[int, str]:
    """Return the types of ticket in such values by the numbers of their seats."""
    return {int(number): code for number, code in SEATS.findall(" ".join(values)) if code}


def seats_text(seat_numbers: Iterable[int], types: Types) -> str:
    """Return what forms and addresses say of seats: "12:child,13"."""
    return ",".join(
        f"{number}:{types[number]}" if number in types else str(number) for number in seat_numbers
    )
