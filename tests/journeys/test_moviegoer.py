"""From the landing page to a ticket and back, in the ways that people go."""

import re
from datetime import timedelta

from django.test import tag
from django.utils import timezone
from playwright.sync_api import expect

from booking.models import Booking, Hold
from booking.pages.programme import SHOWS_AT_A_GLANCE
from tests import factories
from tests.journeys.browser import PHONE, BrowserTestCase
from tests.journeys.maps import MAP, place_of, seats_of

# Without the time between two commands to the browser, which could be too long for a double tap.
DOUBLE_TAP = """(map, place) => {
  const { left, top } = map.getBoundingClientRect();
  const at = { bubbles: true, clientX: left + place.x, clientY: top + place.y };
  for (let tap = 0; tap < 2; tap += 1) {
    map.dispatchEvent(new PointerEvent("pointerdown", { ...at, pointerType: "touch" }));
    map.dispatchEvent(new MouseEvent("click", at));
  }
}"""


@tag("browser")
class MoviegoerTests(BrowserTestCase):
    def test_sign_up_in_place_then_book_then_cancel(self) -> None:
        page = self.window("/")
        self.click_seat(page, 1)
        self.click_seat(page, 10)
        expect(page.locator("[data-total]")).to_have_text("€28.00")

        page.get_by_role("button", name="Review and book").click()
        page.get_by_text("I’m new here").click()
        page.locator("#sign-up-username").fill("ada")
        page.locator("#sign-up-password").fill("popcorn-at-nine")
        page.get_by_role("button", name="Sign up and review").click()
        expect(page.locator("[data-bill-total]")).to_have_text("€28.00")
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")

        booking = Booking.objects.get(user__username="ada")
        expect(page.locator("strong.reference")).to_have_text(booking.reference)
        page.get_by_role("link", name="All my bookings").click()
        page.get_by_text("Cancel tickets").click()
        page.get_by_role("button", name="Cancel all of").click()
        expect(page.get_by_text("is cancelled")).to_be_visible()
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")

    def test_hold_survives_a_reload_going_back_and_another_tab(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 4)
        page.reload()
        self.seat(page, 4, "chosen")
        page.goto(self.server.url("/accounts/login/"))
        page.go_back()
        self.seat(page, 4, "chosen")
        other = page.context.new_page()
        other.goto(self.server.url("/"))
        self.seat(other, 4, "chosen")
        self.hold(other, 5)
        self.seat(page, 5, "chosen")
        self.hold(page, 3)
        self.until_held(3, 4, 5)
        self.assertEqual(Hold.objects.filter(show=self.show).count(), 1)

    def test_keyboard_alone_books(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        page.locator('[data-seat="1"]').focus()
        for key in ("ArrowRight", "Enter", "ArrowDown", "ArrowRight", " ", "End", "Home"):
            page.keyboard.press(key)
        self.seat(page, 2, "chosen")
        # Seat 7 is B2; the aisle is skipped, so the next one is B3.
        self.seat(page, 8, "chosen")
        self.until_held(2, 8)
        expect(page.locator('[data-seat="6"]')).to_be_focused()

        page.keyboard.press("Escape")
        page.keyboard.press("Escape")  # the question is answered with no
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(page.locator('[data-seat="6"]')).to_be_focused()
        self.seat(page, 2, "chosen")
        page.locator("[data-continue]").focus()
        expect(page.locator("[data-continue]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Pay now")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Book these seats")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/bookings/*/")

    def test_escape_gives_back_all_after_asking(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1, 2)
        page.locator('[data-seat="2"]').focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Give back all").click()
        expect(page.locator('[data-seat="3"]')).to_be_focused()
        self.seat(page, 1, "free")
        self.seat(page, 2, "free")
        expect(page.locator("[data-continue]")).to_be_disabled()

    def test_refused_seat_says_why_beside_it(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, *range(1, 11))
        self.click_seat(page, 11)
        expect(page.locator("[data-tip]")).to_contain_text("You can choose up to 10 seats.")
        self.seat(page, 11, "free")

    def test_list_of_seats_chooses_too(self) -> None:
        page = self.window(self.show_path)
        page.get_by_text("Seats as a list").click()
        name = "Row A, seat 3, standard, €12.50, free"
        page.get_by_role("checkbox", name=name).check()
        self.seat(page, 3, "chosen")

    def test_phone_zooms_before_it_picks(self) -> None:
        plan = "\n".join(["S" * 24] * 10)
        show = factories.show(plan=plan)
        page = self.window(f"/shows/{show.pk}/", viewport=PHONE, has_touch=True, is_mobile=True)
        seat_map = page.locator(MAP)
        self.seat(page, 100, "free")
        # The second tap of two takes no seat.
        seat_map.evaluate(DOUBLE_TAP, place_of(page, 100))
        tapped = page.evaluate("performance.now()")
        expect(page.locator("[data-map-frame]")).to_have_class(re.compile("is-zoomed"))
        self.seat(page, 100, "free")
        box, frame = seat_map.bounding_box(), page.locator("[data-map-frame]").bounding_box()
        assert box is not None and frame is not None
        seat = seats_of(page)[99]
        self.assertGreaterEqual(seat["size"], 40)
        # The tapped part of its row is in the middle, and all of the row's height in the window.
        middle = box["x"] + seat["x"] - frame["x"]
        self.assertAlmostEqual(middle, frame["width"] / 2, delta=seat["size"])
        self.assertGreater(box["y"] + seat["y"] - seat["size"] / 2, 0)
        self.assertLess(box["y"] + seat["y"] + seat["size"] / 2, PHONE["height"])
        self.until_true(page, "tapped => performance.now() > tapped + 500", tapped)
        seat_map.tap(position=place_of(page, 100))
        self.seat(page, 100, "chosen")
        self.assertEqual(self.too_wide(page), 0)

    def test_without_scripts_days_films_and_shows_are_links(self) -> None:
        factories.show(of=factories.movie(title="Amélie"), plan="SW")
        room = factories.auditorium(plan="S")
        for day in range(2, SHOWS_AT_A_GLANCE + 2):
            start = timezone.now() + timedelta(days=day)
            factories.show(of=self.show.movie, room=room, starts_at=start)
        page = self.window("/", java_script_enabled=False)
        films = page.locator("[data-movie]")
        expect(films).to_have_count(2)

        page.get_by_role("searchbox", name="Title of a film").fill("amelie")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Amélie")).to_be_visible()
        expect(films).to_have_count(1)

        page.get_by_label("Title").fill("")
        page.get_by_label("Wheelchair space free").check()
        page.get_by_role("button", name="Find shows").click()
        expect(films).to_have_count(2)
        page.get_by_role("navigation", name="Days").get_by_role("link", name="Tomorrow").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tomorrow")
        expect(page.get_by_label("Wheelchair space free")).to_be_checked()

        page.get_by_role("link", name=self.show.movie.title, exact=True).click()
        expect(page.locator("[data-show-time]")).to_have_count(SHOWS_AT_A_GLANCE + 1)
        page.locator("[data-show-time]").first.click()
        page.get_by_role("link", name="Film and all its times").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(self.show.movie.title)
