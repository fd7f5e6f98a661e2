from typing import Any
from unittest import mock

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.test import override_settings
from rest_framework import exceptions

from foundation.web.problems import problem_of
from tests import factories
from tests.booking.api.case import ApiTestCase


def failing(error: Exception) -> Any:
    """Let the database, as the list of movies sees it, fail like this."""
    return mock.patch("booking.selectors.catalogue.now_showing", side_effect=error)


class UnexpectedErrorTest(ApiTestCase):
    def test_unexpected_error_is_logged_and_tells_nothing(self) -> None:
        for debug in (False, True):
            with (
                self.subTest(debug=debug),
                override_settings(DEBUG=debug),
                failing(ZeroDivisionError("secret")),
                self.assertLogs("foundation.web.problems", "ERROR") as logs,
            ):
                response = self.get("/api/movies/")
                problem = self.assert_problem(response, 500, "internal_error")
                self.assertNotIn("secret", str(problem))
                self.assertIn("ZeroDivisionError: secret", logs.output[0])

    def test_unreachable_database_asks_to_come_again(self) -> None:
        for error in (OperationalError("connection refused"), InterfaceError("closed")):
            with self.subTest(repr(error)), failing(error), self.assertLogs(level="ERROR"):
                response = self.get("/api/movies/")
                self.assert_problem(response, 503, "unavailable")
                self.assertEqual(response["Retry-After"], "5")

    def test_database_that_fails_the_authentication_is_unreachable_too(self) -> None:
        with (
            mock.patch(
                "cinema.accounts.reading.run",
                side_effect=OperationalError("connection refused"),
            ),
            self.assertLogs(level="ERROR"),
        ):
            response = self.get(
                "/api/my-bookings/",
                user=factories.user(),
            )
        self.assert_problem(response, 503, "unavailable")

    def test_reading_that_lost_a_lock_asks_to_come_again_and_is_logged_with_its_path(self) -> None:
        with (
            failing(OperationalError("database is locked")),
            self.assertLogs("foundation.web.problems", "ERROR") as logs,
        ):
            response = self.get("/api/movies/")
        self.assert_problem(response, 503, "unavailable")
        self.assertEqual(response["Retry-After"], "5")
        self.assertIn("GET /api/movies/ could not be answered", logs.output[0])

    def test_log_keeps_the_token_of_a_hold_to_itself(self) -> None:
        with (
            mock.patch("booking.selectors.holds.hold_of", side_effect=OperationalError("refused")),
            self.assertLogs("foundation.web.problems", "ERROR") as logs,
        ):
            self.get("/api/holds/a-secret-token/")
        self.assertIn("GET /api/holds/…/ could not be answered", logs.output[0])


class ProblemOfTest(ApiTestCase):
    def test_errors_of_django_have_codes(self) -> None:
        cases = {
            Http404(): (404, "not_found"),
            PermissionDenied(): (403, "permission_denied"),
            SuspiciousOperation("no"): (400, "bad_request"),
            exceptions.PermissionDenied(): (403, "permission_denied"),
            exceptions.Throttled(3): (429, "throttled"),
        }
        for error, expected in cases.items():
            with self.subTest(repr(error)):
                problem = problem_of(error)
                self.assertEqual((problem.status, problem.code), expected)

    def test_throttled_says_when_to_come_again(self) -> None:
        self.assertEqual(problem_of(exceptions.Throttled(2.1)).headers, {"Retry-After": "3"})

    def test_nested_errors_are_flattened_to_paths(self) -> None:
        nested: Any = {"a": {"b": ["one", "two"], "non_field_errors": ["three"]}, "c": {0: "four"}}
        error = exceptions.ValidationError(nested)
        self.assertEqual(
            problem_of(error).errors,
            {"a.b": ["one", "two"], "a": ["three"], "c[0]": ["four"]},
        )

    def test_detail_sums_up_the_first_errors(self) -> None:
        error = exceptions.ValidationError({name: [f"no {name}."] for name in "abcd"})
        self.assertEqual(problem_of(error).detail, "a: no a. b: no b. c: no c.")

    def test_errors_of_models_are_by_field(self) -> None:
        by_field = problem_of(ValidationError({"username": ["taken"], "__all__": ["all"]}))
        self.assertEqual(by_field.errors, {"username": ["taken"]})
        self.assertEqual(by_field.detail, "username: taken all")
        self.assertEqual(problem_of(ValidationError("wrong")).detail, "wrong")
