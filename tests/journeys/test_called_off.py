"""A show is called off, or moves, while its pages are open: they say so in place."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, WebSocket, expect

from booking.services.calling_off import cancel_show, move_show
from tests import factories
from tests.journeys.browser import BrowserTestCase
from tests.waiting import until


@tag("browser")
class CalledOffTests(BrowserTestCase):
    def beside(self, service: Callable[..., Any], **arguments: Any) -> None:
        """Run a service outside of the server."""
        self.elsewhere(lambda: service(now=timezone.now(), **arguments))

    def call_off(self) -> None:
        self.beside(cancel_show, show_id=self.show.pk)

    def until_followed(self, page: Page) -> None:
        """Load a page anew, and wait until it has heard of the shows that are on."""
        heard: list[object] = []

        def follow(socket: WebSocket) -> None:
            socket.on("framereceived", lambda frame: heard.append(frame))

        page.on("websocket", follow)
        page.reload()
        heard.clear()  # of a page before that was loaded anew by itself; the next comes soon

        def has_heard() -> bool:
            page.wait_for_timeout(100)
            return bool(heard)

        until(has_heard, 30)

    def test_open_page_says_so_in_place_and_gives_the_seats_back(self) -> None:
        following = factories.show(
            of=self.show.movie, starts_at=self.show.starts_at + timedelta(days=1)
        )
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1, 2)
        page.get_by_role("button", name="Review and book").click()
        page.evaluate("window.isTheSame = true")

        self.call_off()

        expect(page.locator("[data-kicker]")).to_have_text("This show is called off")
        expect(page.locator("[data-over]")).to_contain_text(
            "This show is called off. Its seats can’t be booked any more."
        )
        expect(page.locator("[data-seats-left]")).to_have_text("Box office closed")
        expect(page.locator("[data-notice-text]")).to_have_text("This show is called off.")
        expect(page.get_by_role("dialog")).to_have_count(0)
        self.seat(page, 3, "closed")
        self.assertTrue(page.evaluate("window.isTheSame"))
        page.locator("[data-over] a").first.click()
        page.wait_for_url(f"**/shows/{following.pk}/")

    def test_open_page_of_tickets_is_loaded_anew(self) -> None:
        user = factories.user()
        booking = self.book(1, user=user)
        page = self.window(f"/bookings/{booking.reference}/", user=user)
        expect(page.locator(".kicker")).to_have_text("Your tickets")
        self.until_followed(page)

        start = timezone.localtime(self.show.starts_at) + timedelta(hours=1, minutes=7)
        self.beside(move_show, show_id=self.show.pk, starts_at=start)
        expect(page.get_by_text("This show has moved since you booked it")).to_be_visible()
        expect(page.locator("body")).to_contain_text(f"{start:%H:%M}")
        self.until_followed(page)

        self.call_off()
        expect(page.locator(".kicker")).to_have_text("Called off")

    def test_listing_says_so_and_leads_to_its_page(self) -> None:
        page = self.window("/movies/")
        listed = page.locator(f'[data-show-time="{self.show.pk}"]')
        expect(listed).to_contain_text("left")

        self.call_off()

        expect(listed.locator("[data-seats]")).to_have_text("called off")
        page.reload()
        expect(listed.locator("[data-seats]")).to_have_text("called off")
        listed.click()
        page.wait_for_url(f"**{self.show_path}")

    def test_landing_page_with_its_map_says_so_in_place(self) -> None:
        page = self.window("/")
        self.freshness(page, "live")

        self.call_off()

        expect(page.locator("[data-kicker]")).to_have_text("This show is called off")
        expect(page.locator("[data-over]")).to_be_visible()

    def test_open_page_follows_a_show_that_moves_and_asks_anew(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1)
        start = timezone.localtime(self.show.starts_at) + timedelta(hours=1, minutes=7)

        self.beside(move_show, show_id=self.show.pk, starts_at=start)

        expect(page.get_by_role("dialog", name="The show has changed")).to_contain_text(
            f"{start:%H:%M}"
        )
        expect(page.locator("[data-show-clock]").first).to_have_text(f"{start:%H:%M}")
