"""A page of any origin may read what is public, without credentials, and nothing else."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

from django.db import OperationalError
from django.test import override_settings
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from foundation.web.handlers import at_once, too_many_waiting
from foundation.web.problems import UNAVAILABLE
from foundation.web.views import Nowhere, PublicView
from tests.cinema.routes import RouteTestCase, routes

ORIGIN = "https://elsewhere.example"
READABLE = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Date, ETag, Retry-After",
}


def about_origins(headers: Any) -> dict[str, str]:
    """Return those of the headers that tell a browser what pages of other origins may do."""
    said = {str(name).lower(): str(value) for name, value in headers}
    return {name: value for name, value in said.items() if name.startswith("access-control")}


def is_public(path: str) -> bool:
    """Tell whether anybody may GET it from the API, by what its view says."""
    try:
        view = getattr(resolve(path).func, "view_class", None)
    except Resolver404:
        return False
    public = view is not None and issubclass(view, PublicView)
    return bool(public and view is not Nowhere and hasattr(view, "get"))


@override_settings(THROTTLES=False)
class OriginsTests(RouteTestCase):
    def paths(self) -> Iterator[str]:
        for route in sorted(set(routes())):
            yield self.path(route)

    def test_exactly_what_is_public_can_be_read_from_elsewhere(self) -> None:
        self.client.raise_request_exception = False
        self.client.force_login(self.staff)
        public = set[str]()
        for path in self.paths():
            for method in ("get", "post"):
                with self.subTest(path, method=method):
                    answer = getattr(self.client, method)(path, headers={"Origin": ORIGIN})
                    expected = READABLE if is_public(path) else {}
                    self.assertEqual(about_origins(answer.items()), expected)
            public |= {path} if is_public(path) else set()
        self.assertEqual(len(public), 12, public)

    def test_only_what_is_public_may_be_asked_for_with_headers(self) -> None:
        asks = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        }
        for path in self.paths():
            with self.subTest(path):
                answer = self.client.options(path, headers=asks)
                said = about_origins(answer.items())
                self.assertEqual("access-control-allow-origin" in said, is_public(path))
                if is_public(path):
                    self.assertEqual(answer.status_code, 200)
                    headers = said["access-control-allow-headers"].split(", ")
                    self.assertLessEqual({"if-none-match", "last-event-id"}, set(headers))
                    self.assertNotIn("authorization", headers)
                    self.assertEqual(said["access-control-allow-methods"], "GET, HEAD, OPTIONS")

    def test_refusals_of_what_is_public_can_be_read_too(self) -> None:
        self.client.raise_request_exception = False
        seats = reverse("api:seats", args=[self.show.pk])
        answers: dict[int, Any] = {}

        def ask(path: str, **headers: str) -> None:
            answer = self.client.get(path, headers={"Origin": ORIGIN} | headers)
            answers[answer.status_code] = answer

        ask(reverse("api:seats", args=[999]))
        ask(f"{seats}?at=x")
        ask(seats, Accept="text/csv")
        with mock.patch("booking.selectors.seat_map.states", side_effect=OperationalError("away")):
            ask(seats)
        throttle = "foundation.web.throttling.ClientThrottle"
        with (
            mock.patch(f"{throttle}.allow_request", lambda *_: False),
            mock.patch(f"{throttle}.wait", lambda _: 17),
        ):
            ask(seats)
        self.assertEqual(set(answers), {400, 404, 406, 429, 503})
        for status, answer in answers.items():
            with self.subTest(status):
                self.assertEqual(about_origins(answer.items()), READABLE)

    def test_what_is_answered_without_django_says_the_same(self) -> None:
        for path in self.paths():
            for origin in (None, ORIGIN):
                headers = {"Origin": origin} if origin else {}
                by_django = self.client.options(path, headers=headers)
                environ = {"PATH_INFO": path} | ({"HTTP_ORIGIN": origin} if origin else {})
                for answer in (
                    too_many_waiting(environ),
                    at_once(path, UNAVAILABLE, origin=origin),
                ):
                    ours = [(name.decode(), value.decode()) for name, value in answer[0]["headers"]]
                    expected = about_origins(by_django.items())
                    for preflight in ("headers", "methods"):
                        expected.pop(f"access-control-allow-{preflight}", None)
                    expected.pop("access-control-max-age", None)
                    with self.subTest(path, origin=origin):
                        self.assertEqual(about_origins(ours), expected)
                        self.assertEqual(dict(ours).get("vary") == "origin", is_public(path))

    def test_credentials_are_let_in_nowhere(self) -> None:
        for path in self.paths():
            answer = self.client.get(path, headers={"Origin": "https://testserver"})
            self.assertNotIn("Access-Control-Allow-Credentials", answer)
