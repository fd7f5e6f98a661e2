"""A developer tries the API in its documentation."""

import json
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from django.test import tag
from playwright.sync_api import Page, Request, expect

from tests import factories
from tests.journeys.browser import BrowserTestCase

BOOK = "#operations-Bookings-book_seats"


@tag("browser")
class SwaggerTests(BrowserTestCase):
    # The example body asks for seats 10 and 11 of show 1.
    reset_sequences = True

    def authorize(self, page: Page) -> None:
        credentials = {"username": factories.user().username, "password": factories.PASSWORD}
        log_in = HttpRequest(
            self.server.url("/api/login/"),
            json.dumps(credentials).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(log_in) as answer:
            token = json.load(answer)["access"]
        page.get_by_role("button", name="Authorize").click()
        page.locator(".auth-container input").fill(token)
        page.locator(".auth-btn-wrapper .authorize").click()
        page.locator(".auth-btn-wrapper .btn-done").click()

    def test_seats_are_booked_by_the_example_after_a_reload(self) -> None:
        page = self.window("/swagger/")
        self.authorize(page)
        page.reload()
        expect(page.locator(".auth-wrapper .authorize.locked")).to_be_visible()
        book = page.locator(BOOK)
        book.locator(".opblock-summary-control").click()
        book.get_by_role("button", name="Try it out").click()
        book.get_by_role("button", name="Execute").click()
        status = book.locator(".live-responses-table tbody .response-col_status").first
        expect(status).to_contain_text("201")
        seats = self.show.show_seats.filter(state="b").values_list("seat_number", flat=True)
        self.assertEqual(sorted(seats), [10, 11])

    def test_every_operation_is_listed(self) -> None:
        page = self.window("/swagger/")
        expect(page.locator(".opblock")).to_have_count(36)
        expect(page.locator(".errors-wrapper")).to_have_count(0)
        # A padlock where a token is needed (15) or can be sent (6), and nowhere else.
        expect(page.locator(".opblock .authorization__btn")).to_have_count(21)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url("/"), "data:")):
            self.faults.append(f"a request to {request.url}")
