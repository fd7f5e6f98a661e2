"""Paying in a browser, on a phone: with a card that is declined, and then with one that is not."""

from contextlib import AbstractContextManager
from typing import Any

from django.test import tag
from playwright.sync_api import Page, expect

from booking.models import Booking, Show
from payments.addresses import address_of
from payments.models import Payment
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.live import LiveServer


@tag("once")
class PayingTests(BrowserTestCase):
    @classmethod
    def new_server(cls) -> AbstractContextManager[Any]:
        """Return a server that a provider leads back to."""
        server = LiveServer(env={"THROTTLES": "off", "WORKER": "on"})
        server.env["SITE_URL"] = server.url("").rstrip("/")
        return server

    def begin(self, **window: Any) -> Page:
        """Hold a seat as a guest, and go to the card page."""
        page = self.window(self.show_path, viewport=PHONE, **window)
        self.hold(page, 4)
        page.get_by_role("button", name="Review and book").click()
        page.locator("[data-as-guest]").click()
        page.locator("#guest-email").fill("ada@example.org")
        page.get_by_role("button", name="Pay now").click()
        expect(page.get_by_role("heading", name="Pay €12.50")).to_be_visible()
        return page

    def pay(self, page: Page, card: str) -> None:
        page.locator("#card").fill(f"4000 0000 0000 {card}")
        page.get_by_role("button", name="Pay", exact=True).click()

    def test_declined_and_then_paid(self) -> None:
        page = self.begin()
        self.pay(page, "0002")
        expect(page.get_by_role("heading", name="Declined")).to_be_visible()
        page.get_by_role("link", name="Pay in another way").click()
        page.locator("[data-as-guest]").click()
        page.locator("#guest-email").fill("ada@example.org")
        page.get_by_role("button", name="Pay now").click()
        self.pay(page, "4242")
        expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
        booking = Booking.objects.get()
        page.get_by_role("link", name="See your tickets").click()
        expect(page.get_by_text(booking.reference).first).to_be_visible()
        self.assertEqual(Payment.objects.filter(state="captured").count(), 1)

    def test_nothing_to_pay_is_booked(self) -> None:
        Show.objects.update(price=0)
        page = self.window(self.show_path, viewport=PHONE)
        self.hold(page, 4)
        page.get_by_role("button", name="Review and book").click()
        page.locator("[data-as-guest]").click()
        expect(page.get_by_role("button", name="Book these seats", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Pay now")).to_have_count(0)
        page.locator("#guest-email").fill("ada@example.org")
        page.locator("#guest-email").press("Enter")
        page.wait_for_url("**/tickets/**")
        self.assertEqual(Booking.objects.get().email, "ada@example.org")

    def test_payment_is_given_up_by_its_button(self) -> None:
        page = self.begin()
        address = address_of(Payment.objects.get())
        page.goto(self.server.url(f"/payments/{address}/"))
        page.get_by_role("button", name="Don’t pay").click()
        expect(page.get_by_text("The payment is cancelled.")).to_be_visible()
        self.assertEqual(Payment.objects.get().state, "cancelled")

    def test_back_and_another_tab_do_no_harm(self) -> None:
        page = self.begin()
        card_page = page.url
        page.go_back()
        expect(page.locator("body")).to_be_visible()
        other = page.context.new_page()
        other.goto(card_page)
        self.pay(other, "4242")
        expect(other.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
        other.reload()
        expect(other.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
        page.goto(card_page)
        expect(page.get_by_text("This payment is captured.")).to_be_visible()
        self.assertEqual(Booking.objects.count(), 1)
