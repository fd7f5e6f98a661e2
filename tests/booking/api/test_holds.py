from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.models import Booking, Hold
from booking.rules import REST
from foundation.idempotency.models import StoredAnswer
from tests import factories
from tests.booking.api.case import bearer
from tests.booking.api.hold_case import HoldApiTestCase


class PlaceHoldTest(HoldApiTestCase):
    def test_hold_needs_no_account_and_answers_its_token(self) -> None:
        response = self.hold({"seat_numbers": [2, 1]})

        body = response.json()
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response["Location"], f"/api/holds/{body['token']}/")
        self.assertEqual(
            body["seats"],
            [{"seat_number": 1, "label": "A1"}, {"seat_number": 2, "label": "A2"}],
        )
        self.assertEqual(datetime.fromisoformat(body["expires_at"]), Hold.objects.get().expires_at)
        self.assertEqual(self.get(response["Location"]).json(), body)
        self.assertEqual(self.states(), "hhaaaaaaaa")

    def test_best_seats_are_held_together(self) -> None:
        body = self.hold({"best": {"count": 5}}).json()

        self.assertEqual([seat["label"] for seat in body["seats"]], ["B1", "B2", "B3", "B4", "B5"])

    def test_tickets_that_name_no_seat_say_so(self) -> None:
        for body, said in (
            ({"tickets": []}, "Choose at least one seat."),
            ({"best": {"count": 1}, "tickets": []}, "Give tickets or best, not both."),
        ):
            self.assert_invalid(self.hold(body), {"tickets": [said]})

    def test_refusal_names_the_lost_seats_and_offers_others(self) -> None:
        self.held(1)

        problem = self.assert_problem(self.hold({"seat_numbers": [1, 2]}), 409, "seat_taken")

        self.assertEqual(problem["seats"], [{"seat_number": 1, "label": "A1"}])
        self.assertEqual([seat["label"] for seat in problem["alternative"]], ["A2", "A3"])

    def test_body_that_makes_no_sense_is_refused_by_field(self) -> None:
        neither = ["Give exactly one of seat_numbers, best."]
        whole = ["A whole number is required."]
        cases: list[tuple[Any, dict[str, list[str]]]] = [
            ({}, {"seat_numbers": neither, "best": neither}),
            (
                {"seat_numbers": [1], "best": {"count": 1}},
                {"seat_numbers": neither, "best": neither},
            ),
            ({"best": {}}, {"best.count": ["This field is required."]}),
            ({"best": {"count": "3"}}, {"best.count": whole}),
            (
                {"best": {"count": 11}},
                {"best.count": ["Ensure this value is less than or equal to 10."]},
            ),
            ({"best": {"count": 2, "row": "A"}}, {"best.row": ["There is no such field."]}),
            (
                {"best": {"count": 2, "accessible": "yes"}},
                {"best.accessible": ["Must be a valid boolean."]},
            ),
        ]
        for body, wrong in cases:
            with self.subTest(body):
                self.assert_invalid(self.hold(body), wrong)
        self.assertEqual(Hold.objects.count(), 0)

    def test_hold_of_a_user_is_the_users(self) -> None:
        self.held(1, user=self.user)

        self.assertEqual(Hold.objects.get().user, self.user)

    def test_garbage_for_an_access_token_is_refused(self) -> None:
        response = self.hold({"seat_numbers": [1]}, headers={"Authorization": "Bearer x"})

        self.assert_problem(response, 401, "token_not_valid")


class ChangeHoldTest(HoldApiTestCase):
    def test_put_replaces_the_seats(self) -> None:
        token = self.held(1, 2)

        response = self.put(token, {"seat_numbers": [2, 3]})

        self.assertEqual(
            [seat["label"] for seat in response.json()["seats"]], ["A2", "A3"], response.content
        )
        self.assertEqual(self.states(), "ahhaaaaaaa")

    def test_refused_put_changes_nothing(self) -> None:
        token = self.held(1)
        self.held(2)

        self.assert_problem(self.put(token, {"seat_numbers": [2, 3]}), 409, "seat_taken")
        self.assertEqual(self.states(), "hhaaaaaaaa")

    def test_put_of_the_best_seats_replaces_those_held(self) -> None:
        token = self.held(1)

        body = self.put(token, {"best": {"count": 5}}).json()

        self.assertEqual([seat["label"] for seat in body["seats"]], ["B1", "B2", "B3", "B4", "B5"])
        self.assertEqual(self.states(), "aaaaahhhhh")
        self.assertEqual(Hold.objects.count(), 1)
        seat_numbers = {seat["seat_number"] for seat in body["seats"]}
        # Its own seats are among the best.
        again = self.put(token, {"best": {"count": 5}}).json()
        self.assertEqual({seat["seat_number"] for seat in again["seats"]}, seat_numbers)

    def test_put_of_best_seats_that_are_not_left_changes_nothing(self) -> None:
        token = self.held(1)

        response = self.put(token, {"best": {"count": 6}})

        self.assert_problem(response, 409, "no_seats_together")
        self.assertEqual(self.states(), "haaaaaaaaa")

    def test_delete_releases(self) -> None:
        token = self.held(1)

        self.assertEqual(self.delete(token).status_code, 204)
        self.assertEqual(self.states(), "aaaaaaaaaa")
        self.assert_problem(self.delete(token), 409, "hold_ended")

    def test_unknown_token(self) -> None:
        for response in (
            self.get("/api/holds/nobody/"),
            self.put("nobody", {"seat_numbers": [1]}),
            self.delete("nobody"),
        ):
            self.assert_problem(response, 404, "hold_not_found")


