from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Booking, SeatMap
from booking.terms import terms_of
from foundation.errors import TooMuchContention
from tests import factories
from tests.booking.api.case import ApiTestCase

WHOLE = ["A whole number is required."]
LIST = "Expected a list of items but got type"
EITHER = ["Give exactly one of seat_number, seat_numbers, hold."]
TOO_LARGE = ["Ensure this value is less than or equal to 2147483647."]


def adult(price: str) -> dict[str, str]:
    return {"type": "adult", "price": price, "vat_rate": "7.00", "kept": "0.00"}


class BookTest(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.show = factories.show(plan="SSSSS\nPPPPP\nSSSSS", price="12.50")
        self.path = f"/api/shows/{self.show.pk}/book/"

    def book(self, body: Any, **options: Any) -> Any:
        return self.post(self.path, body, user=self.user, **options)

    def test_answer_is_what_is_read_later(self) -> None:
        body = self.book({"seat_numbers": [6, 5]}).json()
        path = f"/api/bookings/{body['id']}/"
        self.assertEqual(self.get(path, user=self.user).json(), body)
        cancelled = self.post(f"{path}cancel/", {}, user=self.user).json()
        self.assertEqual(self.get(path, user=self.user).json(), cancelled)

    def test_booking_takes_few_trips(self) -> None:
        self.book({"seat_number": 1})
        with CaptureQueriesContext(connection) as queries:
            self.book({"seat_number": 2})
        said = [query["sql"].split()[0] for query in queries]
        trips = ["SELECT", "SELECT", "SELECT", "INSERT", "INSERT", "UPDATE", "UPDATE", "INSERT"]
        if connection.vendor == "postgresql":
            trips = ["EXECUTE", "EXECUTE"]
        self.assertEqual(said[-len(trips) - 2 :], ["SAVEPOINT", *trips, "RELEASE"])

    def test_booking_several_seats_answers_tickets_and_prices(self) -> None:
        response = self.book({"seat_numbers": [6, 5]})
        booking = Booking.objects.get()
        body = response.json()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response["Location"], f"/api/bookings/{booking.pk}/")
        self.assertEqual(
            body,
            {
                "id": booking.pk,
                "reference": booking.reference,
                "show": {
                    "id": self.show.pk,
                    "movie": {"id": self.show.movie.pk, "title": self.show.movie.title},
                    "auditorium": {
                        "id": self.show.auditorium.pk,
                        "name": self.show.auditorium.name,
                    },
                    "starts_at": body["show"]["starts_at"],
                    "cancelled_at": None,
                    "price": "12.50",
                    "premium_price": "15.50",
                    "currency": "EUR",
                    "ticket_types": [],
                    "vat_rate": "7.00",
                    "companions_free": False,
                    "terms": terms_of(self.show),
                },
                "tickets": [
                    {"seat_number": 5, "label": "A5", "kind": "standard", **adult("12.50")},
                    {"seat_number": 6, "label": "B1", "kind": "premium", **adult("15.50")},
                ],
                "total": "28.00",
                "paid": "0.00",
                "due": "28.00",
                "vat": [{"rate": "7.00", "amount": "1.83"}],
                "currency": "EUR",
                "status": "confirmed",
                "created_at": body["created_at"],
                "cancelled_at": None,
                "refund": {"total": "0.00", "kept": "0.00"},
                "receipt": {"version": 1, "digest": SeatMap.objects.get().digest},
            },
        )
        self.assertEqual(self.get(response["Location"], user=self.user).json(), body)

    def test_booking_one_seat_answers_its_ticket(self) -> None:
        tickets = self.book({"seat_number": 1}).json()["tickets"]
        self.assertEqual([ticket["seat_number"] for ticket in tickets], [1])

    def test_body_that_makes_no_sense_is_refused_by_field(self) -> None:
        cases: list[tuple[Any, dict[str, list[str]]]] = [
            ({}, dict.fromkeys(("seat_number", "seat_numbers", "hold"), EITHER)),
            (
                {"seat_number": 1, "seat_numbers": [2]},
                dict.fromkeys(("seat_number", "seat_numbers", "hold"), EITHER),
            ),
            ({"seat_number": "1"}, {"seat_number": WHOLE}),
            ({"seat_number": True}, {"seat_number": WHOLE}),
            ({"seat_number": 1.0}, {"seat_number": WHOLE}),
            ({"seat_number": 1e400}, {"seat_number": WHOLE}),
            ({"seat_number": [1]}, {"seat_number": WHOLE}),
            ({"seat_number": {"a": 1}}, {"seat_number": WHOLE}),
            ({"seat_number": None}, {"seat_number": ["This field may not be null."]}),
            (
                {"seat_number": 0},
                {"seat_number": ["Ensure this value is greater than or equal to 1."]},
            ),
            ({"seat_number": 2**31}, {"seat_number": TOO_LARGE}),
            ({"seat_number": 10**400}, {"seat_number": TOO_LARGE}),
            ({"seat_numbers": []}, {"seat_numbers": ["Choose at least one seat."]}),
            (
                {"seat_numbers": list(range(1, 12))},
                {"seat_numbers": ["At most 10 seats can be had at once."]},
            ),
            (
                {"seat_numbers": "12"},
                {"seat_numbers": [f'{LIST} "str".']},
            ),
            (
                {"seat_numbers": 12},
                {"seat_numbers": [f'{LIST} "int".']},
            ),
            (
                {"seat_numbers": {"0": 1}},
                {"seat_numbers": [f'{LIST} "dict".']},
            ),
            ({"seat_numbers": [1, [2]]}, {"seat_numbers[1]": WHOLE}),
            ({"seat_numbers": [False, "x"]}, {"seat_numbers[0]": WHOLE, "seat_numbers[1]": WHOLE}),
            ({"seat": 1}, {"seat": ["There is no such field."]}),
            ({"hold": 7}, {"hold": ["Not a valid string."]}),
        ]
        for body, errors in cases:
            with self.subTest(str(body)[:60]):
                text = body == {"seat_number": 1e400} and b'{"seat_number": 1e400}'
                self.assert_invalid(self.book(text or body), errors)
        self.assertEqual(Booking.objects.count(), 0)

    def test_body_that_is_no_object_is_refused(self) -> None:
        for body in (b"[]", b"null", b"1", b'"seat_number"', b"true"):
            with self.subTest(body):
                problem = self.assert_problem(self.book(body), 400, "invalid")
                self.assertNotIn("errors", problem)

    def test_seats_that_the_service_refuses_are_named(self) -> None:
        duplicates = self.book({"seat_numbers": [1, 1]})
        self.assert_problem(duplicates, 400, "duplicate_seats")
        unknown = self.assert_problem(self.book({"seat_number": 16}), 400, "unknown_seats")
        self.assertEqual(unknown["detail"], "This show has no seat numbered 16.")

    def test_lost_seats_are_named(self) -> None:
        self.book({"seat_numbers": [6, 7]})
        response = self.book({"seat_numbers": [5, 6, 7]})
        body = response.json()
        ago = [one.pop("seconds_ago") for one in body["taken"]]
        self.assertTrue(all(0 <= seconds < 600 for seconds in ago), ago)
        self.assertEqual(
            body,
            {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "code": "seat_taken",
                "detail": body["detail"],
                "seats": [
                    {"seat_number": 6, "label": "B1"},
                    {"seat_number": 7, "label": "B2"},
                ],
                "taken": [
                    {"seat_number": 6, "version": 1},
                    {"seat_number": 7, "version": 1},
                ],
            },
        )
        self.assertEqual(response["Content-Type"], "application/problem+json")

    def test_full_show_is_a_problem(self) -> None:
        show = factories.show(plan="S")
        path = f"/api/shows/{show.pk}/book/"
        self.post(path, {"seat_number": 1}, user=self.user)
        response = self.post(path, {"seat_number": 1}, user=self.user)
        self.assert_problem(response, 409, "show_full")

    def test_show_that_has_started_is_a_problem(self) -> None:
        show = factories.show(starts_at=timezone.now() - timedelta(seconds=1))
        response = self.post(f"/api/shows/{show.pk}/book/", {"seat_number": 1}, user=self.user)
        self.assert_problem(response, 409, "show_started")

    def test_unknown_show_is_a_problem(self) -> None:
        response = self.post("/api/shows/999/book/", {"seat_number": 1}, user=self.user)
        self.assert_problem(response, 404, "show_not_found")

    def test_account_has_no_more_than_twenty_tickets_for_a_show(self) -> None:
        show = factories.show(plan="\n".join(["S" * 11] * 2))
        path = f"/api/shows/{show.pk}/book/"
        for first in (1, 11):
            seats = list(range(first, first + 10))
            response = self.post(path, {"seat_numbers": seats}, user=self.user)
            self.assertEqual(response.status_code, 201)

        hold = self.post(f"/api/shows/{show.pk}/hold/", {"seat_numbers": [22]}).json()["token"]
        for body in ({"seat_number": 21}, {"seat_numbers": [21]}, {"hold": hold}):
            with self.subTest(body=body):
                refused = self.post(path, body, user=self.user)
                self.assert_problem(refused, 409, "too_many_tickets")
        self.assertEqual(self.post(path, {"hold": hold}, user=factories.user()).status_code, 201)

    def test_contention_asks_to_come_again(self) -> None:
        with mock.patch("booking.api.views.bookings.book_seats", side_effect=TooMuchContention):
            response = self.book({"seat_number": 1})
        self.assert_problem(response, 500, "too_much_contention")
        self.assertEqual(response["Retry-After"], "1")

    def test_booking_needs_a_user(self) -> None:
        response = self.post(self.path, {"seat_number": 1})
        self.assert_problem(response, 401, "not_authenticated")
        self.assertEqual(response["WWW-Authenticate"], 'Bearer realm="api"')


