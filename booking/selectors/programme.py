"""The programme: what is on, as people look for it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncDate

from booking.models import Auditorium, Kind, Show
from booking.selectors import catalogue
from booking.selectors.seat_map import free

# Days that have shows: more than a cinema plans ahead one by one.
MOST_DAYS = 60
MOST_AUDITORIUMS = 200


class PartOfDay(Enum):
    """When a film starts, by the hours of the cinema's clock."""

    MORNING = range(4, 12)
    AFTERNOON = range(12, 17)
    EVENING = range(17, 22)
    NIGHT = (22, 23, *range(4))

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Day:
    """A day of the cinema's calendar, and how many shows it has yet to come."""

    date: date
    shows: int


@dataclass(frozen=True)
class Wish:
    """What shows somebody looks for; what is left out does not matter.

    `title` has words of the film's title; `accessible` wants a wheelchair space that is free.
    """

    title: str = ""
    on: date | None = None
    part: PartOfDay | None = None
    auditorium_id: int | None = None
    movie_id: int | None = None
    accessible: bool = False


@dataclass(frozen=True)
class ShowsFound:
    """Some of the shows that were looked for, in order of time, with `available_seats`."""

    shows: Sequence[Show]
    page: int
    has_next: bool


def days(*, now: datetime) -> list[Day]:
    """Return the next days that have shows to come, each with their number, in one query."""
    shows = catalogue.to_come(now=now).order_by()
    counted = shows.values(day=TruncDate("starts_at")).annotate(count=Count("pk"))
    rows = counted.order_by("day").values_list("day", "count")
    return [Day(day, count) for day, count in rows[:MOST_DAYS]]


def shows_found(wish: Wish, *, now: datetime, size: int, page: int = 1) -> ShowsFound:
    """Return one page of the shows that are wished for, in a query, two for those of a title."""
    shows = catalogue.upcoming_shows(now=now, movie_id=wish.movie_id, on=wish.on)
    if wish.title:
        shows = shows.filter(movie__in=_titled(wish.title, now))
    if wish.part:
        shows = shows.filter(starts_at__hour__in=wish.part.value)
    if wish.auditorium_id is not None:
        shows = shows.filter(auditorium_id=wish.auditorium_id)
    if wish.accessible:
        space = free(now).filter(show=OuterRef("pk"), seat__kind=Kind.WHEELCHAIR.value)
        shows = shows.filter(Exists(space), cancelled_at=None)
    first = (page - 1) * size
    # One more than there is room for tells whether there is a next page.
    found = list(shows[first : first + size + 1])
    return ShowsFound(found[:size], page, len(found) > size)


def auditoriums(*, now: datetime) -> list[tuple[int, str]]:
    """Return the id and the name of each auditorium that has shows to come, by name."""
    shows = catalogue.to_come(now=now).order_by()
    rooms = Auditorium.objects.filter(pk__in=shows.values("auditorium"))
    return list(rooms.values_list("pk", "name")[:MOST_AUDITORIUMS])


def _titled(words: str, now: datetime) -> list[int]:
    """Return the movies on that have all these words in their titles.

    Databases disagree on what letters are the same, and people leave out accents.
    """
    wanted = _folded(words).split()
    titles = catalogue.now_showing(now=now).values_list("pk", "title")
    folded = ((movie_id, _folded(title)) for movie_id, title in titles)
    return [movie_id for movie_id, title in folded if all(word in title for word in wanted)]


def _folded(text: str) -> str:
    """Return the text without case, accents and other ways to write the same letters."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
