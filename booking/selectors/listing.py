"""What is on, and how many seats are left of it, for listings that stay true."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from booking.models import Show
from booking.selectors.counts import IS_COUNTED, available_seats
from foundation.instants import milliseconds


class ListedShow(NamedTuple):
    """A show to come: how many seats can be had, and what is on there when.

    None can be had of one that was called off: there `left` is None. `starts_at` is in milliseconds
    since the epoch.
    """

    left: int | None
    starts_at: int
    auditorium: str
    movie_id: int
    title: str


class Listing(NamedTuple):
    """Shows by their ids, and which of them have a seat map whose own count is behind.

    `started` are those that were known before, and have begun.
    """

    shows: dict[int, ListedShow]
    uncounted: list[int]
    started: set[int]


def shows_to_come(known: Collection[int] = (), *, now: datetime) -> Listing:
    """Return every listed show that has not started; in one query where all `known` are there."""
    to_come = Show.objects.filter(starts_at__gt=now, is_listed=True).order_by()
    counted = to_come.annotate(left=available_seats(now), is_counted=IS_COUNTED)
    what = ("cancelled_at", "starts_at", "auditorium__name", "movie_id", "movie__title")
    found = Listing({}, [], set())
    rows = counted.values_list("pk", "is_counted", "left", *what)
    for show_id, is_counted, left, cancelled_at, starts_at, *place in rows:
        has_left = None if cancelled_at else left
        found.shows[show_id] = ListedShow(has_left, milliseconds(starts_at), *place)
        if not is_counted:
            found.uncounted.append(show_id)
    if gone := set(known) - found.shows.keys():
        begun = Show.objects.filter(pk__in=gone, starts_at__lte=now, is_listed=True)
        found.started.update(begun.values_list("pk", flat=True))
    return found
