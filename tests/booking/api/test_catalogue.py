from datetime import UTC, datetime, timedelta

from django.utils import timezone

from booking.terms import terms_of
from tests import factories
from tests.booking.api.case import ApiTestCase


def in_hours(hours: float) -> datetime:
    return timezone.now() + timedelta(hours=hours)


class MoviesTest(ApiTestCase):
    def test_list_has_movies_with_upcoming_shows_once(self) -> None:
        movie = factories.movie(title="Now", synopsis="On.", certificate="12")
        factories.show(of=movie, starts_at=in_hours(1))
        factories.show(of=movie, starts_at=in_hours(2))
        factories.show(starts_at=in_hours(-1))
        factories.movie(title="Never")
        self.assertEqual(
            self.get("/api/movies/").json(),
            [
                {
                    "id": movie.pk,
                    "title": "Now",
                    "synopsis": "On.",
                    "duration_minutes": 100,
                    "certificate": "12",
                }
            ],
        )

    def test_movie_is_found_without_shows(self) -> None:
        movie = factories.movie(title="Never")
        self.assertEqual(self.get(f"/api/movies/{movie.pk}/").json()["title"], "Never")

    def test_unknown_movie_is_a_problem(self) -> None:
        self.assert_problem(self.get("/api/movies/999/"), 404, "movie_not_found")
        self.assert_problem(self.get("/api/movies/999/shows/"), 404, "movie_not_found")

    def test_shows_of_movie_are_upcoming_in_order(self) -> None:
        movie = factories.movie()
        late = factories.show(of=movie, starts_at=in_hours(2))
        soon = factories.show(of=movie, starts_at=in_hours(1))
        factories.show(of=movie, starts_at=in_hours(-1))
        factories.show(starts_at=in_hours(1))
        shows = self.get(f"/api/movies/{movie.pk}/shows/").json()
        self.assertEqual([show["id"] for show in shows], [soon.pk, late.pk])


class ShowsTest(ApiTestCase):
    def test_show_has_prices_and_counted_seats_in_the_cinemas_time(self) -> None:
        show = factories.show(
            plan="SSP", starts_at=datetime(2099, 7, 1, 18, 30, tzinfo=UTC), price="12.50"
        )
        self.post(f"/api/shows/{show.pk}/book/", {"seat_number": 1}, user=factories.user())
        self.assertEqual(
            self.get(f"/api/shows/{show.pk}/").json(),
            {
                "id": show.pk,
                "movie": {"id": show.movie.pk, "title": show.movie.title},
                "auditorium": {"id": show.auditorium.pk, "name": show.auditorium.name},
                "starts_at": "2099-07-01T20:30:00+02:00",
                "cancelled_at": None,
                "price": "12.50",
                "premium_price": "15.50",
                "currency": "EUR",
                "ticket_types": [],
                "vat_rate": "7.00",
                "companions_free": False,
                "terms": terms_of(show),
                "capacity": 3,
                "available_seats": 2,
            },
        )

    def test_show_that_has_started_is_found(self) -> None:
        show = factories.show(starts_at=in_hours(-1))
        self.assertEqual(self.get(f"/api/shows/{show.pk}/").status_code, 200)

    def test_unknown_show_is_a_problem(self) -> None:
        self.assert_problem(self.get("/api/shows/999/"), 404, "show_not_found")

    def test_list_is_filtered_by_movie_and_by_day_in_the_cinemas_zone(self) -> None:
        late_evening = datetime(2099, 7, 1, 23, 30, tzinfo=UTC)  # 01:30 on July 2 in Berlin
        show = factories.show(starts_at=late_evening)
        other = factories.show(starts_at=late_evening + timedelta(days=1))
        cases = {
            "": [show.pk, other.pk],
            "?date=2099-07-01": [],
            "?date=2099-07-02": [show.pk],
            f"?movie={other.movie.pk}": [other.pk],
            f"?movie={other.movie.pk}&date=2099-07-02": [],
            "?movie=9223372036854775807": [],
        }
        for query, expected in cases.items():
            with self.subTest(query):
                shows = self.get(f"/api/shows/{query}").json()
                self.assertEqual([found["id"] for found in shows], expected)

    def test_list_refuses_a_filter_that_makes_no_sense(self) -> None:
        whole = "A valid integer is required."
        day = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
        cases = {
            "movie=x": {"movie": [whole]},
            "movie=1.5": {"movie": [whole]},
            "movie=%00": {"movie": [whole]},
            "movie=%ff": {"movie": [whole]},
            "movie=0": {"movie": ["Ensure this value is greater than or equal to 1."]},
            "movie=9223372036854775808": {
                "movie": ["Ensure this value is less than or equal to 9223372036854775807."]
            },
            "date=today": {"date": [day]},
            "date=2099-02-30": {"date": [day]},
            "movies=1": {"movies": ["There is no such field."]},
            "movie=x&date=y": {"movie": [whole], "date": [day]},
            "movie=&date=": {"movie": [whole], "date": [day]},
            "movie=1&date=2099-01-02&movie=2": {"movie": ["Say it once."]},
        }
        for query, errors in cases.items():
            with self.subTest(query):
                self.assert_invalid(self.get(f"/api/shows/?{query}"), errors)

    def test_lists_take_the_same_queries_for_1_and_30_shows(self) -> None:
        movie = factories.movie(duration_minutes=30)
        hall = factories.auditorium()
        for count in (1, 30):
            for number in range(count):
                factories.show(of=movie, room=hall, starts_at=in_hours(count * 100 + number))
            for path, queries in (
                ("/api/movies/", 1),
                (f"/api/movies/{movie.pk}/shows/", 2),
                ("/api/shows/", 1),
            ):
                with self.subTest(path, count=count), self.assertNumQueries(queries):
                    self.assertEqual(self.get(path).status_code, 200)


