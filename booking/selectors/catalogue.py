"""What is on: movies and shows, with their seats counted."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from booking.errors import AuditoriumNotFound, MovieNotFound, ShowNotFound
from booking.models import Auditorium, Movie, Show
from booking.selectors.counts import available_seats
from booking.terms import facts_of
from foundation.errors import refuses


def shows(*, now: datetime) -> QuerySet[Show]:
    """Return all shows in order of time, with movie, auditorium and `available_seats`.

    Those are the seats that can be had now, whether or not an expired hold was swept away.
    """
    return _counted(Show.objects.all(), now)


def to_come(*, now: datetime) -> QuerySet[Show]:
    """Return the listed shows yet to start, in order of time, without `available_seats`."""
    return Show.objects.filter(starts_at__gt=now, is_listed=True)


def upcoming_shows(
    *, now: datetime, movie_id: int | None = None, on: date | None = None
) -> QuerySet[Show]:
    """Return the listed shows yet to start, of one movie and on a day of the cinema's if given.

    Those that were called off are among them: whoever looks for them shall find out.
    """
    upcoming = _counted(to_come(now=now), now)
    if movie_id is not None:
        upcoming = upcoming.filter(movie_id=movie_id)
    if on is not None:
        upcoming = upcoming.filter(starts_at__date=on)
    return upcoming


def now_showing(*, now: datetime) -> QuerySet[Movie]:
    """Return the movies with upcoming shows."""
    return Movie.objects.filter(pk__in=to_come(now=now).order_by().values("movie"))


def _counted(shows: QuerySet[Show], now: datetime) -> QuerySet[Show]:
    rows = shows.select_related("movie", "auditorium")
    return rows.annotate(available_seats=available_seats(now))


def other_times(show: Show, *, now: datetime, limit: int) -> list[Show]:
    """Return the next shows of the same movie that have seats left, soonest first."""
    times = upcoming_shows(now=now, movie_id=show.movie_id).exclude(pk=show.pk)
    times = times.filter(cancelled_at=None)
    return list(times.filter(available_seats__gt=0)[:limit])  # type: ignore[misc]


@refuses(MovieNotFound)
def movie(movie_id: int) -> Movie:
    """Return one movie, on or not."""
    found = Movie.objects.filter(pk=movie_id).first()
    if found is None:
        raise MovieNotFound
    return found


@refuses(ShowNotFound)
def show(show_id: int, *, now: datetime) -> Show:
    """Return one show, past or not, as `shows` does."""
    found = shows(now=now).filter(pk=show_id).first()
    if found is None:
        raise ShowNotFound
    return found


@refuses(ShowNotFound)
def show_uncounted(show_id: int) -> Show:
    """Return one show, past or not, without `available_seats`."""
    found = Show.objects.select_related("movie", "auditorium").filter(pk=show_id).first()
    if found is None:
        raise ShowNotFound
    return found


def facts(show_id: int) -> dict[str, Any]:
    """Return the facts of one show and its terms. Raises ShowNotFound."""
    return facts_of(show_uncounted(show_id))


@refuses(AuditoriumNotFound)
def auditorium(auditorium_id: int) -> Auditorium:
    found = Auditorium.objects.filter(pk=auditorium_id).first()
    if found is None:
        raise AuditoriumNotFound
    return found
