"""From the seat to the door on a phone, by a guest who pays, until the show is called off."""

import re
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import Permission
from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import ADMIT, Booking, ShowSeat, Ticket
from payments.models import Payment, Refund
from tests import factories
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.live import LiveServer
from tests.waiting import until

GUEST = "ada@example.org"
DECLINED = "4000 0000 0000 0002"
# Of the plan that a journey's show has: A1, A2, the first wheelchair space, and the seat beside it.
ADULT, CHILD, WHEELCHAIR, COMPANION = 1, 2, 15, 16


@tag("once")
class WholeWayTests(BrowserTestCase):
    @classmethod
    def new_server(cls) -> AbstractContextManager[Any]:
        server = LiveServer(env={"THROTTLES": "off", "WORKER": "on", "EMAIL_URL": ""})
        server.env["SITE_URL"] = server.url("").rstrip("/")
        return server

    def setUp(self) -> None:
        super().setUp()
        prices = factories.price_list(types=[("child", "8.00")])
        soon = timezone.now() + timedelta(minutes=40)
        self.show = factories.show(
            plan="SSSSS\nSS.SS\nPPPPP\nWC.CW", price="12.50", starts_at=soon, by=prices
        )
        self.show_path = f"/shows/{self.show.pk}/"

    def test_guest_pays_comes_in_and_gets_the_money_back(self) -> None:
        page = self.window(self.show_path, viewport=PHONE, has_touch=True)
        self.hold(page, ADULT, CHILD, WHEELCHAIR, COMPANION)
        page.get_by_label("Seat A2 is for").select_option("Child")
        expect(page.locator("[data-total]")).to_have_text("€33.00")
        page.get_by_role("button", name="Review and book").click()
        page.get_by_role("button", name="Continue with an e-mail address").click()
        page.get_by_label("E-mail address").fill(GUEST)
        self.pays(page)

        tickets = list(Ticket.objects.order_by("seat_number"))
        self.assertEqual(
            [(ticket.seat_number, ticket.type, str(ticket.price)) for ticket in tickets],
            [
                (ADULT, "adult", "12.50"),
                (CHILD, "child", "8.00"),
                (WHEELCHAIR, "adult", "12.50"),
                (COMPANION, "adult", "0.00"),
            ],
        )
        until(lambda: Payment.objects.filter(captured=Decimal("33.00")).exists())
        own = self.window(self.link_in_mail("Your tickets"), viewport=PHONE)
        expect(own.get_by_text(tickets[0].booking.reference).first).to_be_visible()

        self.comes_in(tickets[0].code)

        watching = self.window(self.show_path)
        self.is_called_off()
        expect(watching.get_by_text("called off").first).to_be_visible()
        until(lambda: Refund.objects.filter(state="done").exists())
        [refund] = Refund.objects.all()
        self.assertEqual(refund.amount, Decimal("33.00"))
        until(lambda: Booking.objects.get().cancelled_at)
        self.assertFalse(ShowSeat.objects.filter(show=self.show, state="b").exists())
        own.goto(self.server.url(self.link_in_mail("Called off")))
        expect(own.get_by_text("called off").first).to_be_visible()

    def pays(self, page: Page) -> None:
        """Pay with a card that is declined, then with another."""
        page.get_by_role("button", name="Pay now").click()
        page.get_by_label("Card").fill(DECLINED)
        page.get_by_role("button", name="Pay", exact=True).click()
        expect(page.get_by_role("heading", name="Declined")).to_be_visible()
        page.get_by_role("link", name="Pay in another way").click()
        page.get_by_role("button", name="Continue with an e-mail address").click()
        page.get_by_label("E-mail address").fill(GUEST)
        page.get_by_role("button", name="Pay now").click()
        page.get_by_role("button", name="Pay", exact=True).click()
        expect(page.get_by_role("heading", name="Paid")).to_be_visible()
        expect(page.get_by_role("link", name="See your tickets")).to_be_visible()

    def link_in_mail(self, subject: str) -> str:
        """Return the path of the tickets that a mail leads to, once it is on the console."""
        mail = re.compile(
            rf"To: {GUEST}\nSubject: [^\n]*{subject}.*?(http://\S+/tickets/\S+)", re.S
        )
        found: Any = until(lambda: mail.search(self.server.log))
        return str(urlsplit(found[1]).path)

    def comes_in(self, code: str) -> None:
        ann = factories.user(username="ann")
        ann.user_permissions.add(Permission.objects.get(codename=ADMIT.partition(".")[2]))
        door = self.window(f"/door/{self.show.pk}/", user=ann, viewport=PHONE)
        for word in ("Admitted", "Already"):
            door.get_by_label("Code or reference").fill(code)
            door.get_by_role("button", name="Admit").click()
            expect(door.locator("[data-answer-word]")).to_contain_text(word)
            door.get_by_role("button", name="Next").click()
        self.refused()

    def is_called_off(self) -> None:
        manager = factories.user(username="mia", is_staff=True, is_superuser=True)
        page = self.window(f"/admin/booking/show/{self.show.pk}/change/", user=manager)
        page.get_by_role("link", name="Call off or move").click()
        page.get_by_label("It does not take place").check()
        page.get_by_role("button", name="Call it off").click()
        expect(page.get_by_text("called off").first).to_be_visible()
