from unittest import mock

from django.db import OperationalError
from django.test import TestCase


class HealthTest(TestCase):
    def test_health_is_ok_while_the_database_answers(self) -> None:
        with self.assertNumQueries(1):
            response = self.client.get("/health/")
        self.assertEqual((response.status_code, response.json()), (200, {"status": "ok"}))
        self.assertIn("no-store", response["Cache-Control"])

    def test_health_is_503_without_the_database(self) -> None:
        with mock.patch("cinema.health.connection.cursor", side_effect=OperationalError):
            response = self.client.get("/health/")
        self.assertEqual((response.status_code, response.json()), (503, {"status": "unavailable"}))

    def test_health_is_only_read(self) -> None:
        self.assertEqual(self.client.post("/health/").status_code, 405)
