"""Pages say what is so by the clock, on any screen, to any reader and on paper."""

import re
from datetime import timedelta
from typing import Any

from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Show
from tests import factories
from tests.journeys.browser import PHONE, SMALL, BrowserTestCase
from tests.journeys.maps import MAP, place_of

ZOOMED = {"width": 320, "height": 225}  # a window of 1280 by 900 at 400 %
LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwe"
PLAN = "\n".join(["SSSS.SSSSSSSS.SSSS"] * 9 + ["WCSS.SSSSSSSS.SSCW"])
LATER = timedelta(hours=1)

# What of the page is beyond the right or left edge of its window, and can't be scrolled to.
BEYOND = """() => [...document.querySelectorAll("header *, h1, h2, h3, p, dd, li, button, a")]
  .filter((node) => node.checkVisibility() && !node.closest(
    ".visually-hidden, .skip-link, .chosen, .endpoints, .command, .brand span, .seat-tip"))
  .filter((node) => {
    const { left, right, width } = node.getBoundingClientRect();
    return width > 1 && (left < -1 || right > innerWidth + 1);
  })
  .map((node) => node.outerHTML.slice(0, 90))"""
# Notes when the hold ends that the countdown shows at first.
WHEN_SHOWN = """new MutationObserver(() => {
  const text = document.querySelector("[data-countdown] time")?.textContent;
  if (!text || window.endsAt) return;
  const [minutes, seconds] = text.split(":").map(Number);
  window.endsAt = Date.now() + 1000 * (60 * minutes + seconds);
}).observe(document, { childList: true, subtree: true, characterData: true });"""
IN_PRINT = """() => [...document.querySelectorAll("body *")]
  .filter((node) => node.children.length === 0 && node.textContent.trim())
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .map((node) => [node.textContent.trim(), getComputedStyle(node).color])"""


