from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.db import InterfaceError, OperationalError, connection
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from booking.models import Booking, Hold, WaitlistEntry
from booking.services.browser_holds import set_hold
from booking.services.holds import place_hold
from booking.services.sales import book_in_browser
from booking.services.waitlist import join_waitlist
from foundation.errors import TooMuchContention
from foundation.server.wsgi_adapter import WAITED
from foundation.web.middleware import LONGEST_WAIT_OF_FORM_SECONDS, LONGEST_WAIT_SECONDS
from foundation.web.problems import MEDIA_TYPE, TOO_BUSY
from tests import factories
from tests.commits import CommitTestCase

# What the landing page reads first.
TO_COME = "booking.selectors.catalogue.to_come"


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
        self.assertContains(response, "Too many ask at once", status_code=503)
        self.assertEqual(response["Retry-After"], "5")
        self.assertIn("default-src", response["Content-Security-Policy"])

    def test_program_and_script_get_a_problem(self) -> None:
        for method, path in (("get", "/api/movies/"), ("post", "/shows/1/waitlist/")):
            with self.subTest(path), self.assertNumQueries(0):
                ask = getattr(self.client, method)
                response = ask(path, content_type="application/json", **self.late(0.1))
                self.assertEqual(response.status_code, 503)
                self.assertEqual(response["Content-Type"], MEDIA_TYPE)
                self.assertEqual(response.json(), TOO_BUSY.body)

    def test_who_holds_or_books_by_a_form_waits_for_longer(self) -> None:
        longest = LONGEST_WAIT_OF_FORM_SECONDS - LONGEST_WAIT_SECONDS
        path = f"/shows/{factories.show().pk}/book/"
        for late, method, path_asked, expected in (
            (longest, "post", path, 302),
            (longest + 0.1, "post", path, 503),
            (longest, "post", path.replace("book", "hold"), 400),
            (0.1, "get", path, 503),
            (0.1, "post", f"/api{path}", 503),
        ):
            with self.subTest(late=late, method=method, path=path_asked):
                response = getattr(self.client, method)(path_asked, **self.late(late))
                self.assertEqual(response.status_code, expected)

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

    def test_page_whose_reading_lost_a_lock_asks_to_come_again(self) -> None:
        error = OperationalError("database is locked")
        with (
            mock.patch(TO_COME, side_effect=error),
            self.assertLogs("foundation.web.problems", "ERROR") as logs,
        ):
            response = self.client.get("/")
        self.assertContains(response, "<h1>Intermission</h1>", status_code=503)
        self.assertEqual(response["Retry-After"], "5")
        self.assertIn("GET / could not be answered", logs.output[0])

    def test_path_stays_on_its_line_of_the_log(self) -> None:
        with (
            self.settings(THROTTLES=True),
            failing(OperationalError("connection refused")),
            self.assertLogs("foundation.web.problems", "ERROR") as logs,
        ):
            response = self.client.get("/a%0d%0ab/", headers={"Cookie": "sessionid=somebodys"})
        self.assertEqual(response.status_code, 503)
        self.assertIn(r"GET /a\r\nb/ could not be answered", logs.output[0])

    def test_page_of_a_change_that_too_many_want_asks_to_come_again(self) -> None:
        with (
            mock.patch(TO_COME, side_effect=TooMuchContention()),
            self.assertLogs(level="ERROR"),
        ):
            response = self.client.get("/")
        self.assertContains(response, "<h1>The film tore</h1>", status_code=500)
        self.assertEqual(response["Retry-After"], "1")

    def test_session_that_cannot_be_stored_asks_to_come_again(self) -> None:
        user = factories.user(is_staff=True)
        store = "django.contrib.sessions.backends.db.SessionStore.save"
        form = {"username": user.username, "password": factories.PASSWORD}
        for page in ("/accounts/login/", "/admin/login/"):
            with (
                self.subTest(page),
                mock.patch(store, side_effect=OperationalError("database is locked")),
                self.assertLogs("foundation.web.problems", "ERROR") as logs,
            ):
                response = self.client.post(page, form)
                self.assertContains(response, "<h1>Intermission</h1>", status_code=503)
                self.assertIn(f"POST {page} could not be answered", logs.output[0])

    def test_script_without_its_database_gets_a_problem(self) -> None:
        show = factories.show()
        for path in ("hold/", "waitlist/", "waitlist/offer/"):
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
            mock.patch(TO_COME, side_effect=ZeroDivisionError),
            self.assertLogs("django.request", "ERROR"),
            self.assertRaises(ZeroDivisionError),
        ):
            self.client.get("/")


class SessionKeyTest(TestCase):
    def test_cookie_that_can_be_no_key_is_no_session(self) -> None:
        for cookie in (r'"\000aaaaaaaaaaaaaa"', "", "a" * 3000, "../../aaaaaaaa", "\xff" * 9):
            with self.subTest(cookie), self.assertNumQueries(0):
                headers = {"Cookie": f"sessionid={cookie}"}
                response = self.client.get("/accounts/login/", headers=headers)
                self.assertEqual(response.status_code, 200)

    def test_cookie_of_a_session_is_one(self) -> None:
        user = factories.user()
        self.client.force_login(user)
        self.assertContains(self.client.get("/"), user.username)


class PagePolicyTest(TestCase):
    def test_pages_have_a_policy_and_json_needs_none(self) -> None:
        self.assertIn("default-src 'self'", self.client.get("/")["Content-Security-Policy"])
        self.assertNotIn("Content-Security-Policy", self.client.get("/api/movies/"))


class DeletedUserTest(CommitTestCase):
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
        response = self.post(book_in_browser, "bookings", "book", {"seats": [1]})

        self.assertRedirects(response, reverse("login"))
        self.assertFalse(Booking.objects.exists())

    def test_script_gets_a_problem(self) -> None:
        place_hold(
            show_id=self.show.pk, selection=[2], client="address:1", user=None, now=timezone.now()
        )
        for service, where, path, body in (
            (set_hold, "holds", "hold", {"seats": [1]}),
            (join_waitlist, "waitlist", "waitlist", {"seat": 2}),
        ):
            with self.subTest(path):
                response = self.post(service, where, path, body, content_type="application/json")
                self.assertEqual(
                    (response.status_code, response["Content-Type"], response.json()["code"]),
                    (401, MEDIA_TYPE, "user_not_found"),
                )
        self.assertEqual((Hold.objects.count(), WaitlistEntry.objects.count()), (1, 0))
