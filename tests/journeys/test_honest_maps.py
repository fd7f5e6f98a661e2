"""A map says what is so, whatever happens to the server and the way to it."""

import re

from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from booking.models import WaitlistEntry
from tests import factories
from tests.journeys.browser import BrowserTestCase
from tests.journeys.maps import MAP, appearances, place_of
from tests.waiting import until

DOUBLE_TAP = """(map, place) => {
  const { left, top } = map.getBoundingClientRect();
  const at = { bubbles: true, clientX: left + place.x, clientY: top + place.y };
  for (let tap = 1; tap <= 2; tap += 1) {
    map.dispatchEvent(new PointerEvent("pointerdown", { ...at, pointerType: "touch" }));
    map.dispatchEvent(new MouseEvent("click", { ...at, detail: tap }));
  }
}"""

# What is due later never comes.
ONLY_AT_ONCE = """
  const { setTimeout } = window;
  window.setTimeout = (callback, delay) => delay === 0 && setTimeout(callback, 0);
"""


@tag("browser")
class HonestMapTests(BrowserTestCase):
    def notice(self, page: Page, text: str | re.Pattern[str]) -> None:
        expect(page.locator("[data-notice-text]")).to_have_text(text)

    def test_server_that_is_down_for_a_moment_is_waited_for_and_then_obeyed(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        self.server.kill()
        self.freshness(page, "offline")

        self.click_seat(page, 1)

        self.seat(page, 1, "choosing")
        self.notice(page, "The box office can’t be reached. Seat A1 is not held yet; trying again…")
        expect(page.locator("[data-tip] span")).to_have_text(
            "Not held yet: the box office has not answered."
        )
        expect(page.locator("[data-chosen-count]")).to_have_text("1 seat, not held yet")
        expect(page.locator("[data-countdown]")).to_be_hidden()
        expect(page.locator('[data-count="chosen"]')).to_have_text("0")
        expect(page.locator('[data-seat="1"]')).to_have_attribute(
            "aria-label", re.compile("chosen by you, not held yet$")
        )
        self.server.start()
        self.seat(page, 1, "chosen")
        self.until_held(1)
        self.freshness(page, "live")
        expect(page.locator("[data-notice]")).to_be_hidden()
        expect(page.locator("[data-chosen-count]")).to_have_text("1 seat")
        self.unreached()

    def test_badge_is_not_live_while_a_choice_does_not_get_through(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        page.route("**/hold/", lambda route: route.abort())
        self.click_seat(page, 1)
        self.freshness(page, "unreached")
        expect(page.locator("[data-freshness]")).to_have_text("Trying again…")
        page.unroute("**/hold/")
        self.seat(page, 1, "chosen")
        self.freshness(page, "live")
        self.unreached()

    def test_page_whose_scripts_could_not_be_had_says_so_and_is_loaded_again(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.route("**/seats*.js", lambda route: route.abort())
        page.goto(self.server.url(self.show_path))
        badge = page.locator("[data-freshness]")
        expect(badge).to_have_text("Not loaded yet, trying again…")

        page.unroute("**/seats*.js")

        self.hold(page, 1)
        self.freshness(page, "live")
        self.unreached()

    def test_answer_that_is_late_is_not_waited_for_in_silence(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")

        def late(route: Route) -> None:
            self.notice(
                page, "The box office is slow to answer. Seat A1 is not held yet; still trying…"
            )
            self.freshness(page, "unreached")
            route.continue_()

        page.route("**/hold/", late)
        self.click_seat(page, 1)

        self.seat(page, 1, "chosen")
        self.freshness(page, "live")
        expect(page.locator("[data-notice]")).to_be_hidden()

    def test_seats_given_up_for_better_ones_are_not_called_lost(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1, 2)

        def after_the_map(route: Route) -> None:
            answer = route.fetch()
            for seat_number in (1, 2):
                self.seat(page, seat_number, "free")
            route.fulfill(response=answer)

        page.route("**/hold/", after_the_map)
        page.get_by_role("button", name="Best seats for 2").click()

        until(lambda: appearances(page).count("chosen") == 2)
        self.notice(page, re.compile("^Held for you: "))

    def test_choice_made_offline_is_sent_as_soon_as_the_browser_is_online(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        page.context.set_offline(True)
        self.freshness(page, "offline")
        for seat_number in (1, 2):
            self.click_seat(page, seat_number)
        self.notice(page, re.compile("^The box office can’t be reached. Seats A1 and A2 are not"))
        # However long the pause between two tries has become, it ends at once.
        page.evaluate("window.setTimeout = () => 0")

        page.context.set_offline(False)

        self.seat(page, 1, "chosen")
        self.until_held(1, 2)
        expect(page.locator("[data-notice]")).to_be_hidden()
        self.unreached()

    def test_seat_that_was_just_refused_is_not_drawn_free(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.route_web_socket("**", lambda socket: None)
        page.add_init_script(ONLY_AT_ONCE)
        page.goto(self.server.url(self.show_path))
        self.seat(page, 2, "free")
        self.book(2)

        self.click_seat(page, 2)

        self.notice(page, re.compile(r"^Seat A2 was taken .* ago\.$"))
        self.seat(page, 2, "taken")
        expect(page.locator("[data-seats-left]")).to_have_text("17 of 18 seats left")
        self.refused()

    def test_double_click_takes_the_seat(self) -> None:
        page = self.window(self.show_path)
        seat_map = page.locator(MAP)
        seat_map.dblclick(position=place_of(page, 1))
        seat_map.click(position=place_of(page, 2), click_count=3)
        seat_map.evaluate(DOUBLE_TAP, place_of(page, 3))
        page.locator('[data-seat="3"]').focus()
        page.keyboard.press("ArrowRight")
        for _ in range(3):  # held down
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        self.until_held(1, 2, 3, 4)
        for seat_number in (1, 2, 3, 4):
            self.seat(page, seat_number, "chosen")

        page.get_by_role("button", name="Give back seat A1").dblclick()
        self.seat(page, 1, "free")
        page.get_by_role("button", name="Review and book").dblclick()
        expect(page.locator("dialog[open]")).to_be_visible()
        expect(page.locator("[data-chosen-count]")).to_have_text("3 seats")

    def test_seats_booked_in_another_tab_are_booked_by_the_moviegoer_in_this_one(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1, 2)
        other = page.context.new_page()
        other.goto(self.server.url(self.show_path))
        self.seat(other, 1, "chosen")
        other.get_by_role("button", name="Review and book").click()
        expect(other.locator("[data-review-dialog]")).to_be_visible()

        page.get_by_role("button", name="Review and book").click()
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")

        self.notice(other, "Seats A1 and A2 are booked by you.")
        expect(other.locator("[data-review-dialog]")).to_be_hidden()
        self.seat(other, 1, "mine")
        self.seat(other, 2, "mine")
        expect(other.locator("[data-countdown]")).to_be_hidden()
        other.get_by_role("button", name="See my bookings").click()
        other.wait_for_url("**/bookings/")

    def test_seats_that_staff_took_away_are_not_booked_by_the_moviegoer(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1)
        self.lapse(1)
        self.book(1)
        self.notice(page, "Seat A1 is no longer held for you.")
        self.seat(page, 1, "taken")

    def test_cancelled_seat_that_goes_to_the_next_on_the_waitlist_is_not_mine(self) -> None:
        owner, next_one = factories.user(), factories.user()
        booking = self.book(1, user=owner)
        tab = self.window(self.show_path, user=owner)
        self.freshness(tab, "live")
        self.seat(tab, 1, "mine")
        seat = self.show.show_seats.get(seat_number=1)
        WaitlistEntry.objects.create(show_seat=seat, user=next_one, joined_at=timezone.now())
        page = tab.context.new_page()
        page.goto(self.server.url(f"/bookings/{booking.reference}/"))

        page.get_by_text("Cancel booking").click()
        page.get_by_role("button", name="Yes, cancel it").click()

        self.seat(tab, 1, "held")
        expect(tab.locator('[data-count="mine"]')).to_have_text("0")
