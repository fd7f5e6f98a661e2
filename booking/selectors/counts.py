"""How many seats shows have, as a part of a query of shows or of seat maps."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from booking.models import ShowSeat, State
from booking.selectors.seat_map import has_lapsed

# Otherwise the seats have to be counted (`SeatMap.counted_version`).
IS_COUNTED = Q(seat_map__counted_version=F("seat_map__version"))


def available_seats(now: datetime) -> Combinable:
    """Return how many seats of each show can be had.

    The seat map keeps count of those that are available. An index finds those whose hold is over,
    whether or not it was swept away.
    """
    counted = count_by_show(ShowSeat.objects.filter(state=State.AVAILABLE))
    available = Case(When(IS_COUNTED, then=F("seat_map__available")), default=counted)
    return available + count_by_show(ShowSeat.objects.filter(has_lapsed(now)))


def count_by_show(rows: QuerySet[Any]) -> Coalesce:
    """Return how many of these rows each show, or seat map, of a query has."""
    own = rows.filter(show=OuterRef("pk")).order_by().values("show")
    return Coalesce(Subquery(own.annotate(n=Count("pk")).values("n"), IntegerField()), 0)
