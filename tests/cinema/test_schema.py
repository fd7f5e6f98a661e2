import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import yaml
from django.core.management import call_command
from django.test import Client, SimpleTestCase, override_settings
from drf_spectacular.generators import SchemaGenerator

from cinema import schema
from cinema.management.commands.makeschema import documents
from cinema.schema import FILES
from tests.booking.api.case import ApiTestCase

YAML = FILES["yaml"].read_bytes()
JSON = FILES["json"].read_bytes()
PATH = "/api/schema/"


class FilesTest(SimpleTestCase):
    def test_files_are_those_of_the_code(self) -> None:
        for name, document in documents().items():
            with self.subTest(name):
                written = FILES[name].read_bytes() == document
                self.assertTrue(written, "The API has changed: run `make schema`.")

    def test_both_say_the_same(self) -> None:
        self.assertEqual(json.loads(JSON), yaml.safe_load(YAML))

    def test_command_writes_them(self) -> None:
        with mock.patch("pathlib.Path.write_bytes") as write:
            call_command("makeschema", stdout=mock.Mock())
        self.assertEqual([each.args for each in write.call_args_list], [(YAML,), (JSON,)])


@override_settings(THROTTLES=False)
class SchemaTest(ApiTestCase):
    def ask(self, path: str = PATH, **headers: str) -> Any:
        """Ask for it, and fail if it is made for that."""
        with mock.patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError):
            return self.get(path, **headers)

    def test_format_is_what_the_client_asks_for(self) -> None:
        for accepted, kind, content in (
            ("*/*", "application/vnd.oai.openapi; charset=utf-8", YAML),
            ("application/yaml", "application/yaml; charset=utf-8", YAML),
            ("application/json", "application/json", JSON),
            ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json", JSON),
        ):
            with self.subTest(accepted):
                response = self.ask(Accept=accepted)
                self.assertEqual((response["Content-Type"], response.content), (kind, content))
                self.assertEqual(response["Vary"], "Accept, origin")
        for name, content in (("yaml", YAML), ("json", JSON), ("xml", YAML)):
            with self.subTest(name):
                self.assertEqual(self.ask(f"{PATH}?format={name}").content, content)

    def test_anything_else_in_the_query_is_ignored(self) -> None:
        plain = self.ask()
        for query in ("version=%00", "version=" + "9" * 4_000, "lang=de", "a=%0d%0aSet-Cookie:b=c"):
            with self.subTest(query[:20]):
                response = self.ask(f"{PATH}?{query}")
                self.assertEqual(response.content, YAML)
                self.assertEqual(dict(response.items()), dict(plain.items()))

    def test_client_that_has_it_gets_no_body(self) -> None:
        etag = self.ask()["ETag"]
        response = self.ask(**{"If-None-Match": etag})
        self.assertEqual((response.status_code, response.content), (304, b""))
        self.assertEqual((response["ETag"], response["Vary"]), (etag, "Accept, origin"))
        other = self.ask(Accept="application/json")["ETag"]
        self.assertNotEqual(other, etag)

    def test_other_methods_are_no_surprise(self) -> None:
        self.assertEqual(self.client.head(PATH).status_code, 200)
        for method in ("post", "put", "delete"):
            with self.subTest(method):
                response = getattr(self.client, method)(PATH)
                self.assert_problem(response, 405, "method_not_allowed")
        self.assert_problem(self.get(PATH, Accept="text/csv"), 406, "not_acceptable")
        self.assertEqual(self.client.options(PATH).status_code, 200)

    def test_first_reads_at_once_get_the_same(self) -> None:
        schema._document.cache_clear()
        together = threading.Barrier(8)

        def read(_: int) -> bytes:
            together.wait(10)
            return bytes(Client().get(PATH).content)

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(read, range(8))), {YAML})


@override_settings(THROTTLES=False)
class SwaggerTest(ApiTestCase):
    def test_page_and_its_script_are_there(self) -> None:
        self.assertEqual(self.client.get("/swagger/").status_code, 200)
        self.assertEqual(self.client.head("/swagger/").status_code, 200)
        self.assertContains(self.client.get("/swagger/?script="), "/api/schema/")

    def test_other_methods_are_refused(self) -> None:
        for method in ("options", "post", "put", "delete", "patch", "trace"):
            with self.subTest(method):
                self.assertEqual(getattr(self.client, method)("/swagger/").status_code, 405)
