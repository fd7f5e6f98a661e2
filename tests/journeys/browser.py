"""A real browser on a real server, and what every page in it must keep to."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, TypeVar
from unittest import mock

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from booking.models import Booking, Hold
from booking.services.sales import book_seats
from tests import factories
from tests.commits import CommitTestCase
from tests.journeys.maps import MAP, appearances, place_of
from tests.keeping import for_all
from tests.live import LiveServer
from tests.programs import required
from tests.waiting import until

T = TypeVar("T")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # As few processes and threads as it works with: it shares two cores with all else.
    "--num-raster-threads=1",
    "--process-per-site",
    "--renderer-process-limit=1",
]
# Bounds, not waits: a machine that does other things as well may need that long.
PATIENCE_MS = 60_000

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
TABLET: ViewportSize = {"width": 834, "height": 1112}
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 640}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser for tests to open windows of."""
    with (
        mock.patch.dict(os.environ, {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"}),
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=required("Chromium"), args=FLAGS) as browser,
    ):
        yield browser


def usual() -> LiveServer:
    """Return the server that most of them look at."""
    return LiveServer(env={"THROTTLES": "off"})


class BrowserTestCase(CommitTestCase):
    """Opens windows; fails when one logs an error or asks for anything from outside.

    Playwright keeps an event loop in this thread, and Django would take it for its own.
    """

    server: ClassVar[Any]
    browser: ClassVar[Browser]
    # What runs the server to look at. Where it is another one, the tests are none of `browser`.
    new_server: ClassVar[Callable[[], AbstractContextManager[Any]]] = staticmethod(usual)

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.browser = for_all(cls, chromium)
        cls.server = for_all(cls, cls.new_server)
        expect.set_options(timeout=PATIENCE_MS)

    def setUp(self) -> None:
        if self.server.process is None:
            self.server.start()
        self.faults: list[str] = []
        self.show = factories.show(plan="SSSSS\nSS.SS\nPPPPP\nWC.CW", price="12.50")
        self.show_path = f"/shows/{self.show.pk}/"

    def tearDown(self) -> None:
        self.assertEqual(self.faults, [])

    def window(self, path: str, *, user: Any = None, **options: Any) -> Page:
        """Open a page in a window of its own, signed in as the user if there is one."""
        options.setdefault("viewport", DESKTOP)
        # Nothing but the processor is there to draw animations, in every window at every frame.
        options.setdefault("reduced_motion", "reduce")
        context = self.browser.new_context(**options)
        self.addCleanup(context.close)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies(
                [{"name": "sessionid", "value": session, "url": self.server.url("/")}]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._on_request)
        page.goto(self.server.url(path))
        return page

    def too_wide(self, page: Page) -> int:
        """Return by how many pixels a page is wider than its window."""
        return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def violations(self, page: Page) -> list[tuple[str, list[str]]]:
        """Return what axe finds on a page: each rule with the markup that breaks it."""
        # It would look for what style sheets import beside the page.
        options = {"resultTypes": ["violations"], "preload": False}
        found = Axe().run(page, options=options).response["violations"]
        return [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found]

    def book(self, *seat_numbers: int, user: Any = None, show: Any = None) -> Booking:
        """Book seats of a show outside of the server, as a management command would."""
        buyer, show_id = user or factories.user(), (show or self.show).pk
        now = timezone.now()
        return self.elsewhere(
            lambda: book_seats(show_id=show_id, seat_numbers=seat_numbers, user=buyer, now=now)
        )

    def elsewhere(self, act: Callable[[], T]) -> T:
        """Do something in a thread without Playwright's event loop."""

        def do() -> T:
            try:
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(do).result()

    def seat(self, page: Page, seat_number: int, appearance: str) -> None:
        """Wait until a seat looks like this."""
        at = seat_number - 1
        until(lambda: appearances(page)[at : at + 1] == [appearance])

    def click_seat(self, page: Page, seat_number: int) -> None:
        expect(page.locator("[role=grid]")).to_be_attached()
        page.locator(MAP).click(position=place_of(page, seat_number))

    def hold(self, page: Page, *seat_numbers: int) -> None:
        """Click these seats and wait until the server holds them all."""
        for seat_number in seat_numbers:
            self.click_seat(page, seat_number)
            self.seat(page, seat_number, "chosen")
        self.until_held(*seat_numbers)

    def until_held(self, *seat_numbers: int) -> None:
        """Wait until these seats of the show are held, whoever holds them."""
        held = self.show.show_seats.filter(state="h", seat_number__in=seat_numbers)
        until(lambda: held.count() == len(seat_numbers))

    def until_true(self, page: Page, expression: str, arg: Any = None) -> Any:
        """Return what the expression gives in the page as soon as that is true.

        Playwright's own way evaluates it in the page from its second time on, which the pages'
        content security policy forbids.
        """
        return until(lambda: page.evaluate(expression, arg))

    def lapse(self, *seat_numbers: int) -> None:
        """Let the hold of these seats run out now."""
        now = timezone.now()
        holds = self.show.show_seats.filter(seat_number__in=seat_numbers).values("hold")
        Hold.objects.filter(pk__in=holds).update(expires_at=now)
        self.show.show_seats.filter(seat_number__in=seat_numbers).update(held_until=now)

    def refused(self, *, times: int = 1) -> None:
        """Expect what Chromium logs of an answer that refuses."""
        refusals = [fault for fault in self.faults if "status of 409" in fault]
        self.assertEqual((len(refusals), self.faults), (times, refusals))
        self.faults.clear()

    def unreached(self, *also: str) -> None:
        """Expect what Chromium logs of a server that can't be reached, and `also` such lines."""
        told = ("WebSocket connection", "net::ERR_", *also)
        self.assertEqual([f for f in self.faults if not any(t in f for t in told)], [])
        self.faults.clear()

    def freshness(self, page: Page, freshness: str) -> None:
        """Wait until the badge says this."""
        expect(page.locator("[data-freshness]")).to_have_attribute("data-freshness", freshness)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A page that is left while it connects is no fault, nor a machine so busy that the browser
        # comes to what it has loaded beforehand only seconds later.
        excused = ("closed before the connection is established", "was preloaded using link")
        if message.type in ("error", "warning") and not any(e in message.text for e in excused):
            self.faults.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.server.url("/")):
            self.faults.append(f"a request to {request.url}")
        pages_own = (
            "/hold/",
            "/mine/",
            "/seats/",
            "/changes/",
            "/waitlist/",
            "/waitlist/leave/",
            "/waitlist/offer/",
            "/stage/begin/",
        )
        asked = (*pages_own, f"/api{self.show_path}")
        if request.method == "HEAD":  # a page that is about to be loaded again
            return
        path = request.url.partition("?")[0]
        is_expected = path.endswith((*asked, ".wasm")) or "/stage/acts/" in path
        is_expected |= path.startswith((self.server.url("/api/door/"), self.server.url("/till/")))
        if request.resource_type in ("fetch", "xhr") and not is_expected:
            self.faults.append(f"a {request.resource_type} of {request.url}")
