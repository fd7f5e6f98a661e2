from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.db import InterfaceError, OperationalError, connection
from django.test import TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from booking.errors import TooMuchContention
from booking.models import Booking, Hold, PlaceInLine
from booking.problems import MEDIA_TYPE, TOO_BUSY
from booking.services.bookings import book_seats
from booking.services.holds import place_hold
from booking.services.line import join_line
from cinema.http import WAITED
from cinema.middleware import LONGEST_WAIT_SECONDS
from tests import factories


def failing(error: Exception) -> AbstractContextManager[Any]:
    """Let every query fail like this."""

    def fail(*_: Any) -> None:
        raise error

    return connection.execute_wrapper(fail)


class PatienceTest(TestCase):
    """Requests that waited for a thread until their client gave up, or nearly."""

    def late(self, seconds: float) -> dict[str, Any]:
        return {WAITED: LONGEST_WAIT_SECONDS + seconds}

    def test_page_that_waited_too_long_is_not_made(self) -> None:
        with self.assertNumQueries(0):
            response = self.client.get("/", **self.late(0.1))
        self.assertContains(response, "Too many ask the box office at once", status_code=503)
        self.assertEqual(response["Retry-After"], "5")
        self.assertIn("default-src", response["Content-Security-Policy"])

    def test_program_and_script_get_a_problem(self) -> None:
        for method, path in (("get", "/api/movies/"), ("post", "/shows/1/hold/")):
            with self.subTest(path), self.assertNumQueries(0):
                ask = getattr(self.client, method)
                response = ask(path, content_type="application/json", **self.late(0.1))
                self.assertEqual(response.status_code, 503)
                self.assertEqual(response["Content-Type"], MEDIA_TYPE)
                self.assertEqual(response.json(), TOO_BUSY.body)

    def test_page_that_waited_less_is_made(self) -> None:
        self.assertEqual(self.client.get("/", **self.late(0)).status_code, 200)


class TryAgainTest(TestCase):
    def test_page_without_its_database_asks_to_come_again(self) -> None:
        self.client.force_login(factories.user())
        for error in (OperationalError("connection refused"), InterfaceError("closed")):
            for path in ("/", "/bookings/", "/admin/"):
                with (
                    self.subTest(path, error=error),
                    failing(error),
                    self.assertLogs(level="ERROR"),
                ):
                    response = self.client.get(path)
                    self.assertContains(response, "<h1>Intermission</h1>", status_code=503)
                    self.assertEqual(response["Retry-After"], "5")

    def test_page_that_too_many_want_asks_to_come_again(self) -> None:
        for error in (OperationalError("database is locked"), TooMuchContention()):
            with (
                self.subTest(repr(error)),
                mock.patch("booking.selectors.catalogue.now_showing", side_effect=error),
                self.assertLogs(level="ERROR"),
            ):
                response = self.client.get("/")
                self.assertContains(response, "<h1>The film tore</h1>", status_code=500)
                self.assertEqual(response["Retry-After"], "1")

    def test_script_without_its_database_gets_a_problem(self) -> None:
        show = factories.show()
        for path in ("hold/", "line/", "line/turn/"):
            with (
                self.subTest(path),
                failing(OperationalError("connection refused")),
                self.assertLogs(level="ERROR"),
            ):
                response = self.client.post(
                    f"/shows/{show.pk}/{path}",
                    {"seat": 1, "seats": [1]},
                    content_type="application/json",
                    headers={"Cookie": "sessionid=somebodys"},
                )
                self.assertEqual(response["Content-Type"], MEDIA_TYPE)
                self.assertEqual((response.status_code, response["Retry-After"]), (503, "5"))
                self.assertEqual(response.json()["code"], "unavailable")

    def test_other_errors_stay_what_they_are(self) -> None:
        with (
            mock.patch("booking.selectors.catalogue.now_showing", side_effect=ZeroDivisionError),
            self.assertLogs("django.request", "ERROR"),
            self.assertRaises(ZeroDivisionError),
        ):
            self.client.get("/")


class PagePolicyTest(TestCase):
    def test_pages_have_a_policy_and_json_needs_none(self) -> None:
        self.assertIn("default-src 'self'", self.client.get("/")["Content-Security-Policy"])
        self.assertNotIn("Content-Security-Policy", self.client.get("/api/movies/"))


class DeletedUserTest(TransactionTestCase):
    """A user is deleted after the session was read, right before the service begins."""

    def setUp(self) -> None:
        self.show = factories.show()

    def post(self, service: Any, where: str, path: str, data: Any, **options: Any) -> Any:
        user = factories.user()
        self.client.force_login(user)

        def delete_first(**arguments: Any) -> Any:
            user.delete()
            return service(**arguments)

        with mock.patch(f"booking.pages.{where}.{service.__name__}", delete_first):
            return self.client.post(f"/shows/{self.show.pk}/{path}/", data, **options)

    def test_page_leads_to_the_log_in(self) -> None:
        response = self.post(book_seats, "views", "book", {"seats": [1]})

        self.assertRedirects(response, reverse("login"))
        self.assertFalse(Booking.objects.exists())

    def test_script_gets_a_problem(self) -> None:
        place_hold(
            show_id=self.show.pk, wish=[2], client="address:1", user=None, now=timezone.now()
        )
        for service, where, path, body in (
            (place_hold, "holding", "hold", {"seats": [1]}),
            (join_line, "line", "line", {"seat": 2}),
        ):
            with self.subTest(path):
                response = self.post(service, where, path, body, content_type="application/json")
                self.assertEqual(
                    (response.status_code, response["Content-Type"], response.json()["code"]),
                    (401, MEDIA_TYPE, "user_not_found"),
                )
        self.assertEqual((Hold.objects.count(), PlaceInLine.objects.count()), (1, 0))
