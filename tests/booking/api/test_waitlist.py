from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.selectors.waitlist import waitlist_address
from tests.booking.api.case import bearer
from tests.booking.api.hold_case import HoldApiTestCase


class WaitlistTest(HoldApiTestCase):
    def waitlist(self, method: str = "get", *, query: str = "", body: Any = None) -> Any:
        send = getattr(self.client, method)
        path = f"/api/shows/{self.show.pk}/waitlist/{query}"
        return send(path, body, content_type="application/json", headers=bearer(self.user))

    def test_released_seat_is_held_for_who_waited(self) -> None:
        token = self.held(1)
        joined = self.waitlist("post", body={"seat_number": 1})
        self.assertEqual((joined.status_code, joined.json()["ahead"]), (201, 0))
        self.assertIsNone(joined.json()["hold"])
        address = waitlist_address(self.show.pk, self.user.pk)
        self.assertEqual(joined.json()["socket"], f"/ws/shows/{self.show.pk}/?waitlist={address}")

        self.delete(token)

        [entry] = self.client.get(
            f"/api/shows/{self.show.pk}/waitlist/", headers=bearer(self.user)
        ).json()
        response = self.book({"hold": entry["hold"]})
        self.assertEqual(response.status_code, 201, response.content)

    def test_offer_that_nobody_swept_is_made_to_who_asks(self) -> None:
        self.held(1)
        self.waitlist("post", body={"seat_number": 1})
        later = timezone.now() + timedelta(minutes=9)
        with mock.patch.object(timezone, "now", return_value=later):
            # A token of the time before would have expired.
            bearer_later = bearer(self.user)
            path = f"/api/shows/{self.show.pk}/waitlist/"
            [entry] = self.client.get(path, headers=bearer_later).json()

        self.assertEqual(datetime.fromisoformat(entry["offered_at"]), later)

    def test_free_seat_has_no_waitlist(self) -> None:
        self.assert_problem(self.waitlist("post", body={"seat_number": 1}), 409, "not_held")

    def test_waitlist_can_be_left(self) -> None:
        token = self.held(1)
        self.waitlist("post", body={"seat_number": 1})

        self.assertEqual(self.waitlist("delete", query="?seat_number=1").status_code, 204)
        self.delete(token)
        self.assertEqual(self.states(), "aaaaaaaaaa")

    def test_waitlist_needs_an_account(self) -> None:
        response = self.post(f"/api/shows/{self.show.pk}/waitlist/", {"seat_number": 1})

        self.assert_problem(response, 401, "not_authenticated")
