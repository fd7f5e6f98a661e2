"""The seats left of all shows to come, and what is on when and where, for listings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from booking.models import SeatMap, ShowSeat, State
from booking.selectors.seat_map import free
from foundation.instants import milliseconds


@dataclass(frozen=True)
class SeatsLeft:
    """How many seats of a show can be had, by its seat map of a digest, and what is on there when.

    It may be another number without another digest from `until` on, when a hold is over.
    `starts_at` is in milliseconds since the epoch.
    """

    digest: str
    count: int
    until: datetime | None
    starts_at: int
    auditorium: str
    movie_id: int
    title: str


def seats_left(known: Mapping[int, SeatsLeft], *, now: datetime) -> dict[int, SeatsLeft]:
    """Return the seats left of each listed show that has not started, by its id.

    Counts those alone that are not `known` as they are: one query when nothing happened.
    """
    to_come = SeatMap.objects.filter(show__starts_at__gt=now, show__is_listed=True)
    film = ("show__movie", "show__movie__title")
    rows = to_come.values_list("pk", "digest", "show__starts_at", "show__auditorium__name", *film)
    shows = {id_: (digest, milliseconds(start), *what) for id_, digest, start, *what in rows}
    stale = [id_ for id_, (digest, *_) in shows.items() if _is_stale(known.get(id_), digest, now)]
    counted = _counted(stale, shows, now) if stale else {}
    return {id_: counted[id_] if id_ in counted else known[id_] for id_ in shows}


def _is_stale(known: SeatsLeft | None, digest: str, now: datetime) -> bool:
    if known is None or known.digest != digest:
        return True
    return known.until is not None and known.until <= now


def _counted(
    show_ids: Collection[int], shows: Mapping[int, tuple[Any, ...]], now: datetime
) -> dict[int, SeatsLeft]:
    left = _by_show(free(now), show_ids).annotate(value=Count("pk"))
    held = ShowSeat.objects.filter(state=State.HELD, held_until__gt=now)
    ends = _by_show(held, show_ids).annotate(value=Min("held_until"))
    counts, untils = (dict(rows.values_list("show", "value")) for rows in (left, ends))
    seats_left = {}
    for show_id in show_ids:
        digest, *what = shows[show_id]
        left, until = counts.get(show_id, 0), untils.get(show_id)
        seats_left[show_id] = SeatsLeft(digest, left, until, *what)
    return seats_left


def _by_show(seats: QuerySet[ShowSeat], show_ids: Collection[int]) -> QuerySet[ShowSeat]:
    return seats.filter(show__in=show_ids).order_by().values("show")  # type: ignore[return-value]
