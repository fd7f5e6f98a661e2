"""A clerk at the till: with the map, with keys, from two tabs, and while the network is away."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client, tag
from playwright.sync_api import Page, expect

from booking.models import Booking, Taking, Ticket
from tests import factories
from tests.journeys.browser import DESKTOP, PHONE, TABLET, BrowserTestCase


@tag("browser")
class TillTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.clerk = factories.user(username="clerk")
        work = ("add_booking", "change_booking", "take_money")
        self.clerk.user_permissions.set(Permission.objects.filter(codename__in=work))

    def till(self, query: str = "") -> Page:
        page = self.window(f"/till/{self.show.pk}/{query}", user=self.clerk)
        self.freshness(page, "live")
        return page

    def sum(self, page: Page, amount: str) -> None:
        expect(page.locator("[data-sum]")).to_have_text(amount)

    def taken(self) -> list[tuple[Decimal, str]]:
        return list(Taking.objects.order_by("at").values_list("amount", "method"))

    def test_two_seats_are_sold_for_cash_and_the_change_is_shown(self) -> None:
        page = self.till()
        expect(page.get_by_role("button", name="Cash")).to_be_disabled()
        self.click_seat(page, 1)
        self.click_seat(page, 2)
        self.sum(page, "€25.00")
        page.get_by_label("Given").fill("30")
        expect(page.locator("[data-change]")).to_have_text("€5.00")
        page.get_by_role("button", name="Cash").click()
        expect(page.locator(".notices .notice")).to_contain_text("Change of €30.00: €5.00.")
        expect(page.locator(".till-due")).to_have_text("Paid")
        self.assertEqual(self.taken(), [(Decimal(25), "cash")])
        page.get_by_role("link", name="Next customer").click()
        self.seat(page, 1, "taken")
        self.click_seat(page, 1)
        page.wait_for_url("**/till/bookings/*/")

    def test_keys_choose_sell_and_let_go(self) -> None:
        page = self.till()
        page.keyboard.press("f")
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        self.sum(page, "€25.00")
        page.keyboard.press("Escape")
        self.sum(page, "€0.00")
        page.keyboard.press("Enter")
        self.sum(page, "€12.50")
        page.keyboard.press("k")
        expect(page.locator(".till-due")).to_have_text("Paid")
        self.assertEqual(self.taken(), [(Decimal("12.50"), "card")])

    def test_types_of_tickets_are_buttons_and_keys(self) -> None:
        self.show = factories.show(
            plan="SSSSS\nSS.SS\nPPPPP\nWC.CW", price="12.50", by=factories.price_list()
        )
        page = self.till()
        self.click_seat(page, 1)
        page.get_by_role("button", name="Child €7.00").click()
        self.click_seat(page, 2)
        self.sum(page, "€19.50")
        page.keyboard.press("3")
        self.click_seat(page, 10)
        self.sum(page, "€30.00")
        page.get_by_role("button", name="A1 standard €12.50").click()
        self.sum(page, "€26.00")
        page.get_by_role("button", name="Card").click()
        expect(page.locator(".till-due")).to_have_text("Paid")
        sold = Ticket.objects.order_by("seat_number").values_list("type", "price")
        half = Decimal("8.50")
        self.assertEqual(
            list(sold), [("student", half), ("child", Decimal(7)), ("student", half + 2)]
        )
        self.assertEqual(self.taken(), [(Decimal(26), "card")])

    def test_leaving_with_seats_that_are_not_sold_asks_first_and_names_them(self) -> None:
        page = self.till()
        self.click_seat(page, 1)
        self.sum(page, "€12.50")
        asked: list[str] = []

        def stay(dialog: Any) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        page.on("dialog", stay)
        page.close(run_before_unload=True)
        expect(page.locator("[data-till-notice]")).to_have_text("Not sold yet: A1.")
        self.assertEqual(asked, ["beforeunload"])

    def test_seat_that_goes_meanwhile_in_another_tab_is_let_go_and_said(self) -> None:
        page = self.till()
        self.click_seat(page, 1)
        self.click_seat(page, 3)
        self.sum(page, "€25.00")
        other = page.context.new_page()
        other.goto(page.url)
        self.freshness(other, "live")
        self.click_seat(other, 1)
        self.sum(other, "€12.50")
        other.get_by_role("button", name="Cash").click()
        expect(other.locator(".till-due")).to_have_text("Paid")
        expect(page.locator("[data-till-notice]")).to_have_text("Gone meanwhile: A1.")
        self.sum(page, "€12.50")

    def test_sale_that_got_no_answer_is_named_and_sent_again_with_its_key(self) -> None:
        page = self.till()
        self.click_seat(page, 1)
        self.sum(page, "€12.50")
        # The server performs it, and the answer is lost.
        lost: list[str] = []

        def lose(route: object) -> None:
            if route.request.method == "POST" and not lost:  # type: ignore[attr-defined]
                lost.append(route.fetch().text())  # type: ignore[attr-defined]
                return route.abort()  # type: ignore[attr-defined]
            return route.continue_()  # type: ignore[attr-defined]

        page.route("**/till/**", lose)
        page.get_by_role("button", name="Cash").click()
        expect(page.locator("[data-till-unsent]")).to_contain_text("Not sent yet: Sell seats A1")
        expect(page.locator(".till-due")).to_have_text("Paid")
        self.assertEqual((Booking.objects.count(), len(lost)), (1, 1))
        self.assertEqual(self.taken(), [(Decimal("12.50"), "cash")])
        self.unreached()

    def test_clerk_who_is_signed_out_is_told_and_goes_on_once_signed_in(self) -> None:
        page = self.till()
        self.click_seat(page, 1)
        self.sum(page, "€12.50")
        page.context.clear_cookies()
        page.get_by_role("button", name="Card").click()
        expect(page.locator("[data-till-notice]")).to_contain_text("you are signed out")
        self.assertEqual(Booking.objects.count(), 0)
        client = Client()
        client.force_login(self.clerk)
        session = client.cookies["sessionid"].value
        own = {"name": "sessionid", "value": session, "url": self.server.url("/")}
        page.context.add_cookies([own])  # type: ignore[list-item]
        page.get_by_role("button", name="Card").click()
        expect(page.locator(".till-due")).to_have_text("Paid")
        self.faults.clear()

    def test_types_go_with_the_seats_that_are_exchanged(self) -> None:
        self.show = factories.show(
            plan="SSSSS\nSS.SS\nPPPPP\nWC.CW", price="12.50", by=factories.price_list()
        )
        booking = self.book(1, 2)
        child = {"type": "child", "price": Decimal("7.00")}
        Ticket.objects.filter(booking=booking, seat_number=2).update(**child)
        page = self.till(f"?exchange={booking.reference}")
        self.click_seat(page, 2)
        self.click_seat(page, 10)
        self.sum(page, "€2.00")
        page.get_by_role("button", name="Exchange seats").click()
        page.wait_for_url("**/till/bookings/*/")
        new = Ticket.objects.get(booking=booking, seat_number=10)
        self.assertEqual((new.type, new.price), ("child", Decimal("9.00")))

    def test_seats_are_exchanged_on_the_map_and_the_difference_is_taken(self) -> None:
        booking = self.book(1, 2)
        page = self.till(f"?exchange={booking.reference}")
        self.click_seat(page, 2)
        self.click_seat(page, 10)
        expect(page.locator("[data-sum-word]")).to_have_text("To pay")
        self.sum(page, "€3.00")
        page.get_by_role("button", name="Exchange seats").click()
        page.wait_for_url("**/till/bookings/*/")
        live = Ticket.objects.filter(booking=booking, cancelled_at=None)
        self.assertEqual(list(live.values_list("seat_number", flat=True)), [1, 10])
        expect(page.locator(".till-due")).to_have_text("€28.00 due")
        page.get_by_role("button", name="Card").click()
        expect(page.locator(".till-due")).to_have_text("Paid")

    def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(self) -> None:
        booking = self.book(1, 2)
        self.clerk.user_permissions.add(Permission.objects.get(codename="see_figures"))
        page = self.till()
        receipt = f"/till/bookings/{booking.reference}/"
        paths = ("/till/", f"/till/{self.show.pk}/", receipt, "/figures/")
        for path in paths:
            for viewport in (DESKTOP, TABLET, PHONE):
                with self.subTest(path, width=viewport["width"]):
                    page.set_viewport_size(viewport)
                    page.goto(self.server.url(path))
                    self.assertEqual(self.too_wide(page), 0)
            self.assertEqual(self.violations(page), [])
