"""What tests of the API share."""

import json
import re
from functools import cache
from typing import Any

from django.test import TestCase, override_settings
from rest_framework_simplejwt.tokens import AccessToken

from cinema.schema import FILES

PROBLEM = "application/problem+json"
# What is answered before an operation is found, or by mistake.
OF_NO_OPERATION = {
    *("bad_request", "not_found", "method_not_allowed", "internal_error"),
    *("bad_authorization_header", "user_inactive"),
}


def bearer(user: Any) -> dict[str, str]:
    """Return the headers that a client of this user sends."""
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


@cache
def operations() -> dict[str, Any]:
    """Return what the schema says of each path, by what matches the path."""
    paths = json.loads(FILES["json"].read_bytes())["paths"]
    return {re.sub(r"\{\w+\}", "[^/]+", path): paths[path] for path in paths}


def codes_shown(path: str, method: str, status: int) -> set[str] | None:
    """Return the codes that the schema shows for an operation and status; None for no operation."""
    for pattern, methods in operations().items():
        if re.fullmatch(pattern, path) and method.lower() in methods:
            answer = methods[method.lower()]["responses"].get(str(status), {"content": {}})
            contents = answer["content"].values()
            return {one["value"]["code"] for each in contents for one in each["examples"].values()}
    return None


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
        """Check that the answer is this problem, which the schema shows there, and return it."""
        problem: dict[str, Any] = response.json()
        self.assertEqual(
            (response.status_code, response["Content-Type"], problem["status"], problem["code"]),
            (status, PROBLEM, status, code),
            problem,
        )
        request = response.wsgi_request
        shown = codes_shown(request.path, request.method, status)
        if shown is not None and code not in OF_NO_OPERATION:
            self.assertIn(code, shown, f"{request.method} {request.path} can't answer that")
        return problem

    def assert_invalid(self, response: Any, errors: dict[str, list[str]]) -> None:
        """Check that the answer refuses exactly these fields, in these words."""
        self.assertEqual(self.assert_problem(response, 400, "invalid")["errors"], errors)
