"""What search engines are told: where films are, and where they need not look."""

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from booking.models import Movie
from booking.selectors import catalogue

# Films on at once, in a file of some 100 kB.
MOST_FILMS = 1000
# What is a person's own, a program's, or without end: each query of the programme is another page.
NOT_FOR_CRAWLERS = (
    "/accounts/",
    "/admin/",
    "/api/",
    "/bookings/",
    "/shows/*/list/",
    "/shows/*/log/",
    "/stage/",
    "/*?",
)


class Films(Sitemap):  # type: ignore[type-arg]  # takes no argument at run time
    """The pages of the films that are on; each leads to its shows."""

    limit = MOST_FILMS

    def items(self) -> QuerySet[Movie]:
        """Return the films, soonest made first, so that new ones move none."""
        return catalogue.now_showing(now=timezone.now()).order_by("pk")

    def location(self, item: Movie) -> str:
        return reverse("movie", args=[item.pk])


class Lists(Sitemap):  # type: ignore[type-arg]  # takes no argument at run time
    """The pages that list films."""

    def items(self) -> list[str]:
        return ["landing", "movies"]

    def location(self, item: str) -> str:
        return reverse(item)


@require_safe
@cache_control(max_age=600)
def site_map(request: HttpRequest) -> HttpResponse:
    """List the pages that people look for."""
    return sitemap(request, {"lists": Lists, "films": Films})


@require_safe
@cache_control(max_age=600)
def robots(request: HttpRequest) -> HttpResponse:
    """Say where crawlers need not look, and where the list of pages is."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_CRAWLERS),
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")
