"""What pages say to search engines of films and shows, in the words of schema.org."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from booking.models import Movie, Show

SCHEMA = "https://schema.org"
# Of a film, the next ones; each has all of itself on its own page.
MOST_EVENTS = 20
LONGEST_DESCRIPTION = 300


def film_data(request: HttpRequest, movie: Movie, shows: Iterable[Show]) -> dict[str, Any]:
    """Return a film and its next shows, whose movie and auditorium were read with them."""
    events = [_event(request, show, vars(show)["available_seats"]) for show in shows]
    return _graph([_movie(request, movie), *events[:MOST_EVENTS]])


def show_data(request: HttpRequest, show: Show, available_seats: int) -> dict[str, Any]:
    """Return a show to come, and its film."""
    return _graph([_movie(request, show.movie), _event(request, show, available_seats)])


def _graph(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"@context": SCHEMA, "@graph": nodes}


def _movie(request: HttpRequest, movie: Movie) -> dict[str, Any]:
    url = _film_url(request, movie.pk)
    about = Truncator(movie.synopsis).chars(LONGEST_DESCRIPTION)
    known = {"contentRating": movie.certificate, "description": about}
    return {
        "@type": "Movie",
        "@id": url,
        "url": url,
        "name": movie.title,
        "duration": f"PT{movie.duration_minutes}M",
        **{name: value for name, value in known.items() if value},
    }


def _event(request: HttpRequest, show: Show, available_seats: int) -> dict[str, Any]:
    url = request.build_absolute_uri(reverse("show", args=[show.pk]))
    event = {
        "@type": "ScreeningEvent",
        "@id": url,
        "url": url,
        "name": show.movie.title,
        "workPresented": {"@id": _film_url(request, show.movie_id)},
        "location": {"@type": "MovieTheater", "name": show.auditorium.name},
        "startDate": timezone.localtime(show.starts_at).isoformat(),
        "endDate": timezone.localtime(show.film_ends_at).isoformat(),
        "eventStatus": f"{SCHEMA}/{_status(show)}",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        "maximumAttendeeCapacity": show.auditorium.capacity,
    }
    if show.cancelled_at:
        return event
    offer = {
        "@type": "Offer",
        "url": url,
        "price": f"{show.price:.2f}",
        "priceCurrency": settings.CURRENCY,
    }
    return {**event, "remainingAttendeeCapacity": available_seats, "offers": offer}


def _status(show: Show) -> str:
    if show.cancelled_at:
        return "EventCancelled"
    return "EventRescheduled" if show.moved_at else "EventScheduled"


def _film_url(request: HttpRequest, movie_id: int) -> str:
    return request.build_absolute_uri(reverse("movie", args=[movie_id]))
