import re

from django.test import SimpleTestCase, TestCase
from drf_spectacular.generators import SchemaGenerator

from cinema.api_index import paths
from tests.booking.api.case import ApiTestCase


class IndexTest(ApiTestCase):
    def test_programs_get_every_path_by_its_name(self) -> None:
        response = self.get("/api/")
        self.assertEqual(response["Content-Type"], "application/json")
        self.assertEqual(response["Vary"], "Accept, origin")
        index = response.json()
        self.assertEqual(index, paths())
        self.assertEqual(index["show"], "/api/shows/{show_id}/")
        for path in (path for path in index.values() if "{" not in path):
            with self.subTest(path):
                self.assertNotEqual(self.get(path).status_code, 404)

    def test_browsers_get_a_page(self) -> None:
        accepted = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        response = self.get("/api/", accept=accepted)
        self.assertEqual(response["Content-Type"], "text/html; charset=utf-8")
        self.assertContains(response, "/api/shows/{show_id}/")
        self.assertIn("default-src", response["Content-Security-Policy"])
        table = response.content.decode().partition("<table>")[2].partition("</table>")[0]
        links = re.findall(r'href="([^"]+)"', table)
        expected = [
            "/api/movies/",
            "/api/shows/",
            "/api/shows/events/",
            "/api/schema/",
            "/swagger/",
        ]
        self.assertEqual(links, expected)
        for link in links:
            self.assertEqual(self.get(link).status_code, 200)

    def test_nothing_can_be_sent_there(self) -> None:
        self.assert_problem(self.post("/api/", {}), 405, "method_not_allowed")


class CompleteTest(SimpleTestCase):
    def test_index_has_every_path_of_the_schema(self) -> None:
        schema = SchemaGenerator().get_schema(request=None, public=True)
        beside = {"/api/", "/api/schema/", "/swagger/"}
        self.assertEqual(set(schema["paths"]) | beside, set(paths().values()) | {"/api/"})


class NowhereTest(TestCase):
    def test_path_without_its_last_slash_leads_to_the_index(self) -> None:
        self.assertRedirects(self.client.get("/api"), "/api/", status_code=301)
