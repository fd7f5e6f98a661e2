"""Paying on the pages, without scripts: from the seat map to the tickets, and what goes wrong."""

import re
from typing import Any
from unittest import mock

from django.test import Client, TestCase, override_settings, tag
from django.utils import timezone

from booking.models import Booking, Hold
from booking.services.amendments import cancel_booking
from booking.services.calling_off import cancel_show
from booking.terms import terms_of
from foundation.outbox.models import Message
from payments.addresses import address_of
from payments.models import Payment, Pretended
from payments.providers import Unreachable, pretend
from tests import factories
from tests.payments.case import GUEST, Paying, later

State = Payment.State


@tag("once")
class PageTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def pay(self, *seats: int, way: str = "pretend", client: Any = None, **fields: str) -> Any:
        form = {"seats": ",".join(map(str, seats or (1, 2))), "email": GUEST.email, **fields}
        form = {name: value for name, value in form.items() if value}
        return (client or self.client).post(f"/shows/{self.show.pk}/pay/{way}/", form)

    def begun(self) -> Payment:
        self.pay()
        return Payment.objects.get()

    def page(self, payment: Payment, query: str = "") -> Any:
        return self.client.get(f"/payments/{address_of(payment)}/{query}")

    def card(self, payment: Payment, card: str = "4242") -> Any:
        found = Pretended.objects.get(payment_id=payment.pk)
        return self.client.post(
            f"/payments/pretend/{found.pk}/", {"card": f"4000 0000 0000 {card}"}
        )

    def test_from_the_map_to_the_tickets(self) -> None:
        answer = self.pay()
        payment = Payment.objects.get()
        self.assertRedirects(answer, f"/payments/{address_of(payment)}/?onward")
        onward = self.page(payment, "?onward")
        self.assertEqual(onward["Refresh"], f"0; url={payment.url}")
        self.assertContains(self.client.get(payment.url.partition("8000")[2]), "Pay €20.00")
        back = self.card(payment)
        self.assertEqual(
            back["Location"].partition("8000")[2], f"/payments/{address_of(payment)}/?back"
        )
        checking = self.page(payment, "?back")
        self.assertContains(checking, "Checking…")
        self.assertEqual(checking["Refresh"], f"3; url=/payments/{address_of(payment)}/?back")
        self.work()
        for _ in range(2):  # Back, and again
            paid = self.page(payment)
            self.assertContains(paid, "€20.00 is paid")
            self.assertNotIn("Refresh", paid)
        tickets = re.search(r'href="(/tickets/[^"]+)"', paid.content.decode())
        assert tickets is not None
        self.assertContains(self.client.get(tickets[1]), Booking.objects.get().reference)
        self.assertNotIn("Refresh", self.page(payment, "?onward"))

    def test_page_says_where_nobody_told(self) -> None:
        payment = self.begun()
        self.card(payment, pretend.NEVER)
        self.page(payment)  # has it asked
        self.work()
        self.assertContains(self.page(payment), "is paid")

    def test_open_pages_ask_a_provider_now_and_then_alone(self) -> None:
        payment = self.begun()
        for _ in range(5):
            self.page(payment)
        asked = Message.objects.filter(kind="payments.finish", due_at__lte=timezone.now())
        self.assertEqual(asked.count(), 1)

    def test_provider_that_hangs_is_asked_by_the_page_and_not_by_what_it_asked_before(self) -> None:
        payment = self.begun()
        self.card(payment, pretend.HANGS)
        for seconds in (0, 5, 10, 15):
            with self.at(later(seconds=seconds)):
                self.assertContains(self.page(payment, "?back"), "Checking…")
                self.work()
        self.assertContains(self.page(payment), "is paid")
        waiting = Message.objects.waiting().filter(kind="payments.finish")
        self.assertEqual(waiting.count(), 1)  # at the end of its time

    def test_not_paid_yet_it_leads_on_and_can_be_left(self) -> None:
        payment = self.begun()
        self.page(payment)
        self.work()
        page = self.page(payment)
        self.assertContains(page, "Not paid yet")
        self.assertEqual(page["Refresh"], f"3; url=/payments/{address_of(payment)}/")
        self.assertContains(page, f'href="{payment.url}"')
        self.assertContains(page, f'Your tickets go to <b dir="auto">{GUEST.email}</b>.')
        answer = self.client.post(f"/payments/{address_of(payment)}/cancel/", follow=True)
        self.assertContains(answer, "The payment is cancelled. Nothing was charged.")
        self.work()
        self.assertEqual(Pretended.objects.get().status, "cancelled")
        self.assertContains(self.page(payment), "Nothing was charged")

    def test_what_is_paid_is_not_cancelled_by_a_late_click(self) -> None:
        payment = self.begun()
        self.card(payment)
        self.work()
        answer = self.client.post(f"/payments/{address_of(payment)}/cancel/")
        self.assertRedirects(answer, f"/payments/{address_of(payment)}/")
        self.assertContains(self.page(payment), "is paid")

    def test_declined_and_then_another_card(self) -> None:
        payment = self.begun()
        self.card(payment, pretend.DECLINED)
        self.work()
        page = self.page(payment)
        self.assertContains(page, "Your card was declined. Nothing was charged.")
        listed = self.client.get(f"/shows/{self.show.pk}/list/").content.decode()
        self.assertEqual(
            re.findall(r'type="hidden" name="seats" value="(\d+)"', listed), ["1", "2"]
        )
        self.pay()
        second = Payment.objects.get(state=State.STARTED)
        self.card(second)
        self.work()
        self.assertEqual(Booking.objects.count(), 1)

    def test_lost_answer_of_the_card_page(self) -> None:
        payment = self.begun()
        answer = self.card(payment, pretend.ANSWER_LOST)
        self.assertContains(answer, "The connection broke", status_code=400)
        self.page(payment)
        self.work()
        self.assertContains(self.page(payment), "is paid")

    def through(self) -> Payment:
        payment = self.begun()
        self.card(payment)
        self.work()
        return payment

    def give_back(self, *seat_numbers: int) -> None:
        pk, now = Booking.objects.get().pk, timezone.now()
        cancel_booking(booking_id=pk, user=None, now=now, seat_numbers=seat_numbers or None)

    def test_what_is_given_back_is_not_said_to_be_the_buyers(self) -> None:
        payment = self.through()
        self.give_back(1)
        for _ in range(2):  # before the money is sent, and after
            page = self.page(payment)
            self.assertContains(page, "€20.00 is paid. €10.00 of it goes back")
            self.work()
        self.give_back()
        for _ in range(2):
            page = self.page(payment)
            self.assertContains(page, "Of €20.00 that you paid, €20.00 goes back")
            self.assertNotContains(page, "yours")
            self.work()

    def test_show_that_is_called_off_is_said_to_be(self) -> None:
        payment = self.through()
        cancel_show(show_id=self.show.pk, now=timezone.now())
        self.work()
        page = self.page(payment)
        self.assertContains(page, "The show is called off. Of €20.00 that you paid, €20.00 goes")
        self.assertNotContains(page, "yours")

    def test_smaller_capture_is_what_was_paid(self) -> None:
        payment = self.begun()
        self.card(payment)
        with mock.patch.object(pretend.Pretend, "capture", side_effect=Unreachable):
            self.work()
        Payment.objects.update(capturing_at=None)
        self.give_back(2)
        self.work()
        for _ in range(2):
            self.assertContains(self.page(payment), "€10.00 is paid. Your reference")
            self.retry()

    def test_promise_that_was_broken_leads_to_the_tickets_while_there_are_some(self) -> None:
        payment = self.begun()
        self.card(payment, pretend.LAPSES)
        self.work()
        page = self.page(payment)
        self.assertContains(page, "is to be paid at the box office")
        self.assertContains(page, "See your tickets")
        self.give_back()
        page = self.page(payment)
        self.assertContains(page, "Nothing was charged.")
        self.assertNotContains(page, "to be paid")

    def test_promise_given_up_for_a_cancelled_booking_is_not_to_be_paid(self) -> None:
        payment = self.begun()
        self.card(payment)
        with mock.patch.object(pretend.Pretend, "capture", side_effect=Unreachable):
            self.work()
        Payment.objects.update(capturing_at=None)
        self.give_back()
        self.work()
        self.retry()
        page = self.page(payment)
        self.assertContains(page, "Nothing was charged.")
        self.assertNotContains(page, "to be paid")

    def test_address_of_a_payment_opens_a_guests_tickets_for_an_hour(self) -> None:
        payment = self.through()
        self.assertContains(self.page(payment), "/tickets/")
        with self.at(later(hours=1, seconds=1)):
            page = self.page(payment)
        self.assertNotContains(page, "/tickets/")
        self.assertContains(page, "the link in our mail")

    def test_two_tabs_are_one_payment(self) -> None:
        first, again = self.pay(), self.pay()
        self.assertEqual(first["Location"], again["Location"])
        self.assertEqual(Payment.objects.count(), 1)

    def test_seats_that_were_not_shown_are_not_paid(self) -> None:
        self.pay(1, 2)
        answer = self.pay(1, 2, 3)
        self.assertContains(answer, "Your seats have changed", status_code=409)
        self.assertEqual(Payment.objects.get().seat_numbers, [1, 2])

    def test_other_terms_are_asked_for(self) -> None:
        self.pay(terms=terms_of(self.show))
        answer = self.pay(terms="another")
        self.assertContains(
            answer, f'formaction="/shows/{self.show.pk}/pay/pretend/"', status_code=409
        )
        self.assertContains(answer, "The show has changed", status_code=409)

    def test_refusals_are_said_on_the_map(self) -> None:
        for way, said, status in (
            ("barter", "There is no way to pay named", 400),
            ("counter", "book the seats", 400),
        ):
            self.assertContains(self.pay(way=way), said, status_code=status)
        self.assertContains(self.pay(email="ada"), "Enter a valid email", status_code=400)
        self.assertFalse(Payment.objects.exists())

    def test_who_has_no_account_and_no_address_is_asked_to_sign_in(self) -> None:
        answer = self.pay(email="")
        self.assertIn("/accounts/login/", answer["Location"])

    def test_account_pays_without_an_address(self) -> None:
        self.client.force_login(factories.user())
        self.pay(email="")
        payment = Payment.objects.get()
        self.card(payment)
        self.work()
        self.assertContains(self.page(payment), "/bookings/")
        self.assertIsNotNone(Booking.objects.get().user)

    def test_another_browser_pays_for_nobody_elses_hold(self) -> None:
        self.pay()
        answer = self.pay(client=Client())
        self.assertEqual(answer.status_code, 409)
        self.assertEqual(Hold.objects.count(), 1)

    def test_page_is_under_a_secret_address(self) -> None:
        payment = self.begun()
        address = address_of(payment)
        for wrong in (str(payment.pk), f"{payment.pk}.x", address[:-1], f"1{address}"):
            self.assertEqual(self.client.get(f"/payments/{wrong}/").status_code, 404)
        page = self.page(payment)
        self.assertEqual(page["Referrer-Policy"], "same-origin")
        self.assertIn("no-store", page["Cache-Control"])

    def test_show_offers_what_can_be_paid_with(self) -> None:
        url = f"/shows/{self.show.pk}/"
        self.assertContains(self.client.get(url), "Pay now: Pretended card")
        with override_settings(PAYMENTS=["counter"]):
            page = self.client.get(f"{url}?seats=1")
            self.assertNotContains(page, "Pay now")
            self.assertNotContains(page, "pay at the box office")

    def test_seats_that_cost_nothing_are_booked_by_one_button(self) -> None:
        url = f"/shows/{self.show.pk}/list/?seats=1"
        self.assertContains(self.client.get(url), "Pay now: Pretended card")
        self.set_up(price="0.00")
        page = self.client.get(f"/shows/{self.show.pk}/list/?seats=1")
        self.assertContains(page, "Book these seats</button>")
        self.assertNotContains(page, "Pay now")
        self.assertNotContains(page, "pay at the box office")

    def test_cards_are_pretended_where_that_is_offered(self) -> None:
        payment = self.begun()
        url = f"/payments/pretend/{Pretended.objects.get().pk}/"
        self.assertContains(self.client.post(url, {"card": "1234"}), "No card", status_code=400)
        self.assertEqual(self.client.get("/payments/pretend/1/").status_code, 404)
        self.client.post(url, {"leave": "1"})
        self.assertEqual(Pretended.objects.get().status, "cancelled")
        with override_settings(PAYMENTS=["counter"]):
            self.assertEqual(self.client.get(url).status_code, 404)
        self.page(payment)
        self.work()
        payment.refresh_from_db()
        self.assertEqual(payment.state, State.CANCELLED)


