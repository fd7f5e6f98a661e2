"""The programme: what is on by day, all of a film's times, and looking for shows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from booking.errors import MovieNotFound
from booking.models import Movie, Show
from booking.selectors import catalogue, programme
from booking.selectors.programme import Day, PartOfDay, ShowsFound, Wish

MOVIES_TEMPLATE = "pages/movies.html"
MOVIE_TEMPLATE = "pages/movie.html"
# Shows on a page: a busy day of a large cinema.
ON_A_PAGE = 60
# A film's own page has room for more of its times.
OF_A_FILM = 120
# Of a film among others; its own page has the rest.
TIMES_OF_A_CARD = 8
# So many shows need no days to choose from, and so few films leave room for what they are about.
SHOWS_AT_A_GLANCE = 24
FILMS_AT_A_GLANCE = 4
TABS = 6
MOST_PAGES = 1000


@dataclass
class Film:
    """A movie, and those of its shows that are to be listed, in order of time."""

    movie: Movie
    shows: list[Show] = field(default_factory=list)

    @property
    def times(self) -> list[Show]:
        return self.shows[:TIMES_OF_A_CARD]

    @property
    def has_more(self) -> bool:
        """Whether there are more times than are named; how many, one page of a list can't say."""
        return len(self.shows) > TIMES_OF_A_CARD

    @property
    def lowest_price(self) -> Decimal:
        return min(show.price for show in self.shows)


@dataclass(frozen=True)
class Tab:
    """A day to choose, by some moment of it."""

    moment: datetime
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class Tabs:
    """Some days to choose from, and where those before and after them are."""

    days: list[Tab]
    earlier: str | None
    later: str | None


class WishForm(forms.Form):
    """What to look for, as the address of the page says it."""

    title = forms.CharField(required=False, max_length=100)
    date = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "There is no such day."},
    )
    time = forms.ChoiceField(
        required=False,
        choices=[("", "Any time"), *((part.word, part.word.capitalize()) for part in PartOfDay)],
    )
    auditorium = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "No show is planned there."},
    )
    accessible = forms.BooleanField(required=False)

    def __init__(self, asked: QueryDict, auditoriums: Iterable[tuple[int, str]]) -> None:
        super().__init__(asked)
        self.fields["auditorium"].choices = [("", "Any auditorium"), *auditoriums]  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        """Return what can be understood of it."""
        self.full_clean()
        said = self.cleaned_data
        return Wish(
            title=said.get("title", ""),
            on=said.get("date"),
            part=PartOfDay[said["time"].upper()] if said.get("time") else None,
            auditorium_id=said.get("auditorium"),
            accessible=said.get("accessible", False),
        )

    def asked(self) -> dict[str, str]:
        """Return that as a query has it."""
        return {name: self[name].value() for name, value in self.cleaned_data.items() if value}


@require_safe
@cache_control(private=True, no_store=True)
def movies(request: HttpRequest) -> HttpResponse:
    """Show which films are on when: all to come, of a day, or what somebody looks for."""
    return render(request, MOVIES_TEMPLATE, movies_context(request))


def movies_context(request: HttpRequest) -> dict[str, Any]:
    """Return what that page is made of."""
    now = timezone.now()
    form = WishForm(request.GET, programme.auditoriums(now=now))
    wish = form.wish()
    found = programme.shows_found(wish, now=now, size=ON_A_PAGE, page=_page(request))
    asked = form.asked()
    others = {name: value for name, value in asked.items() if name != "date"}
    return {
        "form": form,
        "chosen_day": wish.on and _noon(wish.on),
        "tabs": tabs(programme.days(now=now), wish.on, others),
        "any_day": _href(**others),
        "everything": _href(),
        **_listed(found),
        **_pages(found, asked),
    }


@require_safe
@cache_control(private=True, no_store=True)
def movie(request: HttpRequest, movie_id: int) -> HttpResponse:
    """Show a film, and all its times by day."""
    try:
        context = movie_context(request, movie_id)
    except MovieNotFound as error:
        raise Http404 from error
    return render(request, MOVIE_TEMPLATE, context)


def movie_context(request: HttpRequest, movie_id: int) -> dict[str, Any]:
    """Return what that page is made of. Raises MovieNotFound."""
    wanted = catalogue.movie(movie_id)
    found = programme.shows_found(
        Wish(movie_id=wanted.pk), now=timezone.now(), size=OF_A_FILM, page=_page(request)
    )
    by_day = groupby(found.shows, lambda show: timezone.localdate(show.starts_at))
    return {
        "film": Film(wanted, list(found.shows)),
        "days": [list(shows) for _, shows in by_day],
        **_pages(found, {}, reverse("movie", args=[wanted.pk])),
    }


def whats_on(now: datetime) -> dict[str, Any]:
    """Return what the landing page says of it: all that is on, or one day with tabs for others.

    `next_show` is the one that takes place first, or None. Takes two queries.
    """
    days = programme.days(now=now)
    if not days:
        return {"next_show": None, "films": []}
    is_little = sum(day.shows for day in days) <= SHOWS_AT_A_GLANCE
    first = days[0].date
    wish = Wish() if is_little else Wish(on=first)
    found = programme.shows_found(wish, now=now, size=ON_A_PAGE)
    next_show = next((show for show in found.shows if not show.cancelled_at), None)
    shown = {"next_show": next_show, **_listed(found)}
    if is_little:
        return shown
    choice = {"chosen_day": _noon(first), "tabs": tabs(days, first, {}), "any_day": _href()}
    return shown | choice | _pages(found, {"date": first.isoformat()})


def _listed(found: ShowsFound) -> dict[str, Any]:
    """Return the films of these shows in order of their first ones, and whether they are few."""
    films: dict[int, Film] = {}
    for show in found.shows:
        films.setdefault(show.movie_id, Film(show.movie)).shows.append(show)
    return {"films": list(films.values()), "at_a_glance": len(films) <= FILMS_AT_A_GLANCE}


def tabs(days: Sequence[Day], chosen: date | None, others: Mapping[str, str]) -> Tabs:
    """Return the days around the chosen one, as links that ask for the same `others`."""
    dates = [day.date for day in days]
    first = dates.index(chosen) // TABS * TABS if chosen in dates else 0
    hrefs = [_href(date=day.isoformat(), **others) for day in dates]
    every = [Tab(_noon(day), href, day == chosen) for day, href in zip(dates, hrefs, strict=True)]
    return Tabs(
        days=every[first : first + TABS],
        earlier=hrefs[first - TABS] if first else None,
        later=hrefs[first + TABS] if first + TABS < len(hrefs) else None,
    )


def _pages(
    found: ShowsFound, asked: Mapping[str, str], path: str | None = None
) -> dict[str, str | None]:
    """Return where the pages before and after this one are."""
    before = _href(path, **asked, page=str(found.page - 1)) if found.page > 1 else None
    after = _href(path, **asked, page=str(found.page + 1)) if found.has_next else None
    return {"previous_page": before, "next_page": after}


def _href(path: str | None = None, **asked: str) -> str:
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{path or reverse('movies')}{query}"


def _page(request: HttpRequest) -> int:
    """Return which page of a list is asked for, the first one where that is no number."""
    asked = request.GET.get("page", "")
    return min(int(asked), MOST_PAGES) if re.fullmatch(r"[1-9][0-9]{0,8}", asked) else 1


def _noon(day: date) -> datetime:
    """Return a moment that is on this day in the cinema's time zone, whatever its clocks do."""
    return timezone.make_aware(datetime.combine(day, time(12)))
