"""What happened to a show's seats, seen and checked in a browser."""

import re

from django.test import tag
from playwright.sync_api import Page, Route, expect

from booking.models import SeatChange
from tests import factories
from tests.journeys.browser import BrowserTestCase
from tests.ledger import rewrite_log

ELSEWHERE = "http://192.168.0.7/"
# Where the letters of both sides begin and end, in shares of the map's width.
LETTERS_AT = """() => {
  const map = document.querySelector("[data-seat-map]").getBoundingClientRect();
  return [...document.querySelectorAll(".row-letters text")].map((text) => {
    const { left, right } = text.getBoundingClientRect();
    return [(left - map.left) / map.width, (right - map.left) / map.width];
  });
}"""


@tag("browser")
class LogTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log_path = f"{self.show_path}log/"
        self.book(1)
        self.book(2, 3)
        self.book(18)

    def says(self, page: Page, entry: str, *lines: str) -> None:
        expect(page.locator("[data-log-version]")).to_have_text(entry)
        expect(page.locator("[data-log-lines] li")).to_have_text(list(lines))

    def verdict(self, page: Page, text: str | re.Pattern[str]) -> None:
        page.get_by_role("button", name="Verify").click()
        expect(page.locator("[data-verdict-text]")).to_have_text(text)

    def test_visitor_goes_back_in_time_and_verifies_all_of_it(self) -> None:
        page = self.window(self.log_path)
        for seat_number in (1, 2, 3, 18):
            self.seat(page, seat_number, "taken")
        self.says(page, "3", "Booked D4")
        expect(page.locator('[data-count="free"]')).to_have_text("14")

        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        self.says(page, "2", "Booked A2, A3")
        self.seat(page, 18, "free")
        self.seat(page, 2, "taken")
        page.keyboard.press("Home")
        self.says(page, "0", "Every seat was free.")
        self.seat(page, 1, "free")
        page.get_by_role("button", name="Next entry").click()
        self.says(page, "1", "Booked A1")
        self.assertTrue(page.url.endswith("?at=1"))
        page.reload()
        self.says(page, "1", "Booked A1")
        page.goto(self.server.url(self.log_path))
        page.get_by_role("link", name="2", exact=True).click()
        self.says(page, "2", "Booked A2, A3")

        self.verdict(page, re.compile("^All 3 entries of the log fit"))

    def test_letters_of_rows_stand_at_both_sides(self) -> None:
        page = self.window(self.log_path)
        self.seat(page, 18, "taken")
        first, last = page.evaluate(LETTERS_AT)
        self.assertTrue(0 <= first[0] < first[1] < 0.2, first)
        self.assertTrue(0.8 < last[0] < last[1] <= 1, last)

    def test_entry_that_somebody_altered_is_named_and_shown(self) -> None:
        page = self.window(self.log_path)
        self.seat(page, 18, "taken")
        SeatChange.objects.filter(show=self.show, version=2).update(changes=[[2, "b"], [4, "b"]])

        self.verdict(page, "Entry 2 does not fit: its digest is not that of what it says.")

        page.get_by_role("button", name="Show that entry").click()
        expect(page.locator("[data-log-version]")).to_have_text("2")

    def test_buyer_checks_a_receipt_and_finds_a_log_that_was_rewritten_as_a_whole(self) -> None:
        user = factories.user()
        booking = self.book(4, 5, user=user)
        self.book(6)
        page = self.window(f"/bookings/{booking.reference}/", user=user)
        button, text = (
            page.get_by_role("button", name="Check it"),
            page.locator("[data-verdict-text]"),
        )

        button.click()

        says = (
            r"^Entry 4 booked A4, A5, on .*, as your receipt says. All 5 entries of the log fit\.$"
        )
        expect(text).to_have_text(re.compile(says))
        rewrite_log(self.show.pk, 3, [[16, "b"]])
        button.click()
        expect(text).to_have_text("Entry 4 does not fit: it had another digest before.")

    def test_page_that_came_without_https_works_and_says_why_it_cannot_verify(self) -> None:
        page = self.browser.new_page(reduced_motion="reduce")
        self.addCleanup(page.close)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

        def forward(route: Route) -> None:
            there = route.request.url.replace(ELSEWHERE, self.server.url("/"))
            route.fulfill(response=route.fetch(url=there))

        page.route(f"{ELSEWHERE}**", forward)
        self.addCleanup(page.unroute_all, behavior="ignoreErrors")  # what is still under way
        page.goto(f"{ELSEWHERE}{self.log_path[1:]}")

        self.assertEqual(page.evaluate("typeof crypto.subtle"), "undefined")
        expect(page.locator("[data-verdict-text]")).to_have_text(re.compile("https"))
        expect(page.get_by_role("button", name="Verify")).to_be_hidden()
        page.get_by_role("button", name="Previous entry").click()
        self.seat(page, 18, "free")
