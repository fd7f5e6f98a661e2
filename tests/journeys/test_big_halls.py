"""Halls of thousands of seats: as few nodes as a small one, and as easy to use."""

import re

from django.test import tag
from playwright.sync_api import Page, expect

from tests import factories
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.journeys.maps import MAP, appearances, place_of, seats_of

BLOCKS = "S" * 24 + ".." + "P" * 24 + ".." + "S" * 24
HALLS = {70: "\n".join([BLOCKS] * 70), 100: "\n".join(["WC" + "S" * 96 + "CW"] * 100)}
MOST_NODES, MOST_OF_A_ROW = 700, 6
COUNT = "document.querySelectorAll('*').length"


@tag("browser")
class BigHallTests(BrowserTestCase):
    def open(self, rows: int, **options: object) -> Page:
        """Open the page of a show in a hall of so many rows, with some seats sold in most."""
        self.show = factories.show(plan=HALLS[rows])
        self.show_path = f"/shows/{self.show.pk}/"
        across = self.show.auditorium.capacity // rows
        sold = [row * across + seat for row in range(0, rows, 2) for seat in (5, 6)]
        self.show.show_seats.filter(seat_number__in=sold).update(state="b")
        page = self.window(self.show_path, **options)
        self.freshness(page, "live")
        return page

    def test_map_has_few_nodes_zoomed_or_not_and_with_the_list_open(self) -> None:
        for rows in HALLS:
            with self.subTest(rows=rows):
                page = self.open(rows)
                most = MOST_NODES + MOST_OF_A_ROW * rows
                self.assertEqual(appearances(page).count("taken"), rows)
                self.assertLessEqual(page.evaluate(COUNT), most)
                shape = page.locator(".seat-shape").first
                self.assertNotIn("q", shape.get_attribute("d") or "")  # a square
                while page.locator(".shows-positions").count() == 0:
                    page.get_by_label("Zoom in").click()
                expect(page.locator(".seat-numbers").first).to_contain_text(re.compile(r"\d"))
                self.assertIn("q", shape.get_attribute("d") or "")  # a chair
                self.assertLessEqual(page.evaluate(COUNT), most)
                page.get_by_text("Seats as a list").click()
                expect(
                    page.get_by_role("checkbox", name=re.compile("^Row A, seat 1,"))
                ).to_be_visible()
                self.assertLessEqual(page.evaluate(COUNT), most + 4 * 100)
                page.context.close()

    def test_change_draws_one_row_anew(self) -> None:
        page = self.open(70)
        page.evaluate(
            """() => {
              window.drawn = new Set();
              new MutationObserver((changes) => {
                const shapes = changes.filter(({ target }) => target.matches(".seat-shape"));
                for (const { target } of shapes) drawn.add(target);
              }).observe(document.querySelector("[data-seat-map]"),
                { subtree: true, attributeFilter: ["d"] });
            }"""
        )
        self.book(4_250)
        self.seat(page, 4_250, "taken")
        self.assertLessEqual(page.evaluate("drawn.size"), 2)

    def test_list_comes_in_parts(self) -> None:
        page = self.open(70)
        page.get_by_text("Seats as a list").click()
        page.get_by_label("Rows in the list").select_option("Row B")
        page.get_by_role("checkbox", name="Row B, seat 72, standard, €10.00, free").check()
        self.seat(page, 144, "chosen")

    def test_phone_starts_from_a_section(self) -> None:
        page = self.open(100, viewport=PHONE, has_touch=True, is_mobile=True)
        section = page.get_by_role("group", name="Sections of the hall").get_by_role(
            "button", name=re.compile(r"^A–V left .*free$")
        )
        expect(section).to_contain_text("free")
        section.tap()
        expect(page.locator("[data-map-frame]")).to_have_class(re.compile("is-zoomed"))
        frame = page.locator("[data-map-frame]").bounding_box()
        seat_map = page.locator(MAP).bounding_box()
        assert frame is not None and seat_map is not None
        seats = seats_of(page)
        middle = seats[9 * 100 + 12]
        self.assertGreaterEqual(middle["size"], 40)
        self.assertGreater(seat_map["x"] + middle["x"], frame["x"])
        self.assertLess(seat_map["x"] + middle["x"], frame["x"] + frame["width"])
        page.locator(MAP).tap(position=place_of(page, 913))
        self.seat(page, 913, "chosen")

    def test_keyboard_goes_through_a_big_hall(self) -> None:
        page = self.open(70)
        page.locator('[data-seat="1"]').focus()
        for key in ("End", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        self.seat(page, 144, "chosen")
        focused = page.locator(":focus")
        expect(focused).to_have_attribute(
            "aria-label", re.compile("^Row B, seat 72, .*held for you$")
        )
        expect(focused).to_have_attribute("aria-colindex", "76")
        expect(page.locator("[role=row]:visible")).to_have_attribute("aria-rowindex", "2")
