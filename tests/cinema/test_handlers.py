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
