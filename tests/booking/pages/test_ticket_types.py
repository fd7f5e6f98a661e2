"""Types of ticket on pages: in holds, in forms and addresses, and without scripts."""

from typing import Any

from django.test import SimpleTestCase
from django.utils import timezone

from booking.models import Booking, Hold
from booking.pages.chosen import seat_numbers_in, seats_text, types_in
from booking.services.price_lists import save_price_list
from tests import factories
from tests.booking.pages.holding import HoldCase


class ChosenTests(SimpleTestCase):
    def test_text_of_seats_is_read_as_it_is_written(self) -> None:
        for seats, types in (([12, 13], {12: "child"}), ([1], {1: "over-60"}), ([7, 8], {})):
            text = seats_text(seats, types)
            self.assertEqual((seat_numbers_in([text]), types_in([text])), (seats, types))
        self.assertEqual(seats_text([12, 13], {12: "child"}), "12:child,13")

    def test_nonsense_is_left_out(self) -> None:
        for text, seats, types in (
            ("", [], {}),
            ("a:child, 12:", [12], {}),
            ("1234567:child", [], {}),
            ("3:<b>", [3], {}),
            ("3:x" + "y" * 30, [3], {3: "x" + "y" * 19}),
        ):
            with self.subTest(text):
                self.assertEqual((seat_numbers_in([text]), types_in([text])), (seats, types))


class TicketTypesTests(HoldCase):
    def setUp(self) -> None:
        self.list = factories.price_list()
        self.show = factories.show(by=self.list)
        self.path = f"/shows/{self.show.pk}/"
        self.user = factories.user()

    def hold(self, seats: list[int], **types: str) -> Any:
        types = {name.removeprefix("seat"): code for name, code in types.items()}
        return self.post({"seats": seats, "types": types})

    def sold(self) -> list[tuple[int, str, str]]:
        tickets = Booking.objects.get().tickets.order_by("seat_number")
        return [(one.seat_number, one.type, f"{one.price:.2f}") for one in tickets]

    def test_hold_keeps_the_types_of_its_seats(self) -> None:
        answer = self.hold([1, 2], seat2="child", seat3="student").json()
        self.assertEqual(answer["hold"]["types"], {"2": "child"})
        self.assertEqual(self.page_data()["hold"]["types"], {"2": "child"})
        self.assertNotIn("types", self.hold([1, 2]).json()["hold"])
        self.assertEqual(Hold.objects.get().ticket_types, {})

    def test_hold_refuses_what_is_not_sold_and_ignores_what_is_no_seat(self) -> None:
        answer = self.hold([1], seat1="baby")
        self.assertEqual((answer.status_code, answer.json()["code"]), (400, "unknown_ticket_type"))
        self.assertEqual(self.hold([1], x="child").status_code, 200)
        self.assertEqual(self.post({"seats": [1], "types": [1]}).status_code, 400)
        self.assertEqual(self.post({"seats": [1], "types": {"1": 2}}).status_code, 400)

    def test_form_books_the_types_that_it_shows_whatever_another_tab_holds(self) -> None:
        self.client.force_login(self.user)
        self.hold([1, 2], seat1="child")
        self.client.post(f"{self.path}book/", {"seats": "1,2:student"})
        self.assertEqual(self.sold(), [(1, "adult", "10.00"), (2, "student", "8.50")])

    def test_address_to_come_back_to_keeps_the_types(self) -> None:
        answer = self.client.post(f"{self.path}book/", {"seats": "1,2:student"})
        self.assertIn("seats%3D1%2C2%3Astudent", answer["Location"])
        page = self.client.get(f"{self.path}?seats=1,2:student,3:baby")
        self.assertContains(page, f'href="{self.path}list/?seats=1,2:student,3"')

    def test_list_offers_types_and_its_total_follows(self) -> None:
        page = self.client.get(f"{self.path}list/", {"seats": ["1", "2:child", "3:baby"]})
        self.assertContains(page, '<option value="2:child" selected>Child</option>', html=True)
        self.assertContains(page, '<input type="hidden" name="seats" value="2:child">', html=True)
        self.assertContains(page, "Standard, Child")
        self.assertContains(page, "€27.00")

    def test_list_of_a_show_without_a_price_list_offers_none(self) -> None:
        show = factories.show()
        page = self.client.get(f"/shows/{show.pk}/list/", {"seats": "1:child"})
        self.assertNotContains(page, "Adult")
        self.assertContains(page, "€10.00")
        self.assertNotContains(self.client.get(f"/shows/{show.pk}/"), "ticket-types.js")
        self.assertContains(self.client.get(self.path), "ticket-types.js")

    def test_refused_form_asks_anew_with_what_is_still_sold(self) -> None:
        self.client.force_login(self.user)
        before = self.page_data()["show"]["terms"]
        save_price_list(
            price_list_id=self.list.pk,
            name=self.list.name,
            vat_rate=self.list.vat_rate,
            companions_free=True,
            types=[factories.type_given("student", "9.00")],
            now=timezone.now(),
        )
        form = {"seats": "1:child,2:student", "terms": before}
        page = self.client.post(f"{self.path}book/", form)
        self.assertContains(page, "there are no tickets for “Child” any more", status_code=409)
        agreement = page.context["agreement"]
        self.assertEqual(agreement["fields"], [("seats", "1,2:student")])
        form = {"seats": "1,2:student", "terms": agreement["refusal"].terms}
        self.client.post(f"{self.path}book/", form)
        self.assertEqual(self.sold(), [(1, "adult", "10.00"), (2, "student", "9.00")])

    def test_booking_says_type_and_vat(self) -> None:
        self.client.force_login(self.user)
        self.client.post(f"{self.path}book/", {"seats": "1,2:child"})
        page = self.client.get(f"/bookings/{Booking.objects.get().reference}/")
        self.assertContains(page, "Standard, Child")
        self.assertContains(page, "7 % VAT in it")
        self.assertContains(page, "€1.11")