class BookHoldTest(HoldApiTestCase):
    def test_hold_becomes_a_booking(self) -> None:
        response = self.book({"hold": self.held(1, 3)})

        self.assertEqual(response.status_code, 201, response.content)
        self.assertEqual([t["label"] for t in response.json()["tickets"]], ["A1", "A3"])
        self.assertEqual(self.states(), "babaaaaaaa")

    def test_expired_hold_names_the_seats_it_lost(self) -> None:
        token = self.held(1, 2)
        later = timezone.now() + timedelta(minutes=9)
        with mock.patch.object(timezone, "now", return_value=later):
            self.held(2, user=factories.user())
            response = self.book({"hold": token})

        problem = self.assert_problem(response, 409, "hold_expired")
        self.assertEqual(problem["seats"], [{"seat_number": 2, "label": "A2"}])

    def test_somebody_elses_hold_cannot_be_booked(self) -> None:
        token = self.held(1, user=factories.user())

        self.assert_problem(self.book({"hold": token}), 403, "not_your_hold")


KEY = "3f0a6bb2-52b4-4c55-9d0e-0a8f7c7f4f1d"


class IdempotencyTest(HoldApiTestCase):
    def send(self, path: str, body: Any, key: str = KEY, user: Any = None) -> Any:
        headers = {"Idempotency-Key": key} | (bearer(user) if user else {})
        return self.post(path, body, headers=headers)

    def test_hold_sent_again_answers_the_same_token(self) -> None:
        path = f"/api/shows/{self.show.pk}/hold/"
        first, again = (self.send(path, {"seat_numbers": [1]}) for _ in range(2))

        self.assertEqual((again.status_code, again.json()), (201, first.json()))
        self.assertEqual(Hold.objects.count(), 1)
        self.assertEqual(self.delete(again.json()["token"]).status_code, 204)

    def test_key_that_was_forgotten_before_its_hold_says_so(self) -> None:
        path = f"/api/shows/{self.show.pk}/hold/"
        self.send(path, {"seat_numbers": [1]})
        StoredAnswer.objects.all().delete()
        long_ago = timezone.now() - REST
        Hold.objects.update(expires_at=long_ago)
        self.show.show_seats.filter(state="h").update(held_until=long_ago)

        self.assert_problem(self.send(path, {"seat_numbers": [1]}), 409, "token_used")

    def test_booking_sent_again_answers_the_same_booking(self) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        first, again = (self.send(path, {"seat_number": 1}, user=self.user) for _ in range(2))

        self.assertEqual((again.status_code, again.json()), (201, first.json()))
        self.assertEqual(again["Location"], first["Location"])
        self.assertEqual(Booking.objects.count(), 1)

    def test_cancelling_sent_again_answers_the_same(self) -> None:
        booking = self.book({"seat_number": 1}).json()
        path = f"/api/bookings/{booking['id']}/cancel/"
        first, again = (self.send(path, None, user=self.user) for _ in range(2))

        self.assertEqual(first.json()["status"], "cancelled")
        self.assertEqual((again.status_code, again.json()), (200, first.json()))

    def test_same_key_with_another_body_is_refused(self) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        self.send(path, {"seat_number": 1}, user=self.user)

        response = self.send(path, {"seat_number": 2}, user=self.user)

        self.assert_problem(response, 422, "idempotency_key_reused")

    def test_same_key_of_another_user_is_another_request(self) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        for seat_number in (1, 2):
            response = self.send(path, {"seat_number": seat_number}, user=factories.user())
            self.assertEqual(response.status_code, 201)

    def test_key_that_is_none_is_refused(self) -> None:
        for key in ("", "a b", "k" * 101, "ü"):
            with self.subTest(key):
                response = self.send(f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": [1]}, key)
                self.assert_invalid(
                    response, {"Idempotency-Key": ["Give 1 to 100 visible ASCII characters."]}
                )

    def test_key_of_a_guest_is_as_hard_to_guess_as_the_token_it_gets(self) -> None:
        path, body = f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": [1]}
        for key in ("k", "k" * 31):
            self.assert_invalid(
                self.send(path, body, key),
                {
                    "Idempotency-Key": [
                        "Without an account, give at least 32 characters that nobody can guess, "
                        "such as a random UUID."
                    ]
                },
            )
        self.assertEqual(Hold.objects.count(), 0)
        self.assertEqual(self.send(path, body, KEY.replace("-", "")).status_code, 201)
        self.assertEqual(
            self.send(path, {"seat_numbers": [2]}, "k", user=self.user).status_code, 201
        )
