"""Price lists: who pays what at the shows that use them.

A show has what its list says as facts of its own (`booking.terms`). They change together until the
show starts, each time as a version of its log; what was sold keeps its price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from booking.errors import InvalidPriceList
from booking.models import PriceList, Show, TicketType
from booking.models.prices import PRICE_OUT_OF_RANGE
from booking.rules import HIGHEST_PRICE
from booking.seating.kinds import ADULT
from booking.services.shows import facts_logged


@dataclass(frozen=True)
class TypeGiven:
    """A type of ticket as it shall be; `code` says which one."""

    code: str
    name: str
    price: Decimal
    premium_surcharge: Decimal = Decimal(0)


@transaction.atomic
def save_price_list(
    *,
    price_list_id: int | None,
    name: str,
    vat_rate: Decimal,
    companions_free: bool,
    types: Sequence[TypeGiven],
    now: datetime,
) -> PriceList:
    """Make a price list, or let one be like this, with just these types of ticket in this order.

    Each show to come that uses it changes with it, as one version of its log if its terms do. Locks
    the list, then these shows and their seat maps in the order of their ids. Raises
    InvalidPriceList.
    """
    _check(vat_rate, types)
    if price_list_id is None:
        price_list = PriceList.objects.create(
            name=name, vat_rate=vat_rate, companions_free=companions_free
        )
    else:
        rows = PriceList.objects.select_for_update(no_key=True)
        price_list = rows.get(pk=price_list_id)
        price_list.name, price_list.vat_rate = name, vat_rate
        price_list.companions_free = companions_free
        price_list.save()
    price_list.types.exclude(code__in=[one.code for one in types]).delete()
    for position, one in enumerate(types):
        TicketType.objects.update_or_create(
            price_list=price_list,
            code=one.code,
            defaults={
                "name": one.name,
                "position": position,
                "price": one.price,
                "premium_surcharge": one.premium_surcharge,
            },
        )
    with facts_logged(shows_to_come(price_list, now), now):
        shows_to_come(price_list, now).update(list_facts=price_list.facts)
    return price_list


def shows_to_come(price_list: PriceList, now: datetime) -> "QuerySet[Show]":
    """Return the shows that change with the list."""
    return price_list.shows.filter(starts_at__gt=now, cancelled_at=None)


def _check(vat_rate: Decimal, types: Sequence[TypeGiven]) -> None:
    codes = [one.code for one in types]
    if ADULT in codes:
        raise InvalidPriceList("An adult pays the price of the show, which no list has.")
    if len(set(codes)) < len(codes):
        raise InvalidPriceList("Give each type of ticket a code of its own.")
    amounts = [amount for one in types for amount in (one.price, one.premium_surcharge)]
    if not all(amount.is_finite() and amount >= 0 for amount in (vat_rate, *amounts)):
        raise InvalidPriceList("Prices and the VAT rate are 0 or more.")
    if any(one.price + one.premium_surcharge > HIGHEST_PRICE for one in types):
        raise InvalidPriceList(PRICE_OUT_OF_RANGE)
