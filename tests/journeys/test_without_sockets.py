"""Pages behind a proxy that lets no WebSocket through."""

import re

from django.test import tag
from playwright.sync_api import BrowserContext, Page, Route, WebSocketRoute, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests import factories
from tests.journeys.browser import PATIENCE_MS, BrowserTestCase

# Playwright shows every tab. This one is in front until it is told otherwise.
IN_FRONT = """
  let isHidden = false;
  Object.defineProperty(document, "hidden", { get: () => isHidden });
  window.hide = (value) => {
    isHidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
  };
"""
TABS = 8
# A browser's connections to a host by HTTP/1.1.
CONNECTIONS = 6
STUCK_MS = 3_000


def blocked(socket: WebSocketRoute) -> None:
    socket.close()


@tag("browser")
class WithoutSocketsTests(BrowserTestCase):
    def notice(self, page: Page, text: str) -> None:
        expect(page.locator("[data-notice-text]")).to_have_text(re.compile(text))

    def cut_off(self, path: str) -> Page:
        """Open a page in a window where no socket opens."""
        page = self.window("/bookings/", user=factories.user())
        page.route_web_socket("**", blocked)
        page.goto(self.server.url(path))
        return page

    def test_map_whose_sockets_are_blocked_takes_a_stream(self) -> None:
        buyer = self.window(self.show_path)
        page = self.cut_off(self.show_path)
        self.freshness(page, "live")

        self.hold(buyer, 1)
        self.seat(page, 1, "held")
        self.book(2)
        self.seat(page, 2, "taken")
        expect(page.locator("[data-seats-left]")).to_have_text("16 of 18 seats left")
        expect(page.locator('[data-count="free"]')).to_have_text("16")
        self.hold(page, 3)
        self.freshness(page, "live")

    def test_offer_comes_without_a_socket_too(self) -> None:
        first = self.window(self.show_path)
        self.hold(first, 1)
        page = self.cut_off(self.show_path)
        self.freshness(page, "live")
        self.click_seat(page, 1)
        page.get_by_role("button", name="Join the waitlist").click()
        self.notice(page, "^You are told here")

        first.get_by_role("button", name="Give back seat A1").click()

        self.notice(page, "^Seat A1 is held for you for 1:")
        self.seat(page, 1, "chosen")

    def test_listing_is_live_as_well(self) -> None:
        other = factories.show(of=self.show.movie, plan="SSS")
        page = self.cut_off("/")
        left = page.locator(f'[data-show-time="{other.pk}"] [data-seats]')
        expect(left).to_have_text("3 left")
        self.book(1, show=other)
        expect(left).to_have_text("2 left")

    def test_stream_that_one_bad_answer_ended_is_opened_again(self) -> None:
        """A browser's own reconnecting ends there for good."""
        bad = [502]
        page = self.window("/bookings/")
        page.route_web_socket("**", blocked)

        def answer(route: Route) -> None:
            if bad:
                html = "<html>Something else answers here.</html>"
                route.fulfill(status=bad.pop(), content_type="text/html", body=html)
            else:
                route.continue_()

        page.route(re.compile("/events/"), answer)
        page.goto(self.server.url(self.show_path))
        self.freshness(page, "live")
        self.assertEqual(bad, [])
        self.assertEqual([fault for fault in self.faults if "status of 502" not in fault], [])
        self.faults.clear()

    def test_every_tab_of_many_loads(self) -> None:
        """A hidden one lets go of its stream; else six would be all that a browser opens."""
        context, first = self.tabs()
        tabs = [first]
        for _ in range(TABS - 1):
            tabs[-1].evaluate("hide(true)")
            tabs.append(context.new_page())
            tabs[-1].goto(self.server.url(self.show_path), timeout=PATIENCE_MS)
            self.freshness(tabs[-1], "live")
        tabs[-1].evaluate("hide(true)")
        first.evaluate("hide(false)")
        self.book(1)
        self.seat(first, 1, "taken")
        self.freshness(first, "live")

    def test_with_streams_in_hidden_tabs_they_would_not(self) -> None:
        """Show that the test above sees tabs that don't load."""
        context, _ = self.tabs()
        for _ in range(CONNECTIONS - 1):
            page = context.new_page()
            page.goto(self.server.url(self.show_path), timeout=PATIENCE_MS)
            self.freshness(page, "live")
        with self.assertRaises(PlaywrightTimeoutError):
            context.new_page().goto(self.server.url(self.show_path), timeout=STUCK_MS)

    def tabs(self) -> tuple[BrowserContext, Page]:
        """Return a window in which no tab gets a socket, and its first tab."""
        page = self.window("/bookings/", user=factories.user())
        page.context.route_web_socket("**", blocked)
        page.context.add_init_script(IN_FRONT)
        page.goto(self.server.url(self.show_path))
        self.freshness(page, "live")
        return page.context, page
