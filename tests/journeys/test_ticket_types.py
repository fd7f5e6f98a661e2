"""Choosing for whom each seat is, on a phone, in two tabs and without scripts."""

from decimal import Decimal

from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Booking, Hold
from booking.services.price_lists import save_price_list
from booking.services.shows import change_show
from tests import factories
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.waiting import until


@tag("browser")
class TicketTypesTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.list = factories.price_list(types=[("child", "7.00"), ("over-60", "9.00")])
        # Seats 14 and 15 are a wheelchair space and its companion seat.
        self.show = factories.show(plan="SSSSS\nSS.SS\nPPPP\nWC.CW", price="12.50", by=self.list)
        self.show_path = f"/shows/{self.show.pk}/"

    def choose(self, page: Page, label: str, name: str) -> None:
        page.get_by_label(f"Seat {label} is for").select_option(name)

    def until_types(self, **types: str) -> None:
        wanted = {name.removeprefix("seat"): code for name, code in types.items()}
        until(lambda: Hold.objects.get(show=self.show).ticket_types == wanted)

    def sell_to_children_no_more(self) -> None:
        save_price_list(
            price_list_id=self.list.pk,
            name=self.list.name,
            vat_rate=self.list.vat_rate,
            companions_free=True,
            types=[factories.type_given("over-60", "9.00")],
            now=timezone.now(),
        )

    def sold(self) -> list[tuple[str, str]]:
        tickets = Booking.objects.get().tickets.order_by("seat_number")
        return [(ticket.type, f"{ticket.price:.2f}") for ticket in tickets]

    def test_adult_and_child_on_a_phone(self) -> None:
        user = factories.user()
        page = self.window(self.show_path, user=user, viewport=PHONE, has_touch=True)
        self.hold(page, 1, 2)
        expect(page.locator("[data-total]")).to_have_text("€25.00")
        self.choose(page, "A2", "Child")
        expect(page.locator("[data-total]")).to_have_text("€19.50")
        self.until_types(seat2="child")

        page.reload()
        expect(page.get_by_label("Seat A2 is for")).to_have_value("child")
        expect(page.locator("[data-total]")).to_have_text("€19.50")
        page.get_by_role("button", name="Review and book").click()
        bill = page.locator("[data-bill] tr")
        expect(bill.nth(0)).to_have_text("Seat A1standard€12.50")
        expect(bill.nth(1)).to_have_text("Seat A2standard, Child€7.00")
        expect(page.locator("[data-bill-total]")).to_have_text("€19.50")
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")
        self.assertEqual(self.sold(), [("adult", "12.50"), ("child", "7.00")])
        expect(page.locator(".bill tfoot")).to_contain_text("7 % VAT in it€1.28")

    def test_second_tab_has_the_same_types(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1)
        other = page.context.new_page()
        other.goto(self.server.url(self.show_path))
        self.choose(page, "A1", "Over-60")
        expect(other.get_by_label("Seat A1 is for")).to_have_value("over-60")
        expect(other.locator("[data-total]")).to_have_text("€9.00")
        self.choose(other, "A1", "Adult")
        expect(page.locator("[data-total]")).to_have_text("€12.50")
        self.until_types()

    def test_companion_is_free_beside_its_wheelchair_space(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 14)
        self.choose(page, "D1", "Child")
        self.hold(page, 15)
        self.until_held(14, 15)
        expect(page.locator("[data-total]")).to_have_text("€7.00")
        expect(page.locator("[data-chosen] li").nth(1)).to_contain_text("companion seat, €0.00")

    def test_type_that_is_sold_no_more_is_asked_about(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        self.hold(page, 1)
        self.choose(page, "A1", "Child")
        self.until_types(seat1="child")
        self.elsewhere(self.sell_to_children_no_more)
        expect(page.locator("[data-terms-text]")).to_have_text("The price list has changed.")
        expect(page.locator("[data-terms-bill-total]")).to_have_text("€12.50")
        page.get_by_role("button", name="Agree, I want these seats").click()
        self.choose(page, "A1", "Over-60")
        self.until_types(seat1="over-60")
        expect(page.locator("[data-total]")).to_have_text("€9.00")

    def test_open_page_offers_the_types_of_a_first_list(self) -> None:
        self.show = factories.show(plan="SSSSS")
        page = self.window(f"/shows/{self.show.pk}/")
        self.freshness(page, "live")
        self.hold(page, 1)
        expect(page.get_by_label("Seat A1 is for")).to_have_count(0)
        show_id, now = self.show.pk, timezone.now()
        self.elsewhere(lambda: change_show(show_id=show_id, now=now, price_list=self.list))
        expect(page.get_by_label("Seat A1 is for")).to_have_value("")

    def test_without_scripts(self) -> None:
        user = factories.user()
        page = self.window(f"{self.show_path}list/?seats=1,2", user=user, java_script_enabled=False)
        page.get_by_label("Seat A2").select_option("Child")
        page.get_by_role("button", name="Choose these seats").click()
        expect(page.locator(".bill tfoot")).to_contain_text("€19.50")
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")
        self.assertEqual(self.sold(), [("adult", "12.50"), ("child", "7.00")])
        self.assertEqual(Booking.objects.get().total, Decimal("19.50"))
