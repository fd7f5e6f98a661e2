"""Staff sell seats of a show at the till."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from booking.models import Booking, SeatChange, Show, Taking, Ticket
from booking.services.shows import change_show
from booking.terms import terms_of
from tests import factories
from tests.booking.pages.counter import CounterTestCase
from tests.commits import CommitTestCase


class SellTest(CounterTestCase):
    def test_seats_are_sold_to_an_account(self) -> None:
        ada = factories.user(username="ada")
        response = self.send("sell", seats="b1, A2", username="Ada")
        booking = Booking.objects.get()
        receipt = f"/till/bookings/{booking.reference}/"
        self.assertRedirects(response, receipt, fetch_redirect_response=False)
        self.assertEqual((booking.user, self.states()), (ada, "abaaabaaaa"))
        sold = f"Sold A2, B1 to ada: {booking.reference}. €20.00 to be paid later."
        self.assertEqual(self.said(response), [sold])
        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.user, entry.get_edited_object(), entry.get_change_message()),
            (self.staff, self.show, sold),
        )

    def test_seats_are_sold_at_the_price_that_the_form_shows_or_not_at_all(self) -> None:
        page = self.client.get(self.path)
        self.assertContains(page, "A seat costs €10.00, premium €13.00.")
        shown = terms_of(self.show)
        self.assertContains(page, f'<input type="hidden" name="sell-terms" value="{shown}"')
        change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))

        response = self.send("sell", seats="A1", terms=shown)

        self.assertEqual(self.said(response), ["The price is now €12.00 instead of €10.00."])
        self.assertEqual(self.states(), "aaaaaaaaaa")
        self.assertContains(response, "A seat costs €12.00, premium €15.00.", status_code=409)
        now = terms_of(Show.objects.get())
        agreeing = f'<input type="hidden" name="sell-terms" value="{now}"'
        self.assertContains(response, agreeing, status_code=409)
        self.send("sell", seats="A1", terms=now)
        self.assertEqual(self.states(), "baaaaaaaaa")

    def test_seats_are_sold_to_nobodys_account_unless_one_is_named(self) -> None:
        self.send("sell", seats="1 10")
        booking = Booking.objects.get()
        self.assertEqual((booking.user, booking.email, self.states()), (None, "", "baaaaaaaab"))

    def test_price_is_taken_with_the_sale_and_the_change_is_said(self) -> None:
        response = self.send("sell", seats="A1 A2", method="cash", given="50")
        booking = Booking.objects.get()
        said = f"Sold A1, A2: {booking.reference}. €20.00 taken, cash. Change of €50.00: €30.00."
        self.assertEqual(self.said(response), [said])
        taken = Taking.objects.get()
        self.assertEqual(
            (taken.booking, taken.amount, taken.method, taken.by),
            (booking, Decimal("20.00"), "cash", self.staff),
        )

    def test_types_of_tickets_follow_a_colon(self) -> None:
        self.show = factories.show(by=factories.price_list())
        self.assertContains(self.client.get(self.path), "A1:child, A1:student")
        self.send("sell", seats="A1 A2:child a3:Student A4:adult", method="card")
        tickets = Ticket.objects.order_by("seat_number").values_list("type", "price")
        self.assertEqual(
            [(kind, str(price)) for kind, price in tickets],
            [("adult", "10.00"), ("child", "7.00"), ("student", "8.50"), ("adult", "10.00")],
        )
        self.assertEqual(Taking.objects.get().amount, Decimal("35.50"))
        response = self.send("sell", seats="B1:dog")
        refusal = {"seats": ["This show has no ticket of type dog."]}
        self.assertEqual(self.errors(response, "sell"), refusal)

    def test_amounts_are_right_or_refused_and_never_cut(self) -> None:
        for given in ("8,50", "1.234,50", "8.505", "NaN", "-1"):
            with self.subTest(given):
                response = self.send("sell", seats="A1", method="cash", given=given)
                self.assertEqual(list(self.errors(response, "sell")), ["given"])
        response = self.send("sell", seats="A1", method="online")
        self.assertEqual(list(self.errors(response, "sell")), ["method"])
        self.assertEqual(self.states(), "aaaaaaaaaa")

    def test_free_seat_is_sold_without_a_taking(self) -> None:
        self.show = factories.show(price="0.00")
        self.send("sell", seats="A1", method="cash")
        self.assertEqual((self.states()[0], Taking.objects.count()), ("b", 0))

    def test_scripts_get_where_to_go_on_or_why_not(self) -> None:
        form = {"operation": "sell", "sell-seats": "A1", "key": "once"}
        for _ in range(2):
            answer = self.client.post(self.path, form, headers={"Accept": "application/json"})
            reference = Booking.objects.get().reference
            self.assertEqual(answer.json(), {"url": f"/till/bookings/{reference}/"})
        headers = {"Accept": "application/json"}
        taken = self.client.post(self.path, form | {"key": "twice"}, headers=headers)
        self.assertEqual((taken.status_code, taken.json()["code"]), (409, "seat_taken"))
        unknown = self.client.post(self.path, form | {"sell-seats": "Z9"}, headers=headers)
        self.assertEqual(
            (unknown.status_code, unknown.json()), (400, {"detail": "This show has no seat Z9."})
        )

    def test_form_that_is_sent_twice_sells_once_and_says_so_once(self) -> None:
        form = {"operation": "sell", "sell-seats": "A1", "key": "once"}
        self.client.post(self.path, form)

        second = self.client.post(self.path, form)

        reference = Booking.objects.get().reference
        said = f"Sold A1: {reference}. €10.00 to be paid later."
        self.assertEqual(self.said(second), [said])
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_refusal_is_a_message_and_the_form_stays(self) -> None:
        self.send("sell", seats="A1")
        self.client.get("/admin/")
        response = self.send("sell", seats="A1 A2")
        self.assertTrue(self.said(response)[-1].startswith("Seat A1 was taken "))
        self.assertContains(response, 'value="A1 A2"', status_code=409)
        self.assertEqual(self.states(), "baaaaaaaaa")
        self.assertEqual(LogEntry.objects.count(), 1)

    def test_what_cannot_be_meant_is_refused_in_the_form(self) -> None:
        response = self.send("sell", seats="A1 Z9 11", username="nobody")
        self.assertEqual(
            self.errors(response, "sell"),
            {
                "seats": ["This show has no seat Z9, 11."],
                "username": ["There is no account of this name."],
            },
        )
        response = self.send("sell", seats=" , ")
        self.assertIn("Choose at least one seat.", self.said(response))
        factories.user(username="gone", is_active=False)
        response = self.send("sell", seats="A1", username="gone")
        self.assertEqual(list(self.errors(response, "sell")), ["username"])
        self.assertEqual(Booking.objects.count(), 0)

    def test_show_that_started_sells_nothing(self) -> None:
        self.show = factories.show(starts_at=timezone.now() - timedelta(minutes=1))
        self.assertEqual(self.said(self.send("sell", seats="A1")), ["The show has started."])


class CounterCommitTest(CommitTestCase):
    """With real transactions, which a service must open by itself."""

    def test_sale_is_committed_and_told(self) -> None:
        show: Show = factories.show()
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        with mock.patch("booking.events.publish") as publish:
            response = self.client.post(
                f"/till/{show.pk}/",
                {"operation": "sell", "sell-seats": "A1"},
            )
        self.assertEqual(response.status_code, 302)
        self.assertEqual(publish.call_args.kwargs["text"], SeatChange.objects.get().text)
