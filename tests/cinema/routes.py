"""Every route of the site, and a path for each."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import TestCase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from booking.services.sales import book_seats
from tests import factories

PARTS = {
    "show_id": "{show}",
    "booking_id": "{booking}",
    "reference": "{reference}",
    "movie_id": "1",
    "auditorium_id": "1",
    "object_id": "{show}",
}


def routes(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Yield every route of the site, its parts as {name}."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here


class RouteTestCase(TestCase):
    """A test of paths, with a show and a booking that they lead to."""

    def setUp(self) -> None:
        self.staff = factories.user(is_staff=True, is_superuser=True)
        self.show = factories.show()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1], user=self.staff, now=timezone.now()
        )

    def path(self, route: str, **parts: str) -> str:
        """Return a path of the route, with some of its parts given."""

        def part(match: Any) -> str:
            name = match[1]
            return parts.get(name) or PARTS.get(name, "x")

        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", part, route)
        path = re.sub(r"<(?:\w+:)?(\w+)>", part, path)
        return path.format(
            show=self.show.pk, booking=self.booking.pk, reference=self.booking.reference
        ).replace("\\", "")