class PathsTest(ApiTestCase):
    def test_path_that_leads_nowhere_is_a_problem(self) -> None:
        for path in (
            "/api/nothing/",
            "/api/shows/x/",
            "/api/shows/-1/",
            "/api/shows/9223372036854775808/",
            "/api/shows/99999999999999999999999999/book/",
            "/api/%ff/",
            "/api/%00/",
        ):
            for method in ("get", "post", "delete"):
                with self.subTest(path, method=method):
                    self.assert_problem(getattr(self.client, method)(path), 404, "not_found")

    def test_path_without_its_last_slash_says_so(self) -> None:
        problem = self.assert_problem(self.get("/api/movies"), 404, "not_found")
        self.assertEqual(
            problem["detail"], "There is nothing here: every path of this API ends with a slash."
        )

    def test_largest_id_is_looked_up(self) -> None:
        path = "/api/shows/9223372036854775807/"
        self.assert_problem(self.get(path), 404, "show_not_found")
        self.assert_problem(self.get(f"{path}seats/"), 404, "show_not_found")

    def test_other_methods_are_refused(self) -> None:
        response = self.client.delete("/api/movies/")
        self.assert_problem(response, 405, "method_not_allowed")
        self.assertEqual(response["Allow"], "GET, HEAD, OPTIONS")
        for path in ("/api/login/", "/api/signup/", "/api/token/refresh/", "/api/logout/"):
            self.assert_problem(self.get(path), 405, "method_not_allowed")

    def test_answers_other_than_json_are_refused(self) -> None:
        response = self.get("/api/movies/", accept="application/xml")
        self.assert_problem(response, 406, "not_acceptable")
        browser = self.get("/api/movies/", accept="text/html,application/xml;q=0.9,*/*;q=0.8")
        self.assertEqual(browser.json(), [])

    def test_public_paths_look_at_no_token(self) -> None:
        response = self.get("/api/movies/", authorization="Bearer expired")
        self.assertEqual(response.status_code, 200)
