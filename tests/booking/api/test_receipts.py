"""A booking says under which entry of its show's log it stands."""

from typing import Any

from booking.models import SeatChange
from tests.booking.api.case import bearer
from tests.booking.api.hold_case import HoldApiTestCase


class ReceiptTests(HoldApiTestCase):
    def ask(self, path: str, body: Any, key: str = "") -> Any:
        headers = bearer(self.user) | ({"Idempotency-Key": key} if key else {})
        response = self.client.post(path, body, content_type="application/json", headers=headers)
        self.assertIn(response.status_code, (200, 201), response.content)
        return response.json()

    def read(self, booking: Any) -> Any:
        """Return the booking's receipt as it is read, by itself and in the list."""
        own = self.get(f"/api/bookings/{booking['id']}/", user=self.user).json()["receipt"]
        listed = self.get("/api/my-bookings/", user=self.user).json()["results"]
        [other] = [each["receipt"] for each in listed if each["id"] == booking["id"]]
        self.assertEqual(own, other)
        return own

    def entry(self, version: int) -> dict[str, Any]:
        digest = SeatChange.objects.get(show=self.show, version=version).digest
        return {"version": version, "digest": digest}

    def test_it_is_the_entry_of_what_was_last_done_to_the_booking(self) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        other = self.ask(path, {"seat_number": 9})
        booking = self.ask(path, {"seat_numbers": [1, 2]})
        own = f"/api/bookings/{booking['id']}"
        said = [booking["receipt"], self.read(booking)]
        self.assertEqual(said, [self.entry(2)] * 2)
        for version, what, body in (
            (3, "exchange", {"give": [1], "take": [5]}),
            (4, "cancel", {"seat_numbers": [2]}),
            (5, "cancel", {}),
        ):
            said = [self.ask(f"{own}/{what}/", body)["receipt"], self.read(booking)]
            self.assertEqual(said, [self.entry(version)] * 2, what)
        self.assertEqual(self.read(other), self.entry(1))

    def test_it_is_the_same_for_a_request_that_is_sent_again(self) -> None:
        path = f"/api/shows/{self.show.pk}/book/"
        booking = self.ask(path, {"seat_numbers": [1, 2]}, key="book")
        own = f"/api/bookings/{booking['id']}"
        exchanged = self.ask(f"{own}/exchange/", {"give": [1], "take": [5]}, key="exchange")
        cancelled = self.ask(f"{own}/cancel/", {"seat_numbers": [2]}, key="cancel")
        self.ask(path, {"seat_number": 9})
        receipts = [each["receipt"] for each in (booking, exchanged, cancelled)]
        self.assertEqual(receipts, [self.entry(version) for version in (1, 2, 3)])
        self.assertEqual(self.ask(path, {"seat_numbers": [1, 2]}, key="book"), booking)
        again = self.ask(f"{own}/exchange/", {"give": [1], "take": [5]}, key="exchange")
        self.assertEqual(again, exchanged)
        self.assertEqual(self.ask(f"{own}/cancel/", {"seat_numbers": [2]}, key="cancel"), cancelled)

    def test_hold_that_is_booked_has_that_entry(self) -> None:
        token = self.ask(f"/api/shows/{self.show.pk}/hold/", {"seat_numbers": [1]})["token"]
        booking = self.ask(f"/api/shows/{self.show.pk}/book/", {"hold": token})
        self.assertEqual([booking["receipt"], self.read(booking)], [self.entry(2)] * 2)

    def test_booking_from_before_there_were_receipts_has_none(self) -> None:
        booking = self.ask(f"/api/shows/{self.show.pk}/book/", {"seat_number": 1})
        SeatChange.objects.update(booking=None)
        self.assertIsNone(self.read(booking))