class CancelTest(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.show = factories.show()
        path = f"/api/shows/{self.show.pk}/book/"
        self.booking = self.post(path, {"seat_numbers": [1, 2]}, user=self.user).json()
        self.path = f"/api/bookings/{self.booking['id']}/cancel/"

    def cancel(self, user: Any = None) -> Any:
        return self.post(self.path, user=user or self.user)

    def test_cancelling_answers_the_booking_and_frees_its_seats(self) -> None:
        body = self.cancel().json()
        changed = {"status": "cancelled", "cancelled_at": body["cancelled_at"]}
        changed |= {"receipt": body["receipt"], "refund": None, "due": "0.00"}
        self.assertEqual(body, self.booking | changed)
        states = self.get(f"/api/shows/{self.show.pk}/seats/").json()["states"]
        self.assertEqual(states, "a" * 10)

    def test_cancelling_twice_is_a_problem(self) -> None:
        self.cancel()
        self.assert_problem(self.cancel(), 409, "already_cancelled")

    def test_booking_of_another_is_refused(self) -> None:
        other = factories.user()
        self.assert_problem(self.cancel(other), 403, "not_your_booking")
        response = self.get(f"/api/bookings/{self.booking['id']}/", user=other)
        self.assert_problem(response, 403, "not_your_booking")

    def test_booking_of_a_show_that_has_started_stays(self) -> None:
        self.show.starts_at = timezone.now()
        self.show.save()
        self.assert_problem(self.cancel(), 409, "show_started")

    def test_unknown_booking_is_a_problem(self) -> None:
        self.assert_problem(
            self.get("/api/bookings/999/", user=self.user), 404, "booking_not_found"
        )
        response = self.post("/api/bookings/999/cancel/", user=self.user)
        self.assert_problem(response, 404, "booking_not_found")

    def test_bookings_need_a_user(self) -> None:
        self.assert_problem(self.post(self.path), 401, "not_authenticated")
        for path in (f"/api/bookings/{self.booking['id']}/", "/api/my-bookings/"):
            self.assert_problem(self.get(path), 401, "not_authenticated")


class MyBookingsTest(ApiTestCase):
    def test_own_bookings_come_newest_first_in_pages(self) -> None:
        user, other = factories.user(), factories.user()
        shows = [factories.show(plan="\n".join(["S" * 10] * 3)) for _ in range(2)]
        paths = [f"/api/shows/{show.pk}/book/" for show in shows]
        self.post(paths[0], {"seat_number": 30}, user=other)
        ids = [
            self.post(paths[number % 2], {"seat_number": number}, user=user).json()["id"]
            for number in range(1, 22)
        ]
        first = self.get("/api/my-bookings/", user=user).json()
        self.assertEqual((first["count"], first["previous"]), (21, None))
        self.assertEqual([booking["id"] for booking in first["results"]], ids[:0:-1])
        second = self.get(first["next"], user=user).json()
        self.assertEqual([booking["id"] for booking in second["results"]], ids[:1])

    def test_list_takes_the_same_queries_for_1_and_20_bookings(self) -> None:
        user = factories.user()
        show = factories.show(plan="\n".join(["S" * 10] * 3))
        for numbers in (range(1, 2), range(2, 21)):
            for number in numbers:
                body = {"seat_number": number}
                self.post(f"/api/shows/{show.pk}/book/", body, user=user)
            # The user, the count, the bookings, the tickets, the entries of the log.
            with self.assertNumQueries(7):
                self.get("/api/my-bookings/", user=user)

    def test_page_that_is_not_there_is_a_problem(self) -> None:
        for page in ("2", "0", "-1", "x", "", "1&page=1", "last", "9" * 5000, "%00"):
            with self.subTest(page[:10]):
                response = self.get(f"/api/my-bookings/?page={page}", user=factories.user())
                self.assert_problem(response, 404, "not_found")
