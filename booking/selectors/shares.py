"""Which types of ticket had the money that was taken for a booking."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import QuerySet, Sum

from booking.models import Ticket
from booking.selectors.money import CENT, OWED

Key = TypeVar("Key")
# Of which show and type, by which method: what came in less what went out, and what went out.
Share = tuple[int, str, str, Decimal, Decimal]


def shares_of_types(tickets: QuerySet[Ticket], flows: Iterable[tuple[Any, ...]]) -> Iterator[Share]:
    """Split what came in and went out, by booking and method, among the tickets, in one query.

    What a booking has paid is for what its tickets cost by now, and what went back is for what they
    do not cost any more. So of one that owes nothing, each type has paid what it costs.
    """
    prices: dict[int, dict[tuple[int, str], Decimal]] = defaultdict(dict)
    owed: dict[int, dict[tuple[int, str], Decimal]] = defaultdict(dict)
    kinds = tickets.order_by("booking", "type").values_list("booking", "show", "type")
    for booking, show_id, kind, price, costs in kinds.annotate(Sum("price"), sum=Sum(OWED)):
        prices[booking][show_id, kind] = price.quantize(CENT)
        owed[booking][show_id, kind] = costs.quantize(CENT)
    for booking, method, taken, back in flows:
        price = prices[booking]
        left = dict(split(taken + back, owed[booking] if any(owed[booking].values()) else price))
        gone = {kind: price[kind] - owed[booking][kind] for kind in price}
        for (show_id, kind), part in split(back, gone if any(gone.values()) else price):
            yield show_id, kind, method, left[show_id, kind], part


def split(amount: Decimal, weights: dict[Key, Decimal]) -> Iterator[tuple[Key, Decimal]]:
    """Split an amount to the cent, in proportion; the first gets it if nothing has any weight."""
    left = sum(weights.values(), Decimal(0))
    for key, weight in weights.items():
        part = (amount * weight / left).quantize(CENT) if left else amount
        yield key, part
        amount, left = amount - part, left - weight
