from typing import Any

from tests.booking.api.hold_case import HoldApiTestCase


class AmendmentTest(HoldApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.booking = self.book({"seat_numbers": [1, 2]}).json()

    def ask(self, what: str, body: Any) -> Any:
        return self.post(f"/api/bookings/{self.booking['id']}/{what}/", body, user=self.user)

    def test_one_ticket_is_cancelled(self) -> None:
        body = self.ask("cancel", {"seat_numbers": [1]}).json()

        self.assertEqual(body["status"], "confirmed")
        self.assertEqual([ticket["label"] for ticket in body["tickets"]], ["A2"])
        self.assertEqual(body["total"], "10.00")
        self.assertEqual(self.states(), "abaaaaaaaa")

    def test_seats_are_exchanged(self) -> None:
        body = self.ask("exchange", {"give": [1], "take": [5]}).json()

        self.assertEqual(body["reference"], self.booking["reference"])
        self.assertEqual([ticket["label"] for ticket in body["tickets"]], ["A2", "A5"])
        self.assertEqual(self.states(), "abaabaaaaa")

    def test_unequal_exchange_is_refused(self) -> None:
        response = self.ask("exchange", {"give": [1], "take": [4, 5]})

        self.assert_problem(response, 400, "unequal_exchange")