@tag("browser")
class HonestPagesTests(BrowserTestCase):
    def begin(self, show: Show, ago: timedelta = timedelta(minutes=3)) -> None:
        Show.objects.filter(pk=show.pk).update(starts_at=timezone.now() - ago)

    def test_ticket_is_valid_until_the_film_is_over(self) -> None:
        user = factories.user()
        booking = self.book(1, user=user)
        self.begin(self.show)
        page = self.window(f"/bookings/{booking.reference}/", user=user)
        expect(page.locator(".kicker")).to_have_text("Your tickets")
        expect(page.get_by_role("img", name="The reference as a QR code")).to_be_visible()
        expect(page.get_by_text("Show this at the door")).to_be_visible()
        expect(page.get_by_text("Cancel booking")).to_have_count(0)
        page.goto(self.server.url("/bookings/"))
        upcoming = page.get_by_role("region", name="Upcoming")
        expect(upcoming.get_by_role("link", name="Tickets")).to_be_visible()
        expect(upcoming.get_by_text("Cancel booking")).to_have_count(0)

        self.begin(self.show, timedelta(minutes=self.show.movie.duration_minutes))
        page.reload()
        expect(upcoming.get_by_text(booking.reference)).to_have_count(0)
        expect(page.get_by_role("region", name="Past")).to_contain_text(booking.reference)
        page.goto(self.server.url(f"/bookings/{booking.reference}/"))
        expect(page.locator(".kicker")).to_have_text("Past booking")
        expect(page.get_by_text("The film is over")).to_be_visible()
        expect(page.get_by_text("Show this at the door")).to_have_count(0)

    def test_today_becomes_yesterday_on_a_page_left_open_over_night(self) -> None:
        factories.show(starts_at=timezone.now() + timedelta(days=3), of=self.show.movie)
        user = factories.user()
        self.book(1, user=user)
        for path in ("/", "/bookings/"):
            page = self.window("/accounts/login/", user=user)
            page.clock.install()
            page.goto(self.server.url(path))
            day = page.locator("[data-day]").first
            expect(day).to_have_text("Tomorrow")
            page.clock.fast_forward("24:00:00")
            expect(day).to_have_text("Today")
            page.clock.fast_forward("24:00:00")
            local = timezone.localtime(self.show.starts_at)
            expect(day).to_have_text(f"{local:%A} {local.day} {local:%B}")
            page.context.close()

    def test_show_that_starts_closes_on_open_pages_and_leads_on(self) -> None:
        room = self.show.auditorium
        soon = factories.show(
            room=room, of=self.show.movie, starts_at=timezone.now() + timedelta(minutes=30)
        )
        page = self.window("/accounts/login/")
        page.clock.install()
        page.goto(self.server.url("/"))
        self.seat(page, 1, "free")
        page.locator(MAP).hover(position=place_of(page, 2))
        expect(page.locator("[data-tip] span")).to_have_text("Free. Press to hold it.")
        page.clock.fast_forward("31:00")

        for seat_number in (1, 18):
            self.seat(page, seat_number, "closed")
        expect(page.locator("[data-kicker]")).to_have_text("This show has started")
        expect(page.locator("[data-seats-left]")).to_have_text("Box office closed")
        expect(page.locator("[data-tip] span")).to_have_text("This show has started.")
        expect(page.get_by_text("The box office for this show is closed.")).to_be_visible()
        expect(page.get_by_role("button", name="Review and book")).to_be_hidden()
        expect(page.get_by_role("group", name="Best seats together")).to_be_hidden()
        expect(page.locator('[data-count="closed"]')).to_have_text("18")
        self.begin(soon)
        page.get_by_role("link", name="Go to the next show").click()
        expect(page.locator("[data-kicker]")).to_have_text("Next show")
        self.seat(page, 1, "free")

        page.goto(self.server.url(f"/shows/{soon.pk}/"))
        self.seat(page, 1, "closed")
        expect(page.get_by_text("The box office for this show is closed.")).to_be_visible()
        page.get_by_role("navigation", name="Shows that can be booked").get_by_role(
            "link", name="Tomorrow"
        ).click()
        page.wait_for_url(f"**{self.show_path}")

    def test_show_without_a_free_seat_leads_on_to_others(self) -> None:
        other = factories.show(of=self.show.movie, starts_at=timezone.now() + timedelta(days=2))
        buyer = factories.user()
        self.book(*range(1, 11), user=buyer)
        self.book(*range(11, 19), user=buyer)
        page = self.window(self.show_path)
        expect(page.locator("[data-seats-left]")).to_have_text("No seats left")
        links = page.get_by_role("navigation", name="Shows with other seats").get_by_role("link")
        expect(links).to_have_count(2)
        links.first.click()
        page.wait_for_url(f"**/shows/{other.pk}/")

    def test_countdown_of_a_page_that_was_long_under_way_is_not_too_long(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1)

        def slowly(route: Any) -> None:
            answer = route.fetch()
            page.wait_for_timeout(6_000)
            route.fulfill(response=answer)

        page.route(f"**{self.show_path}", slowly)
        page.add_init_script(WHEN_SHOWN)
        page.reload()
        ends_at = self.until_true(page, "window.endsAt")
        seat = self.show.show_seats.get(seat_number=1)
        assert seat.held_until is not None
        # Seconds are rounded up, and a busy machine adds some; the six seconds must not be in it.
        self.assertLess(ends_at, seat.held_until.timestamp() * 1000 + 3_000)
        # What Playwright answers in a server's place may not reach its sockets.
        self.faults = [fault for fault in self.faults if "LOCAL_NETWORK" not in fault]

    def test_nothing_is_cut_off_or_covered_on_small_and_zoomed_screens(self) -> None:
        user = factories.user(username="w" * 60)
        movie = factories.movie(title=f"מלחמת הכוכבים {LONG}", synopsis=LONG * 3)
        self.show = factories.show(plan=PLAN, of=movie, starts_at=timezone.now() + LATER)
        self.show_path = f"/shows/{self.show.pk}/"
        booking = self.book(1, 2, user=user)
        paths = ["/", self.show_path, "/bookings/", f"/bookings/{booking.reference}/"]
        for viewport in (SMALL, ZOOMED, {"width": 640, "height": 450}):
            page = self.window("/", user=user, viewport=viewport)
            for path in paths:
                with self.subTest(path=path, viewport=viewport):
                    page.goto(self.server.url(path))
                    self.assertEqual(self.too_wide(page), 0)
                    self.assertEqual(page.evaluate(BEYOND), [])
            self.assertEqual(page.locator("h1").first.get_attribute("dir"), "auto")
            page.goto(self.server.url(self.show_path))
            page.get_by_role("button", name="Best seats for 2").click()
            expect(page.locator("[data-countdown]")).to_be_visible()
            self.assertLessEqual(self.covered(page), 0.5)
            page.context.close()

    def covered(self, page: Page) -> float:
        """Return which share of the window is taken by what sticks to its edges."""
        share: float = page.evaluate(
            """() => [...document.querySelectorAll(".site-header, .summary")]
              .filter((node) => getComputedStyle(node).position === "sticky")
              .reduce((sum, node) => sum + node.getBoundingClientRect().height, 0) / innerHeight"""
        )
        return share

    def test_row_letters_stay_in_sight_in_the_middle_of_a_zoomed_map(self) -> None:
        show = factories.show(plan=PLAN)
        page = self.window(f"/shows/{show.pk}/", viewport=PHONE, has_touch=True, is_mobile=True)
        for _ in range(4):
            page.get_by_label("Zoom in").tap()
        frame = page.locator("[data-map-frame]")
        frame.evaluate("(frame) => (frame.scrollLeft = frame.scrollWidth / 2)")
        box = frame.bounding_box()
        assert box is not None
        for side in (0, 1):
            letter = page.locator(".row-letters").nth(side).get_by_text("D")
            expect(letter).to_have_css("font-family", re.compile("monospace"))
            self.until_true(
                page,
                "([letter, left, right]) => { const box = letter.getBoundingClientRect();"
                " return box.left >= left && box.right <= right; }",
                arg=[letter.element_handle(), box["x"], box["x"] + box["width"]],
            )

    def test_map_is_one_stop_and_a_seat_taken_is_told_once_with_total_and_time(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        page.get_by_label("Show the whole map").focus()
        for name in ("Best seats for 2", "Best seats for 3", "Best seats for 4"):
            page.keyboard.press("Tab")
            expect(page.get_by_role("button", name=name)).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("checkbox", name="with a wheelchair space")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator('[data-seat="1"]')).to_be_focused()
        tree = page.locator("[data-map-frame]").aria_snapshot()
        self.assertRegex(tree, r'\A- grid "Seats of Auditorium \d+":\n')
        self.assertNotIn("img", tree)

        page.evaluate(
            """() => {
              window.said = [];
              const region = document.querySelector("[data-announcer]");
              new MutationObserver(() => window.said.push(region.textContent))
                .observe(region, { childList: true });
            }"""
        )
        page.keyboard.press("Enter")
        self.seat(page, 1, "chosen")
        said = self.until_true(page, "window.said.length > 0 && window.said")
        self.assertEqual(len(said), 1)
        self.assertRegex(
            said[0], r"^Held for you: A1\. 1 seat, €12\.50, [78] minutes \d\d seconds left\.$"
        )
        page.keyboard.press("Tab")
        expect(page.locator("[data-seat-list] summary")).to_be_focused()

    def test_on_paper_there_is_the_ticket_alone_in_black(self) -> None:
        user = factories.user()
        booking = self.book(1, user=user)
        page = self.window(f"/bookings/{booking.reference}/", user=user)
        page.emulate_media(media="print")
        texts = page.evaluate(IN_PRINT)
        self.assertEqual({colour for _, colour in texts}, {"rgb(0, 0, 0)"})
        words = [text for text, _ in texts]
        self.assertIn(booking.reference, words)
        for gone in ("Front Row", "Add to calendar", "All my bookings", "Sign out", "API docs"):
            self.assertNotIn(gone, words)
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        self.assertEqual(ground, "rgb(255, 255, 255)")

    def test_party_with_a_wheelchair_gets_seats_as_near_as_can_be(self) -> None:
        show = factories.show(plan="SSSSSSSS\nSSSSSSSS\nWC.SS.CW")
        page = self.window(f"/shows/{show.pk}/")
        page.get_by_role("checkbox", name="with a wheelchair space").check()
        page.get_by_role("button", name="Best seats for 4").click()
        expect(page.locator("[data-chosen-count]")).to_have_text("4 seats")
        for seat_number in (9, 10, 17, 18):  # B1, B2, C1, C2
            self.seat(page, seat_number, "chosen")
        page.get_by_role("button", name="Best seats for 3").click()
        expect(page.locator("[data-chosen-count]")).to_have_text("3 seats")
        other = self.window(f"/shows/{show.pk}/")
        other.get_by_role("checkbox", name="with a wheelchair space").check()
        other.get_by_role("button", name="Best seats for 2").click()
        self.seat(other, 22, "chosen")
        last = self.window(f"/shows/{show.pk}/")
        last.get_by_role("checkbox", name="with a wheelchair space").check()
        last.get_by_role("button", name="Best seats for 4").click()
        expect(last.locator("[data-notice-text]")).to_have_text("No wheelchair space is left.")
        self.refused()
