from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.selectors.line import line_address
from tests.booking.api.case import bearer
from tests.booking.api.hold_case import HoldApiTestCase


class LineTest(HoldApiTestCase):
    def line(self, method: str = "get", *, query: str = "", body: Any = None) -> Any:
        send = getattr(self.client, method)
        path = f"/api/shows/{self.show.pk}/line/{query}"
        return send(path, body, content_type="application/json", headers=bearer(self.user))

    def test_released_seat_is_held_for_who_waited(self) -> None:
        token = self.held(1)
        joined = self.line("post", body={"seat_number": 1})
        self.assertEqual((joined.status_code, joined.json()["ahead"]), (201, 0))
        self.assertIsNone(joined.json()["hold"])
        address = line_address(self.show.pk, self.user.pk)
        self.assertEqual(joined.json()["socket"], f"/ws/shows/{self.show.pk}/?line={address}")

        self.delete(token)

        [place] = self.client.get(
            f"/api/shows/{self.show.pk}/line/", headers=bearer(self.user)
        ).json()
        response = self.book({"hold": place["hold"]})
        self.assertEqual(response.status_code, 201, response.content)

    def test_turn_that_nobody_swept_is_given_to_who_asks(self) -> None:
        self.held(1)
        self.line("post", body={"seat_number": 1})
        later = timezone.now() + timedelta(minutes=9)
        with mock.patch.object(timezone, "now", return_value=later):
            # A token of the time before would have expired.
            bearer_later = bearer(self.user)
            path = f"/api/shows/{self.show.pk}/line/"
            [place] = self.client.get(path, headers=bearer_later).json()

        self.assertEqual(datetime.fromisoformat(place["turn_at"]), later)

    def test_free_seat_has_no_line(self) -> None:
        self.assert_problem(self.line("post", body={"seat_number": 1}), 409, "not_held")

    def test_line_can_be_left(self) -> None:
        token = self.held(1)
        self.line("post", body={"seat_number": 1})

        self.assertEqual(self.line("delete", query="?seat_number=1").status_code, 204)
        self.delete(token)
        self.assertEqual(self.states(), "aaaaaaaaaa")

    def test_line_needs_an_account(self) -> None:
        response = self.post(f"/api/shows/{self.show.pk}/line/", {"seat_number": 1})

        self.assert_problem(response, 401, "not_authenticated")
