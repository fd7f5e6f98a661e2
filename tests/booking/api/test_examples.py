"""The documentation is tried from top to bottom, as printed, by a client made from the schema."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator

from tests.commits import CommitTestCase

# What a request takes from an earlier answer: its place in the request, and where it comes from.
TAKEN_FROM = {
    "booking_id": ("book_seats", 0, "id"),
    "token": ("place_hold", 0, "token"),
    "hold": ("place_hold", 1, "token"),
    "hold_token": ("place_hold", 2, "token"),
    "payment": ("pay_for_hold", 0, "id"),
    "refresh": ("log_in", 0, "refresh"),
    "reference": ("book_seats", 0, "reference"),
    "admission_id": ("admit_ticket", 0, "id"),
}
# Of these, what stands in bodies.
OF_BODIES = ("hold", "refresh", "reference")


class Client:
    """Calls operations by what the schema says of them, and nothing else."""

    def __init__(self, test: CommitTestCase) -> None:
        self.test = test
        self.schema = SchemaGenerator().get_schema(request=None, public=True)
        self.answers: dict[str, list[Any]] = {}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and operation in the order of the page: by tag, then as written."""
        order = [tag["name"] for tag in self.schema["tags"]]
        found = [
            (method, path, operation)
            for path, methods in self.schema["paths"].items()
            for method, operation in methods.items()
        ]
        yield from sorted(found, key=lambda one: order.index(one[2]["tags"][0]))

    def taken(self, name: str) -> Any:
        operation, number, member = TAKEN_FROM[name]
        return self.answers[operation][number][member]

    def url(self, path: str, operation: dict[str, Any]) -> str:
        query = []
        for one in operation.get("parameters", []):
            if not one.get("required"):
                continue
            example = one["schema"].get("example")
            value = self.taken(one["name"]) if example is None else example
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", str(value))
            else:
                query.append(f"{one['name']}={value}")
        return "?".join([path, *query])

    def examples_of_headers(self, operation: dict[str, Any]) -> dict[str, str]:
        """Return the headers that have an example, which the page sends unless it is removed."""
        return {
            one["name"]: one["schema"]["example"]
            for one in operation.get("parameters", [])
            if one["in"] == "header" and "example" in one["schema"]
        }

    def bodies(self, operation: dict[str, Any]) -> list[Any]:
        content = operation.get("requestBody", {}).get("content", {})
        examples = content.get("application/json", {}).get("examples", {})
        bodies = [dict(example["value"]) for example in examples.values()]
        for body in bodies:
            body.update({name: self.taken(name) for name in OF_BODIES if name in body})
        return bodies or [None]

    def send(self, method: str, path: str, operation: dict[str, Any], body: Any) -> Any:
        """Send one request, with a token wherever one is taken."""
        takes_token = {"jwtAuth": []} in operation["security"]
        headers = self.examples_of_headers(operation)
        if takes_token and "log_in" in self.answers:
            headers["Authorization"] = f"Bearer {self.answers['log_in'][0]['access']}"
        return getattr(self.test.client, method)(
            self.url(path, operation),
            *([] if body is None else [json.dumps(body)]),
            **({} if body is None else {"content_type": "application/json"}),
            headers=headers,
        )


@override_settings(THROTTLES=False, DEBUG=True)
class ExamplesTest(CommitTestCase):
    # The examples name movie 1, shows 1 and 3, and auditorium 1.
    reset_sequences = True

    def setUp(self) -> None:
        call_command("createsampledata", verbosity=0, stdout=StringIO())
        self.maker = Client(self)

    def test_each_works_as_printed_in_the_order_of_the_page(self) -> None:
        for method, path, operation in self.maker.operations():
            name = operation["operationId"]
            expected = next(int(status) for status in operation["responses"] if status < "300")
            for body in self.maker.bodies(operation):
                response = self.maker.send(method, path, operation, body)
                self.assertEqual(response.status_code, expected, (name, body, response))
                is_json = response.headers.get("Content-Type") == "application/json"
                answer = response.json() if is_json else None
                self.maker.answers.setdefault(name, []).append(answer)
        self.assertEqual(len(self.maker.answers), 36)

    def test_a_token_is_asked_for_where_the_schema_says_so_and_nowhere_else(self) -> None:
        asked, demanded = set(), set()
        for method, path, operation in self.maker.operations():
            name = operation["operationId"]
            if operation["security"] and {} not in operation["security"]:
                demanded.add(name)
            url = path.replace("{", "").replace("}", "").replace("show_id", "1")
            url = url.replace("booking_id", "1").replace("admission_id", "1")
            response = getattr(self.client, method)(url)
            if response.status_code == 401 and response.json()["code"] == "not_authenticated":
                asked.add(name)
        self.assertEqual(asked, demanded)
