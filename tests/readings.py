"""Everything that can be read: each route of the site, and each list in each of its ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from rest_framework_simplejwt.tokens import AccessToken

from booking.models import Booking, Show
from payments.addresses import address_of
from payments.models import Payment
from tests.cinema.routes import routes

ANYBODY, MEMBER, TOKEN, STAFF = "anybody", "member", "token", "staff"
# What no GET gets, what never ends, and what leads elsewhere.
NOT_READ = re.compile(
    r"/(?:logout|begin|clear|leave|offer|exchange|events)/$|^/admin/(?:\(|r/|autocomplete/|login/)"
)
PART = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Reading:
    """A path, who reads it, and a name that it has in every cinema."""

    name: str
    path: str
    reader: str

    def __str__(self) -> str:
        return self.name if self.reader == ANYBODY else f"{self.name}, {self.reader}"


@dataclass(frozen=True)
class Cinema:
    """What there is to read about; the booking is the member's, and for the show as the hold is."""

    show: Show
    past_show: Show
    booking: Booking
    token: str
    payment: Payment
    member: Any
    staff: Any

    def readings(self) -> Iterator[Reading]:
        """Yield every reading, in the order of the names."""
        queries = self.queries()
        for route in sorted({route for route in routes() if not NOT_READ.search(route)}):
            name = PART.sub(r"<\1>", route)
            for path, when in self._paths(route).items():
                for label, query in {"": "", **queries.get(path, {})}.items():
                    for reader in readers_of(path):
                        yield Reading(f"{name}{label}{when}", f"{path}{query}", reader)

    def _paths(self, route: str) -> dict[str, str]:
        """Return the paths of a route: if it is about a show, of a past one and of one to come."""
        model = re.match(r"/admin/\w+/(\w+)/", route)
        paths = {}
        for show, when in ((self.past_show, ", past"), (self.show, "")):
            ids = {
                "show": show.pk,
                "movie": show.movie_id,
                "auditorium": show.auditorium_id,
                "booking": self.booking.pk,
                "user": self.member.pk,
                "admission": 1,
                "refund": 1,
                "group": 1,
                "message": 1,
            }
            row = str(ids.get(model[1], "") if model else "")
            parts = {f"{name}_id": str(value) for name, value in ids.items()} | {
                "reference": self.booking.reference,
                "seat_number": "3",
                "token": self.token,
                "hold_token": self.token,
                "payment": address_of(self.payment),
                "address": address_of(self.payment),
                "pretended_id": self.payment.reference.partition("_")[2],
                "provider": "pretend",
                "way": "pretend",
                "name": "booked",
                "uidb64": "MQ",
                "object_id": row,
                "id": row,
            }
            paths[PART.sub(partial(_part, parts), route)] = when
        return paths

    def queries(self) -> dict[str, dict[str, str]]:
        """Return what else can be asked of a path, by what says so without a value."""
        show, day = self.show, f"{timezone.localtime(self.show.starts_at):%Y-%m-%d}"
        asked = {
            "/bookings/": {"?past=": "?past=2"},
            "/movies/": {
                "?title=": "?title=movie",
                "?date=": f"?date={day}",
                "?time=": "?time=evening",
                "?auditorium=": f"?auditorium={show.auditorium_id}",
                "?accessible=": "?accessible=yes",
                "?page=": "?page=2",
            },
            f"/movies/{show.movie_id}/": {"?page=": "?page=2"},
            "/api/my-bookings/": {"?page=": "?page=2"},
            "/api/shows/": {"?movie=": f"?movie={show.movie_id}", "?date=": f"?date={day}"},
            f"/api/shows/{self.past_show.pk}/seats/": {"?at=": "?at=1"},
            f"/shows/{self.past_show.pk}/log/": {"?at=": "?at=1"},
        }
        title, member = {"title": show.movie.title}, self.member
        found = {
            "booking": {
                "reference": self.booking.reference,
                "name": member.get_username(),
                **title,
            },
            "movie": title,
            "show": title,
            "auditorium": {"name": show.auditorium.name},
            "user": {"name": member.get_username(), "email": member.email},
        }
        for model, options in admin.site._registry.items():
            name = model._meta.model_name or ""
            words = found.get(name, {})
            asked[reverse(f"admin:{model._meta.app_label}_{name}_changelist")] = {
                "?p=": "?p=2",
                **{f"?q={what}": f"?{urlencode({'q': word})}" for what, word in words.items()},
                **{f"?o={n}": f"?o={n}" for n in range(1, len(options.list_display) + 1)},
                **filters_of(options, show),
            }
        return asked

    def client(self, reader: str) -> Client:
        """Return a client that is logged in as a reader."""
        client = Client(headers={"host": "localhost"})
        if reader == TOKEN:
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {AccessToken.for_user(self.member)}"
        elif reader != ANYBODY:
            client.force_login(self.staff if reader == STAFF else self.member)
        return client


def _part(parts: dict[str, str], match: re.Match[str]) -> str:
    return parts[match[1]]


def readers_of(path: str) -> tuple[str, ...]:
    if path.startswith("/admin/"):
        return (STAFF,)
    if path.startswith(("/door/", "/figures/", "/till/")):
        return ANYBODY, MEMBER, STAFF
    return (TOKEN,) if path.startswith("/api/") else (ANYBODY, MEMBER)


def filters_of(options: Any, show: Show) -> dict[str, str]:
    """Return a query for each filter of a list of the admin. Raises KeyError for a new one."""
    values = {
        "auditorium": f"auditorium__id__exact={show.auditorium_id}",
        "groups": "groups__id__exact=1",
        "kind": "kind=tests.growth",
        "state": "state__exact=captured",
        "disputed_at": "disputed_at__isempty=0",
        **{name: f"{name}__isempty=0" for name in ("cancelled_at", "failed_at", "sent_at")},
        "created_at": urlencode({"created_at__gte": f"{show.starts_at.year}-01-01T00:00:00Z"}),
        **{name: f"{name}__exact=1" for name in ("is_staff", "is_superuser", "is_active")},
    }
    names = [one if isinstance(one, str) else one[0] for one in options.list_filter]
    filters = {f"?{name}=": f"?{values[name]}" for name in names}
    if days := options.date_hierarchy:
        year = f"?{days}__year={show.starts_at.year}"
        filters |= {"?year=": year, "?month=": f"{year}&{days}__month={show.starts_at.month}"}
    return filters