@tag("once")
class ApiTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def pay(self, hold: Hold, **body: Any) -> Any:
        body = {"provider": "pretend", "email": " Ada@Example.org"} | body
        return self.client.post(
            f"/api/holds/{hold.token}/pay/", body, content_type="application/json"
        )

    def test_hold_is_paid(self) -> None:
        answer = self.pay(self.hold(1))
        payment = Payment.objects.get()
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual(answer["Location"], f"/api/payments/{body['id']}/")
        self.assertEqual(
            (body["state"], body["amount"], body["url"]), ("started", "10.00", payment.url)
        )
        self.use(payment)
        self.work()
        after = self.client.get(answer["Location"]).json()
        booking = Booking.objects.get()
        self.assertEqual(after["state"], "captured")
        self.assertEqual(after["booking"], {"id": booking.pk, "reference": booking.reference})
        self.assertEqual((after["url"], booking.email), ("", "ada@example.org"))

    def test_program_that_asks_has_it_looked_up(self) -> None:
        answer = self.pay(self.hold(1))
        self.use(Payment.objects.get(), pretend.NEVER)
        self.assertEqual(self.client.get(answer["Location"]).json()["state"], "started")
        self.work()
        self.assertEqual(self.client.get(answer["Location"]).json()["state"], "captured")

    def test_refusals_have_their_codes(self) -> None:
        hold = self.hold(1)
        for body, status, code in (
            ({"provider": "barter"}, 400, "way_not_offered"),
            ({"email": "ada"}, 400, "invalid"),
            ({"email": "jörg@example.org"}, 400, "invalid"),
            ({"amount": "0.01"}, 400, "invalid"),
        ):
            answer = self.pay(hold, **body)
            self.assertEqual((answer.status_code, answer.json()["code"]), (status, code))
        nobody = self.client.post(
            f"/api/holds/{hold.token}/pay/",
            {"provider": "pretend"},
            content_type="application/json",
        )
        self.assertEqual((nobody.status_code, nobody.json()["code"]), (400, "no_buyer"))
        self.assertEqual(self.client.get("/api/payments/1.x/").status_code, 404)
        self.assertFalse(Payment.objects.exists())
