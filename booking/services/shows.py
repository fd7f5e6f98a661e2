"""Putting shows on, and changing what is on.

Whoever changes a fact that buyers agree to (`booking.terms`) does so here or with `facts_logged`,
so that the log, and with it every open page, has it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from booking.errors import (
    AuditoriumTaken,
    InvalidShow,
    OtherLayout,
    ShowCancelled,
    ShowNotFound,
)
from booking.models import Auditorium, Booking, Movie, PriceList, SeatMap, Show, ShowSeat
from booking.models.catalogue import OUT_OF_REACH
from booking.models.prices import PRICE_OUT_OF_RANGE
from booking.rules import CLEANING_TIME, FIRST_START, HIGHEST_PRICE, LAST_START, MINUTE
from booking.seating.kinds import PRICE_FACTS
from booking.services import post
from booking.services.ledger import write_facts
from booking.terms import facts_of
from foundation.errors import TooMuchContention
from foundation.instants import clock_time, milliseconds
from foundation.outbox.services import enqueue_all


class Unchanged(Enum):
    """What a show keeps that may also have none."""

    UNCHANGED = auto()


UNCHANGED = Unchanged.UNCHANGED
# The shortest time that two instants in the database can differ by.
MOMENT = timedelta(microseconds=1)


@transaction.atomic
def create_show(
    *,
    movie: Movie,
    auditorium: Auditorium,
    starts_at: datetime,
    no_gaps: bool = False,
    is_listed: bool = True,
    price_list: PriceList | None = None,
    **prices: Decimal,
) -> Show:
    """Put a movie on, with one available ShowSeat for every seat; `prices` are PRICE_FACTS.

    Locks the movie, whose length decides until when it has the auditorium, the auditorium, whose
    layout and shows must not change meanwhile, and the price list. Raises InvalidShow, and
    AuditoriumTaken where another show has the auditorium at that time.
    """
    _lock(Movie, [movie.pk])
    _lock(Auditorium, [auditorium.pk])
    price_list = _locked_list(price_list)
    show = Show(
        movie=Movie.objects.get(pk=movie.pk),
        auditorium=Auditorium.objects.get(pk=auditorium.pk),
        starts_at=starts_at,
        no_gaps=no_gaps,
        is_listed=is_listed,
        price_list=price_list,
        list_facts=price_list.facts if price_list else None,
        **prices,
    )
    _check_values(show)
    _take_room(show)
    show.save(force_insert=True)
    SeatMap.blank(show).save(force_insert=True)
    ShowSeat.objects.bulk_create(
        ShowSeat(show=show, seat=seat, seat_number=seat.seat_number)
        for seat in auditorium.seats.all()
    )
    return show


@transaction.atomic
def change_show(
    *,
    show_id: int,
    now: datetime,
    movie: Movie | None = None,
    auditorium: Auditorium | None = None,
    starts_at: datetime | None = None,
    no_gaps: bool | None = None,
    price_list: PriceList | Unchanged | None = UNCHANGED,
    **prices: Decimal,
) -> Show:
    """Change what is given of a show, also of its PRICE_FACTS; the rest stays as it is.

    What changes its terms is logged as one version and published after the commit. With another
    time or auditorium it has moved, and whoever booked gets a mail. Locks its movies and
    auditoriums, as they are and as they will be, for another auditorium the seats, the price list,
    then the show and its seat map. Raises ShowNotFound, ShowCancelled, InvalidShow,
    AuditoriumTaken, OtherLayout for an auditorium with other seats, and TooMuchContention.
    """
    given: dict[str, Any] = {
        "movie": movie,
        "auditorium": auditorium,
        "starts_at": starts_at,
        "no_gaps": no_gaps,
        **prices,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    before = _lock_movies_and_auditoriums(show_id, movie, auditorium)
    if auditorium is not None:
        _move_seats(show_id, auditorium)
    if not isinstance(price_list, Unchanged):
        wanted["price_list"] = price_list = _locked_list(price_list)
        wanted["list_facts"] = price_list.facts if price_list else None
    with facts_logged(Show.objects.filter(pk=show_id), now):
        show = Show.objects.select_related("movie").get(pk=show_id)
        if (show.movie_id, show.auditorium_id) != (before.movie_id, before.auditorium_id):
            raise TooMuchContention  # those locked are no longer its own
        if show.cancelled_at:
            raise ShowCancelled
        for name, value in wanted.items():
            setattr(show, name, value)
        _check_values(show)
        if (show.movie_id, show.auditorium_id, show.starts_at) != (
            before.movie_id,
            before.auditorium_id,
            before.starts_at,
        ):
            _take_room(show)
        if (show.auditorium_id, show.starts_at) != (before.auditorium_id, before.starts_at):
            _note_move(show, now)
        show.save(update_fields=[*wanted, "room_free_at", "moved_at"])
    return show


@transaction.atomic
def change_movie(
    *,
    movie_id: int,
    title: str,
    synopsis: str,
    duration_minutes: int,
    certificate: str,
    now: datetime,
) -> Movie:
    """Change a movie; another title is logged as a version of each of its shows to come.

    With another length these have their auditoriums for longer or shorter. Locks the movie, then
    for another length the auditoriums, then these shows and their seat maps, all in the order of
    their ids. Raises AuditoriumTaken.
    """
    _lock(Movie, [movie_id])
    movie = Movie.objects.get(pk=movie_id)
    to_come = movie.shows.filter(starts_at__gt=now)
    is_as_long = movie.duration_minutes == duration_minutes
    if not is_as_long:
        _lock(Auditorium, to_come.values_list("auditorium", flat=True))
    movie.title, movie.synopsis = title, synopsis
    movie.duration_minutes, movie.certificate = duration_minutes, certificate
    with facts_logged(to_come, now):
        movie.save()
        for show in [] if is_as_long else to_come.select_related("movie", "auditorium"):
            _take_room(show)
            show.save(update_fields=["room_free_at"])
    return movie


def _lock(model: "type[Movie | Auditorium | PriceList]", ids: Iterable[int]) -> None:
    rows = model._default_manager.filter(pk__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _locked_list(price_list: PriceList | None) -> PriceList | None:
    """Return a price list as it is now, which nobody changes meanwhile."""
    if price_list is None:
        return None
    _lock(PriceList, [price_list.pk])
    return PriceList.objects.get(pk=price_list.pk)


def _lock_movies_and_auditoriums(
    show_id: int, movie: Movie | None, auditorium: Auditorium | None
) -> Show:
    """Lock the show's movie and auditorium and those given; return the show as it was then."""
    show = Show.objects.filter(pk=show_id).first()
    if show is None:
        raise ShowNotFound
    _lock(Movie, [show.movie_id, movie.pk if movie else show.movie_id])
    _lock(Auditorium, [show.auditorium_id, auditorium.pk if auditorium else show.auditorium_id])
    return Show.objects.get(pk=show_id)


