import re
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import override_settings
from django.views.debug import get_default_exception_reporter_filter

from tests.booking.api.case import ApiTestCase


class BadRequestTest(ApiTestCase):
    def test_wrong_host_is_a_problem_to_clients_of_the_api(self) -> None:
        with self.assertLogs("django.security.DisallowedHost"):
            response = self.get("/api/movies/", host="elsewhere.example")
        self.assert_problem(response, 400, "bad_request")

    def test_wrong_host_is_a_page_to_others(self) -> None:
        with self.assertLogs("django.security.DisallowedHost"):
            response = self.get("/", host="elsewhere.example")
        self.assertEqual(
            (response.status_code, response["Content-Type"]), (400, "text/html; charset=utf-8")
        )

    def test_page_of_a_wrong_host_is_the_site_s_own(self) -> None:
        with self.assertLogs("django.security.DisallowedHost"):
            response = self.get("/", host="elsewhere.example")
        self.assertContains(response, "We didn’t catch that", status_code=400)


class DebugTest(ApiTestCase):
    """Debug mode shows what production shows: Django's own pages list settings."""

    def pages(self, path: str, **headers: str) -> list[tuple[int, bytes]]:
        """Return the answers without and with debug mode."""
        self.client.raise_request_exception = False
        answers = []
        for debug in (False, True):
            with override_settings(DEBUG=debug), mute():
                response = self.get(path, **headers)
                answers.append((response.status_code, without_times(response.content)))
        return answers

    def test_unknown_page(self) -> None:
        for path in ("/nowhere/", "/bookings/NO-SUCH/", "/shows/999999/", "/static/nowhere.css"):
            with self.subTest(path):
                plain, debug = self.pages(path)
                self.assertEqual(plain[0], 302 if "bookings" in path else 404)
                self.assertEqual(debug, plain)

    def test_wrong_host(self) -> None:
        plain, debug = self.pages("/", host="elsewhere.example")
        self.assertEqual(plain[0], 400)
        self.assertEqual(debug, plain)

    def test_what_nobody_foresaw(self) -> None:
        for path in ("/", "/api/movies/"):
            with (
                self.subTest(path),
                mock.patch("booking.selectors.catalogue.to_come", side_effect=RuntimeError),
            ):
                plain, debug = self.pages(path)
                self.assertEqual(plain[0], 500)
                self.assertEqual(debug, plain)

    def test_what_nobody_foresaw_before_a_view_of_the_api(self) -> None:
        self.client.raise_request_exception = False
        with (
            mock.patch(
                "foundation.web.middleware.PatienceMiddleware.process_request", side_effect=KeyError
            ),
            self.assertLogs("django.request", "ERROR"),
        ):
            self.assert_problem(self.get("/api/movies/"), 500, "internal_error")

    def test_unknown_path_is_a_problem_to_programs(self) -> None:
        for debug in (False, True):
            with override_settings(DEBUG=debug):
                self.assert_problem(self.get("/api/nowhere/"), 404, "not_found")
                response = self.post("/nowhere/", {})
                self.assert_problem(response, 404, "not_found")

    def test_no_report_has_a_password(self) -> None:
        url = "postgresql://frontrow:hunter2@db/frontrow"
        redis = "redis://:hunter2@cache/0"
        with override_settings(
            DATABASE_URL=url,
            REDIS_URL=redis,
            CACHES={"default": {"LOCATION": redis}},
            CHANNEL_LAYERS={"default": {"CONFIG": {"hosts": [{"address": redis}]}}},
        ):
            shown = get_default_exception_reporter_filter().get_safe_settings()
        self.assertNotIn("hunter2", str(shown))
        self.assertEqual(shown["ALLOWED_HOSTS"], settings.ALLOWED_HOSTS)


def mute() -> Any:
    """Keep expected errors out of the log."""
    return mock.patch("logging.Logger.handle")


def without_times(page: bytes) -> bytes:
    return re.sub(rb'data-now="[^"]*"', b"", page)
