"""What is on: movies and shows, with their seats counted."""

from datetime import date, datetime

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from booking.errors import AuditoriumNotFound, MovieNotFound, ShowNotFound
from booking.models import Auditorium, Movie, Show, ShowSeat


def shows(*, now: datetime) -> QuerySet[Show]:
    """Return all shows in order of time, with movie, auditorium and `available_seats`.

    Those are the seats that can be had now, whether or not an expired hold was swept away.
    """
    available = (
        ShowSeat.objects.free(now)
        .filter(show=OuterRef("pk"))
        .order_by()
        .values("show")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Show.objects.select_related("movie", "auditorium").annotate(
        available_seats=Coalesce(Subquery(available, output_field=IntegerField()), 0)
    )


def upcoming_shows(
    *, now: datetime, movie_id: int | None = None, on: date | None = None
) -> QuerySet[Show]:
    """Return the shows that have not started, of one movie and on one day if these are given.

    A day is one in the cinema's time zone.
    """
    upcoming = shows(now=now).filter(starts_at__gt=now)
    if movie_id is not None:
        upcoming = upcoming.filter(movie_id=movie_id)
    if on is not None:
        upcoming = upcoming.filter(starts_at__date=on)
    return upcoming


def now_showing(*, now: datetime) -> QuerySet[Movie]:
    """Return the movies with upcoming shows, and these as `upcoming_shows`, in two queries."""
    upcoming = upcoming_shows(now=now)
    return (
        Movie.objects.filter(shows__starts_at__gt=now)
        .distinct()
        .prefetch_related(Prefetch("shows", queryset=upcoming, to_attr="upcoming_shows"))
    )


def movie(movie_id: int) -> Movie:
    """Return one movie, on or not. Raises MovieNotFound."""
    found = Movie.objects.filter(pk=movie_id).first()
    if found is None:
        raise MovieNotFound
    return found


def show(show_id: int, *, now: datetime) -> Show:
    """Return one show, past or not, as `shows` does. Raises ShowNotFound."""
    found = shows(now=now).filter(pk=show_id).first()
    if found is None:
        raise ShowNotFound
    return found


def show_uncounted(show_id: int) -> Show:
    """Return one show, past or not, without `available_seats`. Raises ShowNotFound."""
    found = Show.objects.select_related("movie", "auditorium").filter(pk=show_id).first()
    if found is None:
        raise ShowNotFound
    return found


def auditorium(auditorium_id: int) -> Auditorium:
    """Return one auditorium. Raises AuditoriumNotFound."""
    found = Auditorium.objects.filter(pk=auditorium_id).first()
    if found is None:
        raise AuditoriumNotFound
    return found


def auditorium_of(show_id: int) -> Auditorium:
    """Return the auditorium of a show. Raises ShowNotFound."""
    found = Auditorium.objects.filter(shows=show_id).first()
    if found is None:
        raise ShowNotFound
    return found
