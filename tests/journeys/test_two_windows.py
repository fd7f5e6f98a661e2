"""What one moviegoer does, another one sees."""

from playwright.sync_api import expect

from tests import factories
from tests.journeys.browser import BrowserTestCase


class TwoWindowsTests(BrowserTestCase):
    def test_seat_turns_in_the_other_window_and_turns_back(self) -> None:
        watcher = self.window("/")
        buyer = self.window(self.show_path, user=factories.user())
        self.freshness(watcher, "live")

        self.click_seat(buyer, 2)
        buyer.get_by_role("button", name="Review and book").click()
        buyer.get_by_role("button", name="Book these seats").click()
        buyer.wait_for_url("**/bookings/*/")
        self.seat(watcher, 2, "taken")
        expect(watcher.locator("[data-seats-left]")).to_have_text("17 of 18 seats left")
        expect(watcher.locator("[data-seats]")).to_have_text("17 left")

        buyer.get_by_text("Cancel booking").click()
        buyer.get_by_role("button", name="Yes, cancel it").click()
        expect(buyer.get_by_text("is cancelled")).to_be_visible()
        self.seat(watcher, 2, "free")
        expect(watcher.locator("[data-seats-left]")).to_have_text("18 of 18 seats left")

    def test_chosen_seat_that_someone_else_takes_is_dropped_and_named(self) -> None:
        page = self.window(f"{self.show_path}?seats=1,2", user=factories.user())
        self.freshness(page, "live")

        self.book(2)

        self.seat(page, 2, "taken")
        expect(page.locator("[data-notice]")).to_have_text(
            "Seat A2 was just taken by someone else and left your choice."
        )
        expect(page.get_by_role("status").filter(has_text="Seat A2 was just taken")).to_have_count(
            1
        )
        expect(page.locator("[data-total]")).to_have_text("€12.50")
        self.assertEqual(page.url, self.server.url(f"{self.show_path}?seats=1"))

    def test_refused_booking_names_the_lost_seat_and_keeps_the_others(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.route_web_socket("**", lambda socket: None)
        page.goto(self.server.url(f"{self.show_path}?seats=1,2"))
        self.book(2)

        page.get_by_role("button", name="Review and book").click()
        page.get_by_role("button", name="Book these seats").click()

        expect(page.get_by_role("alert")).to_contain_text("Seat A2 is already taken.")
        self.seat(page, 1, "chosen")
        self.seat(page, 2, "taken")
        self.assertEqual(page.url, self.server.url(f"{self.show_path}?seats=1"))
        self.assertEqual(len(self.faults), 1)  # Chromium logs the 409
        self.faults.clear()

    def test_killed_server_is_told_and_a_restarted_one_caught_up_with(self) -> None:
        pages = [self.window(self.show_path), self.window("/")]
        for page in pages:
            self.freshness(page, "live")

        self.server.kill()
        for page in pages:
            self.freshness(page, "offline")
            expect(page.locator("[data-freshness]")).to_contain_text(
                "Offline, showing the map as of"
            )
        self.book(3)
        self.server.start()

        for page in pages:
            self.freshness(page, "live")
            self.seat(page, 3, "taken")
        unexpected = [fault for fault in self.faults if "WebSocket connection" not in fault]
        self.assertEqual(unexpected, [])
        self.faults.clear()
