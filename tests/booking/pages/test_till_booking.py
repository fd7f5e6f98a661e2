"""A booking at the till: money is taken and given back, seats are exchanged, tickets cancelled."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, Show, Taking
from booking.selectors import seat_map
from booking.selectors.money import account_of
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from foundation.web.idempotency import NoKey
from tests import factories

PERMISSIONS = ("add_booking", "change_booking", "take_money")


class TillBookingTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSPP", price="12.50")
        self.clerk = factories.user(username="clerk")
        self.may(*PERMISSIONS)
        self.client.force_login(self.clerk)
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=factories.user(), now=timezone.now()
        )
        self.path = f"/till/bookings/{self.booking.reference}/"

    def may(self, *permissions: str) -> None:
        found = Permission.objects.filter(codename__in=permissions)
        self.clerk.user_permissions.set(found)

    def send(self, operation: str, path: str = "", **fields: Any) -> Any:
        fields.setdefault("key", str(uuid.uuid4()))
        return self.client.post(path or self.path, {"operation": operation, **fields})

    def due(self) -> Decimal:
        return account_of(Booking.objects.get()).due

    def said(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def test_booking_is_found_by_its_reference_or_seat(self) -> None:
        typed = self.booking.reference.lower().replace("-", " ")
        found = self.client.get("/till/", {"reference": typed})
        self.assertRedirects(found, self.path)
        self.assertRedirects(self.client.get(f"/till/{self.show.pk}/seats/2/"), self.path)
        for seat in (3, 99, 2**40):
            with self.subTest(seat):
                missing = self.client.get(f"/till/{self.show.pk}/seats/{seat}/")
                self.assertEqual(missing.status_code, 404)
        unknown = self.client.get("/till/", {"reference": "\0x"})
        self.assertContains(unknown, "No booking has this reference.", status_code=404)

    def test_money_is_taken_once_however_often_it_is_sent(self) -> None:
        form = {"amount": "25.00", "method": "card", "key": str(uuid.uuid4())}
        for _ in range(2):
            response = self.send("take", **form)
            self.assertRedirects(response, self.path, fetch_redirect_response=False)
        self.assertEqual(self.said(response), [f"€25.00 taken, card: {self.booking.reference}."])
        taken = Taking.objects.get()
        self.assertEqual((taken.amount, taken.method, taken.by), (25, "card", self.clerk))
        self.assertEqual((self.due(), LogEntry.objects.count()), (0, 1))

    def test_no_more_is_taken_than_is_due_and_amounts_are_never_cut(self) -> None:
        said = self.said(self.send("take", amount="25.01", method="cash"))
        self.assertEqual(said, ["€25.00 is due."])
        for amount in ("8,50", "1.234,50", "8.505", "-1", "NaN", ""):
            with self.subTest(amount):
                said = self.said(self.send("take", amount=amount, method="cash"))
                self.assertEqual(said[-1], "An amount is written as 12.50.")
        for odd in ({"method": "online"}, {"method": "cash", "key": "no key"}):
            with self.subTest(odd):
                said = self.said(self.send("take", amount="1", **odd))
                self.assertEqual(said[-1], NoKey.detail)
        self.assertEqual(Taking.objects.count(), 0)

    def test_exchange_says_the_difference_which_is_then_taken(self) -> None:
        factories.paid(self.booking)
        path = f"/till/{self.show.pk}/?exchange={self.booking.reference}"
        page = self.client.get(path)
        self.assertEqual(list(page.context["forms"]), ["exchange"])
        data = page.context["seat_map"]
        adult = {"price": "12.50", "type": "adult"}
        self.assertEqual((data["mine"], data["had"]), ([1, 2], {1: adult, 2: adult}))
        swap = {"exchange-seats": "A4", "exchange-give": "2"}
        self.assertRedirects(self.send("exchange", path, **swap), self.path)
        self.assertEqual((seat_map.states(self.show.pk).states, self.due()), ("baaba", 3))
        self.assertContains(self.client.get(self.path), "<b>€3.00</b> due")
        self.send("take", amount="3.00", method="cash")
        back = {"exchange-seats": "A2", "exchange-give": "4"}
        self.send("exchange", path, **back)
        self.assertContains(self.client.get(self.path), "<b>€3.00</b> owed to the buyer")
        self.send("give_back", amount="3.00", method="cash")
        self.assertEqual(self.due(), 0)

    def test_nothing_is_due_for_a_cancelled_booking_and_it_has_no_receipt(self) -> None:
        self.assertContains(self.client.get(self.path), "Print the receipt")
        cancel_booking(booking_id=self.booking.pk, user=None, now=timezone.now())
        page = self.client.get(self.path)
        self.assertContains(page, "<b>Nothing is due</b>")
        self.assertContains(page, "<s>€12.50</s>", count=2)
        for wrong in ("<b>Paid</b>", "Print the receipt", "till-booking.js"):
            self.assertNotContains(page, wrong)

    def test_exchange_that_cannot_be_is_refused(self) -> None:
        path = f"/till/{self.show.pk}/?exchange={self.booking.reference}"
        for swap in (
            {"exchange-seats": "A4", "exchange-give": "3"},
            {"exchange-seats": "A4", "exchange-give": ["1", "2"]},
            {"exchange-seats": "A9", "exchange-give": "1"},
        ):
            with self.subTest(swap):
                self.send("exchange", path, **swap)
                self.assertEqual(seat_map.states(self.show.pk).states, "bbaaa")
        other = factories.show()
        astray = self.client.get(f"/till/{other.pk}/?exchange={self.booking.reference}")
        self.assertEqual(astray.status_code, 404)

    def test_card_is_paid_and_cash_given_back_and_what_was_wrong_is_undone(self) -> None:
        self.send("take", amount="25.00", method="card")
        self.send("cancel", seats=["1"])
        self.send("give_back", amount="12.50", method="card")
        wrong = Taking.objects.get(amount__lt=0)
        for _ in range(2):
            self.send("reverse", taking=wrong.pk)
        self.send("give_back", amount="12.50", method="cash")
        noted = Taking.objects.order_by("at").values_list("amount", "method")
        half = Decimal("12.50")
        self.assertEqual(
            list(noted), [(2 * half, "card"), (-half, "card"), (half, "card"), (-half, "cash")]
        )
        self.assertEqual(self.due(), 0)

    def test_taking_of_another_booking_is_not_undone_here(self) -> None:
        other = book_seats(
            show_id=self.show.pk, seat_numbers=[3], user=self.clerk, now=timezone.now()
        )
        taking = factories.paid(other).takings.get()
        for odd in (taking.pk, "x", "9" * 30, ""):
            with self.subTest(odd):
                self.assertEqual(self.send("reverse", taking=odd).status_code, 404)
        self.assertEqual(Taking.objects.count(), 1)

    def test_tickets_are_cancelled_as_ticked(self) -> None:
        key = str(uuid.uuid4())
        for _ in range(2):
            self.send("cancel", seats=["2"], key=key)
        self.assertEqual(seat_map.states(self.show.pk).states, "baaaa")
        said = self.said(self.send("cancel"))
        self.assertEqual(said[-1], "Choose at least one seat.")
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_each_does_what_the_permissions_say(self) -> None:
        money = {"amount": "25.00", "method": "cash"}
        self.may("add_booking")
        page = self.client.get(self.path)
        self.assertNotContains(page, "Take money")
        self.assertNotContains(page, "Cancel tickets")
        for operation in ("take", "give_back", "reverse", "cancel", "paint", ""):
            with self.subTest(operation):
                refused = self.send(operation, seats=["1"], **money)
                self.assertEqual(refused.status_code, 403)
        self.may("take_money")
        self.assertEqual(self.send("cancel", seats=["1"]).status_code, 403)
        self.assertEqual(self.send("take", **money).status_code, 302)
        self.may()
        for path in (self.path, "/till/", f"/till/{self.show.pk}/seats/1/"):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 403)
        self.client.logout()
        log_in = f"/accounts/login/?next={self.path}"
        self.assertRedirects(self.client.get(self.path), log_in)

    def test_whose_it_is_stands_on_the_receipt(self) -> None:
        buyer = self.booking.user
        assert buyer is not None
        self.assertContains(self.client.get(self.path), buyer.get_username())
        Booking.objects.update(user=None)
        self.assertContains(self.client.get(self.path), "Nobody’s account")
        Booking.objects.update(email="ann@example.org")
        self.assertContains(self.client.get(self.path), "ann@example.org")
        self.assertEqual(self.client.get("/till/bookings/2222-2222/").status_code, 404)

    def test_buyers_page_says_what_is_to_be_paid(self) -> None:
        buyer = self.booking.user
        assert buyer is not None
        self.client.force_login(buyer)
        path = f"/bookings/{self.booking.reference}/"
        unpaid = "To be paid at the box office, or at the door"
        self.assertContains(self.client.get(path), unpaid)
        self.assertNotContains(self.client.get(path), ">Paid</th>")
        factories.paid(self.booking)
        self.assertNotContains(self.client.get(path), unpaid)
        paid = '<tr><th scope="row" colspan="2">Paid</th><td>€25.00</td></tr>'
        self.assertContains(self.client.get(path), paid, html=True)

    def test_shows_are_listed_by_the_day(self) -> None:
        day = timezone.localtime(self.show.starts_at).date()
        Show.objects.filter(pk=factories.show().pk).update(is_listed=False)
        self.assertEqual(self.client.get(f"/till/?date={day}").context["shows"], [self.show])
        for odd in ("0001-01-01", "9999-12-31", "2026-02-30", "x", "\0"):
            with self.subTest(odd):
                self.assertEqual(self.client.get("/till/", {"date": odd}).status_code, 200)
