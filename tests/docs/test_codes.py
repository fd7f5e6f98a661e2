"""The codes of refusals in the documentation are those of the code, with their statuses."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.test import SimpleTestCase, tag
from rest_framework.exceptions import APIException

from booking import errors
from foundation.web import problems
from tests.docs.reading import ROOT, code_in, documents, table_in

Codes = set[tuple[int, str]]
# A code in a sentence, after its status.
IN_SENTENCE = re.compile(r"\b([45]\d\d) `([a-z_]+)`")


def codes_of_schema() -> Codes:
    """Return the status and the code of every refusal that the API's schema shows."""
    schema = json.loads((ROOT / "cinema" / "openapi.json").read_text())
    return set(_codes_in(schema["paths"]))


def _codes_in(node: Any) -> Iterator[tuple[int, str]]:
    if isinstance(node, dict):
        if {"type", "status", "code"} <= node.keys():
            yield node["status"], node["code"]
        for inner in node.values():
            yield from _codes_in(inner)


def kinds(base: type[Exception]) -> Iterator[Any]:
    """Generate all classes below this one."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def codes_of_refusals() -> Codes:
    """Return those of every named refusal, also of those that the API never answers."""
    return {
        (status, kind.code)
        for base, status in problems.STATUS_OF_KIND.items()
        for kind in [base, *kinds(base)]
        if "code" in vars(kind)
    }


def codes_of_django() -> Codes:
    """Return those of REST framework's errors, and of what is answered for Django's."""
    literal = re.findall(r"Problem\(\s*(\d+),\s*\"(\w+)\"", (ROOT / problems.__file__).read_text())
    return {(int(status), code) for status, code in literal} | {
        (kind.status_code, str(kind.default_code)) for kind in kinds(APIException)
    }


def codes_in(rows: list[list[str]]) -> Codes:
    """Return those of a table."""
    return {(int(status), code.strip("`")) for status, code, _ in rows}


@tag("once")
class CodeTests(SimpleTestCase):
    def setUp(self) -> None:
        text = documents()["docs/refusals.md"]
        self.api = codes_in(table_in(text, "## Answers of the API"))
        self.others = codes_in(table_in(text, "## Other answers"))

    def test_answers_of_the_api_are_those_of_its_schema(self) -> None:
        self.assertEqual(self.api, codes_of_schema())

    def test_other_answers_are_in_the_code_too_and_no_refusal_is_missing(self) -> None:
        self.assertEqual(codes_of_refusals() - self.api - self.others, set())
        self.assertEqual(self.others - codes_of_refusals() - codes_of_django(), set())
        self.assertEqual(self.others & self.api, set())

    def test_codes_in_other_documents_are_in_the_tables(self) -> None:
        for path, text in documents().items():
            with self.subTest(path):
                named = {(int(status), code) for status, code in IN_SENTENCE.findall(text)}
                self.assertEqual(named - self.api - self.others, set())

    def test_codes_are_found(self) -> None:
        self.assertIn((409, "seat_taken"), codes_of_schema())
        self.assertIn((400, errors.InvalidPlan.code), codes_of_refusals())
        self.assertIn((409, "terms_changed"), codes_of_refusals())
        self.assertLessEqual(
            {(500, "internal_error"), (405, "method_not_allowed")}, codes_of_django()
        )
        self.assertEqual(codes_in([["409", "`seat_taken`", "…"]]), {(409, "seat_taken")})
        self.assertEqual(IN_SENTENCE.findall("a 409 `gone`, `not_found`"), [("409", "gone")])
        self.assertEqual(code_in("`a`\n```\n`b`\n```\n`c d`"), ["a", "c d"])
