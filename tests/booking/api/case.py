"""What tests of the API share."""

from typing import Any

from django.test import TestCase, override_settings
from rest_framework_simplejwt.tokens import AccessToken

PROBLEM = "application/problem+json"


def bearer(user: Any) -> dict[str, str]:
    """Return the headers that a client of this user sends."""
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


@override_settings(THROTTLES=False)
class ApiTestCase(TestCase):
    """A test that asks the API as one user, or as nobody, and reads problems."""

    def get(self, path: str, *, user: Any = None, **headers: str) -> Any:
        """Ask for a path; underscores in names of headers stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=named | (bearer(user) if user else {}))

    def post(self, path: str, body: Any = None, *, user: Any = None, **options: Any) -> Any:
        """Send a body, as JSON unless it is bytes."""
        return self.client.post(
            path,
            body,
            **{"content_type": "application/json", "headers": bearer(user) if user else {}}
            | options,
        )

    def assert_problem(self, response: Any, status: int, code: str) -> dict[str, Any]:
        """Check that the answer is this problem, and return it."""
        problem: dict[str, Any] = response.json()
        self.assertEqual(
            (response.status_code, response["Content-Type"], problem["status"], problem["code"]),
            (status, PROBLEM, status, code),
            problem,
        )
        return problem

    def assert_invalid(self, response: Any, errors: dict[str, list[str]]) -> None:
        """Check that the answer refuses exactly these fields, in these words."""
        self.assertEqual(self.assert_problem(response, 400, "invalid")["errors"], errors)
