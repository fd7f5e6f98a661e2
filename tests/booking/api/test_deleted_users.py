"""A user is deleted while their access token is valid: nothing of theirs is done any more."""

import json
from typing import Any

from django.test import override_settings
from django.utils import timezone

from booking.models import Booking, Hold, WaitlistEntry
from booking.selectors import seat_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from foundation.idempotency.models import StoredAnswer
from tests import factories
from tests.booking.api.case import PROBLEM, bearer
from tests.commits import CommitTestCase
from tests.ledger import check_books


@override_settings(THROTTLES=False)
class DeletedUserTests(CommitTestCase):
    def setUp(self) -> None:
        now = timezone.now()
        self.show = factories.show()
        other = factories.user()
        self.others = book_seats(show_id=self.show.pk, seat_numbers=[9], user=other, now=now)
        self.guests = place_hold(
            show_id=self.show.pk, selection=[10], client="address:1", user=None, now=now
        )
        user = factories.user()
        self.headers = bearer(user)
        self.assertEqual(self.ask("get", "/api/my-bookings/").status_code, 200)
        user.delete()
        self.before = self.everything()

    def everything(self) -> list[Any]:
        """Return all that a request could have changed."""
        models = (Booking, Hold, WaitlistEntry, StoredAnswer)
        return [
            seat_map.states(self.show.pk),
            *(list(model.objects.order_by("pk").values()) for model in models),
        ]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method.upper(),
            path,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=self.headers | headers,
        )

    def test_whatever_they_want_to_do_they_are_unknown(self) -> None:
        show, hold = f"/api/shows/{self.show.pk}", f"/api/holds/{self.guests.token}/"
        booking = f"/api/bookings/{self.others.pk}"
        for method, path, body in (
            ("post", f"{show}/hold/", {"seat_numbers": [1]}),
            ("post", f"{show}/hold/", {"best": {"count": 2}}),
            ("post", f"{show}/book/", {"seat_number": 1}),
            ("post", f"{show}/book/", {"seat_numbers": [1, 2]}),
            ("post", f"{show}/book/", {"hold": self.guests.token}),
            ("put", hold, {"seat_numbers": [1]}),
            ("delete", hold, None),
            ("post", f"{show}/waitlist/", {"seat_number": 10}),
            ("delete", f"{show}/waitlist/?seat_number=10", None),
            ("post", f"{booking}/cancel/", {}),
            ("post", f"{booking}/cancel/", {"seat_numbers": [9]}),
            ("post", f"{booking}/exchange/", {"give": [9], "take": [1]}),
            ("post", "/api/bookings/999999/cancel/", {}),
        ):
            for keyed in ({}, {"Idempotency-Key": "k"}):
                with self.subTest(f"{method} {path}", body=body, keyed=keyed):
                    answer = self.ask(method, path, body, **keyed)
                    self.assertEqual(
                        (answer.status_code, answer["Content-Type"], answer.json()["code"]),
                        (401, PROBLEM, "user_not_found"),
                    )
                    self.assertIn("WWW-Authenticate", answer)
                    self.assertEqual(self.everything(), self.before)
        check_books(self, self.show.pk)

    def test_others_are_refused_as_ever(self) -> None:
        self.headers = bearer(factories.user())
        answer = self.ask("post", f"/api/bookings/{self.others.pk}/cancel/", {})
        self.assertEqual((answer.status_code, answer.json()["code"]), (403, "not_your_booking"))
