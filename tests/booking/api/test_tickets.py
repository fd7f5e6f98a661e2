"""Types of ticket by the API: in holds and bookings, and what is refused."""

from typing import Any

from django.utils import timezone

from booking.models import Hold, Show, Ticket
from booking.services.price_lists import save_price_list
from booking.terms import terms_of
from tests import factories
from tests.booking.api.case import ApiTestCase


class TicketsCase(ApiTestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.list = factories.price_list()
        self.show = factories.show(plan="SSPPSS\nWC.SSS", by=self.list)
        self.path = f"/api/shows/{self.show.pk}"

    def book(self, **body: Any) -> Any:
        return self.post(f"{self.path}/book/", body, user=self.user)

    def hold(self, **body: Any) -> Any:
        return self.post(f"{self.path}/hold/", body)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(path, body, content_type="application/json")

    def remove_child(self) -> None:
        save_price_list(
            price_list_id=self.list.pk,
            name=self.list.name,
            vat_rate=self.list.vat_rate,
            companions_free=True,
            types=[factories.type_given("student", "8.50")],
            now=timezone.now(),
        )


def sold(body: dict[str, Any]) -> list[tuple[int, str, str]]:
    seats = body["tickets"] if "tickets" in body else body["bill"]["seats"]
    return [(seat["seat_number"], seat["type"], seat["price"]) for seat in seats]


CHILD = {"seat_number": 1, "type": "child"}


class BookTest(TicketsCase):
    def test_tickets_name_the_seats_and_who_comes(self) -> None:
        body = self.book(tickets=[{"seat_number": 3, "type": "student"}, CHILD, {"seat_number": 2}])
        self.assertEqual(
            sold(body.json()),
            [(1, "child", "7.00"), (2, "adult", "10.00"), (3, "student", "10.50")],
        )
        self.assertEqual(
            (body.json()["total"], body.json()["vat"]),
            (
                "27.50",
                [{"rate": "7.00", "amount": "1.80"}],
            ),
        )

    def test_tickets_say_more_of_seats_that_are_named(self) -> None:
        body = self.book(seat_numbers=[1, 2], tickets=[CHILD]).json()
        self.assertEqual(sold(body), [(1, "child", "7.00"), (2, "adult", "10.00")])
        body = self.book(seat_number=5, tickets=[{"seat_number": 5, "type": "student"}]).json()
        self.assertEqual(sold(body), [(5, "student", "8.50")])

    def test_wheelchair_space_comes_with_a_free_companion(self) -> None:
        body = self.book(tickets=[{"seat_number": 7, "type": "child"}, {"seat_number": 8}]).json()
        self.assertEqual(sold(body), [(7, "child", "7.00"), (8, "adult", "0.00")])
        self.assertEqual(body["total"], "7.00")

    def test_vat_adds_up_when_tickets_are_cancelled_one_by_one(self) -> None:
        booking = self.book(
            tickets=[{"seat_number": n, "type": "student"} for n in (1, 2, 5)]
        ).json()
        vat = [booking["vat"]]
        for number in (1, 2):
            path = f"/api/bookings/{booking['id']}/cancel/"
            vat.append(self.post(path, {"seat_numbers": [number]}, user=self.user).json()["vat"])
        amounts = [[one["amount"] for one in each] for each in vat]
        # Of 8.50 it is 0.556; of each alone 0.56, which would be 1.68 together.
        self.assertEqual(amounts, [["1.67"], ["1.11"], ["0.56"]])

    def test_whoever_names_a_price_pays_what_the_house_asks(self) -> None:
        for body in (
            {"tickets": [CHILD | {"price": "0.01"}]},
            {"tickets": [CHILD], "price": "0.01"},
            {"seat_numbers": [1], "total": 0},
            {"tickets": [{"seat_number": -1, "type": "child"}]},
            {"seat_numbers": [1], "tickets": [{"seat_number": 1, "type": "child", "count": -1}]},
        ):
            with self.subTest(body):
                self.assert_problem(self.book(**body), 400, "invalid")
        self.assertEqual(Ticket.objects.count(), 0)

    def test_what_makes_no_sense_is_refused_by_field(self) -> None:
        for body, field in (
            ({"tickets": [CHILD, {"seat_number": 1}]}, "tickets"),
            ({"tickets": [CHILD, CHILD]}, "tickets"),
            ({"tickets": [{"type": "child"}]}, "tickets[0].seat_number"),
            ({"tickets": [{"seat_number": 1, "type": 7}]}, "tickets[0].type"),
            ({"tickets": [{"seat_number": 1, "type": "x" * 21}]}, "tickets[0].type"),
            ({"tickets": [{"seat_number": 1, "type": ""}]}, "tickets[0].type"),
            ({"tickets": [CHILD] * 11}, "tickets"),
            ({"tickets": 3}, "tickets"),
            ({"tickets": []}, "tickets"),
        ):
            with self.subTest(body):
                problem = self.assert_problem(self.book(**body), 400, "invalid")
                self.assertIn(field, problem["errors"])

    def test_unknown_type_names_the_field(self) -> None:
        problem = self.assert_problem(
            self.book(tickets=[{"seat_number": 1, "type": "baby"}]), 400, "unknown_ticket_type"
        )
        sentence = "This show has no ticket of type “baby”."
        self.assertEqual(
            (problem["detail"], problem["errors"]), (sentence, {"tickets": [sentence]})
        )

    def test_removed_type_is_a_change_of_terms(self) -> None:
        self.remove_child()
        problem = self.assert_problem(self.book(tickets=[CHILD]), 409, "terms_changed")
        self.assertEqual(problem["detail"], "There are no tickets for “Child” any more.")
        self.assertEqual([one["what"] for one in problem["changed"]], ["ticket_types"])
        self.assertEqual(sold(problem), [(1, "adult", "10.00")])
        agreed = self.book(tickets=[CHILD], terms=problem["terms"])
        self.assert_problem(agreed, 400, "unknown_ticket_type")

    def test_ticket_for_a_seat_that_is_not_chosen_is_refused(self) -> None:
        body = {"seat_numbers": [2], "tickets": [CHILD]}
        self.assert_problem(self.book(**body), 400, "unknown_seats")

    def test_show_says_who_pays_what(self) -> None:
        body = self.get(f"{self.path}/").json()
        child = {"code": "child", "name": "Child", "price": "7.00", "premium_surcharge": "2.00"}
        self.assertEqual(body["ticket_types"][0], child)
        self.assertEqual((body["vat_rate"], body["companions_free"]), ("7.00", True))
        self.assertEqual(body["terms"], terms_of(Show.objects.get()))


class HoldTest(TicketsCase):
    def test_hold_has_types_which_its_booking_takes(self) -> None:
        held = self.hold(tickets=[CHILD, {"seat_number": 2}]).json()
        self.assertEqual(sold(held), [(1, "child", "7.00"), (2, "adult", "10.00")])
        token = held["token"]
        self.assertEqual(self.get(f"/api/holds/{token}/").json(), held)
        body = self.book(hold=token).json()
        self.assertEqual((sold(body), body["total"]), (sold(held), "17.00"))

    def test_types_are_given_anew_with_the_hold(self) -> None:
        token = self.hold(tickets=[CHILD, {"seat_number": 2}]).json()["token"]
        stray = self.book(hold=token, tickets=[{"seat_number": 5}])
        self.assert_problem(stray, 400, "unknown_seats")
        body = self.book(hold=token, tickets=[{"seat_number": 2, "type": "student"}]).json()
        self.assertEqual(sold(body), [(1, "adult", "10.00"), (2, "student", "8.50")])

    def test_hold_is_changed_to_other_types(self) -> None:
        token = self.hold(tickets=[CHILD]).json()["token"]
        path = f"/api/holds/{token}/"
        kept = self.put(path, {"seat_numbers": [1, 2]}).json()
        self.assertEqual(sold(kept), [(1, "child", "7.00"), (2, "adult", "10.00")])
        best = self.put(path, {"best": {"count": 2}, "tickets": [CHILD]})
        self.assert_problem(best, 400, "invalid")
        changed = self.put(path, {"tickets": [{"seat_number": 1, "type": "adult"}]}).json()
        self.assertEqual(sold(changed), [(1, "adult", "10.00")])
        self.assertEqual(Hold.objects.get().ticket_types, {})

    def test_hold_of_a_type_that_was_removed_asks_for_agreement(self) -> None:
        token = self.hold(tickets=[CHILD, {"seat_number": 2}]).json()["token"]
        self.remove_child()
        problem = self.assert_problem(self.book(hold=token), 409, "terms_changed")
        self.assertEqual(sold(problem), [(1, "adult", "10.00"), (2, "adult", "10.00")])
        self.assertEqual(sold(self.get(f"/api/holds/{token}/").json()), sold(problem))
        body = self.book(hold=token, terms=problem["terms"]).json()
        self.assertEqual((sold(body), body["total"]), (sold(problem), "20.00"))
