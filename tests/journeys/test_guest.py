"""A guest on a phone: two seats for an e-mail address, the mail, its link, and away again."""

import re
from typing import Any

from django.core import mail
from django.test import tag
from playwright.sync_api import Page, expect

from booking.models import Booking
from foundation.outbox import worker
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.live import LiveServer

ADA = "ada@example.org"
BOX_OFFICE = re.compile("^(Book these seats|Pay at the box office)")


@tag("once")
class GuestTests(BrowserTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"THROTTLES": "off", "WORKER": "off"})

    def sent(self) -> list[Any]:
        mail.outbox.clear()
        while worker.do_next():
            pass
        return list(mail.outbox)

    def book(self, page: Page) -> Booking:  # type: ignore[override]
        """Choose two seats, and book them with an address alone."""
        self.click_seat(page, 1)
        self.click_seat(page, 2)
        page.get_by_role("button", name="Review and book").click()
        page.get_by_role("button", name="Continue with an e-mail address").click()
        expect(page.locator("[data-bill-total]")).to_have_text("€25.00")
        page.get_by_label("E-mail address").fill(ADA)
        page.get_by_role("button", name=BOX_OFFICE).click()
        page.wait_for_url("**/tickets/*/")
        return Booking.objects.get(email=ADA)

    def test_guest_books_opens_the_mailed_link_and_cancels(self) -> None:
        page = self.window(self.show_path, viewport=PHONE)
        booking = self.book(page)
        expect(page.locator("strong.reference")).to_have_text(booking.reference)
        expect(page.get_by_text(ADA)).to_be_visible()
        expect(page.get_by_role("img", name="The QR code of seat A2")).to_be_visible()
        self.assertEqual(self.widest(page), PHONE["width"])

        [told] = self.sent()
        path = re.search(r"/tickets/[\w-]+/", str(told.body))
        assert path is not None
        other = self.window(path[0], viewport=PHONE)
        expect(other.locator("strong.reference")).to_have_text(booking.reference)
        # With scripts and without a click, as what looks at links in mails does.
        other.wait_for_load_state("networkidle")
        booking.refresh_from_db()
        self.assertEqual(booking.status, "confirmed")

        other.get_by_text("Cancel tickets").click()
        other.get_by_role("checkbox", name="Seat A1").check()
        other.get_by_role("button", name="Cancel the ticked seats").click()
        expect(other.get_by_text("Cancelled and free again: A1.")).to_be_visible()
        other.get_by_text("Cancel booking").click()
        other.get_by_role("button", name="Yes, cancel it").click()
        expect(other.get_by_text("is cancelled")).to_be_visible()
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")

    def test_guest_books_without_scripts(self) -> None:
        path = f"{self.show_path}list/?seats=1,2"
        page = self.window(path, viewport=PHONE, java_script_enabled=False)
        page.get_by_label("E-mail address").fill(ADA)
        page.get_by_role("button", name=BOX_OFFICE).click()
        page.wait_for_url("**/tickets/*/")
        expect(page.locator("strong.reference")).to_have_text(Booking.objects.get().reference)

    def widest(self, page: Page) -> int:
        return int(page.evaluate("document.documentElement.scrollWidth"))