def _note_move(show: Show, now: datetime) -> None:
    """Note that a locked show has moved, and enqueue a letter to each who has booked it.

    Whoever has booked by now booked it before, whatever the clock of another process says. A letter
    that a later move overtakes is not sent.
    """
    newest = Booking.objects.filter(show=show).aggregate(at=Max("created_at"))["at"]
    show.moved_at = moved_at = max(now, newest + MOMENT) if newest else now
    live = Booking.objects.filter(show=show, cancelled_at=None).select_related("user")
    buyers = {booking.pk: booking.buyer for booking in live.order_by("pk")}
    letters = (
        ({"booking": key, "moved": milliseconds(moved_at)}, buyer.client)
        for key, buyer in buyers.items()
        if buyer.address
    )
    enqueue_all(post.MOVED, letters, now=now)


def _check_values(show: Show) -> None:
    """Refuse a start or prices out of range. Raises InvalidShow."""
    if not FIRST_START <= show.starts_at <= LAST_START:
        raise InvalidShow(OUT_OF_REACH)
    prices = [getattr(show, fact) for fact in PRICE_FACTS]
    are_numbers = all(price.is_finite() and price >= 0 for price in prices)
    if not are_numbers or sum(prices) > HIGHEST_PRICE:
        raise InvalidShow(PRICE_OUT_OF_RANGE)


def _take_room(show: Show) -> None:
    """Work out until when the show has its locked auditorium. Raises AuditoriumTaken."""
    show.set_room_free_at()
    if show.cancelled_at:
        return
    others = Show.objects.filter(
        auditorium=show.auditorium_id,
        starts_at__lt=show.room_free_at,
        room_free_at__gt=show.starts_at,
        cancelled_at=None,
    )
    other = others.exclude(pk=show.pk).select_related("movie", "auditorium").first()
    if other is not None:
        cleaning = f"{CLEANING_TIME // MINUTE} minutes for cleaning"
        raise AuditoriumTaken(
            f"{show} would have {other.auditorium} until {clock_time(show.room_free_at)}, "
            f"with {cleaning}. {other} has it until {clock_time(other.room_free_at)}."
        )


@contextmanager
def facts_logged(shows: "QuerySet[Show]", now: datetime) -> Iterator[None]:
    """Lock these shows, and log what became of their facts by the end, a version for each.

    The seat maps are locked before anything of the shows is written: whoever sells a seat has that
    lock when their commit looks at the show's row, which a foreign key names.
    """
    keys = shows.order_by("pk").select_for_update(no_key=True)
    own = Show.objects.filter(pk__in=list(keys.values_list("pk", flat=True)))
    maps = SeatMap.objects.filter(show__in=own).order_by("pk")
    list(maps.select_for_update(no_key=True).values_list("pk", flat=True))
    # Read only now: what is read in the statement that locks may be older than the lock.
    with_names = own.select_related("movie", "auditorium").order_by("pk")
    before = {show.pk: facts_of(show) for show in with_names}
    yield
    for show in with_names.all():
        facts = facts_of(show)
        if facts != before[show.pk]:
            write_facts(show_id=show.pk, was=before[show.pk], facts=facts, now=now)


def _move_seats(show_id: int, auditorium: Auditorium) -> None:
    """Let a show's seats be those of an auditorium with the same layout. Raises OtherLayout."""
    show_seats = ShowSeat.objects.filter(show_id=show_id).order_by("seat_number")
    locked = list(show_seats.select_for_update(no_key=True))
    show = Show.objects.select_related("auditorium").get(pk=show_id)
    if show.auditorium_id == auditorium.pk:
        return
    if show.auditorium.layout_hash != auditorium.layout_hash:
        raise OtherLayout
    seats = dict(auditorium.seats.values_list("seat_number", "pk"))
    for show_seat in locked:
        show_seat.seat_id = seats[show_seat.seat_number]
    ShowSeat.objects.bulk_update(locked, ["seat"])
