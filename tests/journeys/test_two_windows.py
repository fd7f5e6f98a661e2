"""What one moviegoer does, another one sees."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.journeys.browser import BrowserTestCase

# The one show with a map, and all of them.
SOCKETS = ["house", "shows"]


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
        taken = watcher.locator("[data-show-time] .fullness-taken")
        expect(taken).to_have_attribute("d", "M0 2h2M0 7h2")

        buyer.get_by_text("Cancel booking").click()
        buyer.get_by_role("button", name="Yes, cancel it").click()
        expect(buyer.get_by_text("is cancelled")).to_be_visible()
        self.seat(watcher, 2, "free")
        expect(watcher.locator("[data-seats-left]")).to_have_text("18 of 18 seats left")

    def test_every_show_of_a_long_listing_is_live_over_one_connection(self) -> None:
        later = [
            factories.show(starts_at=timezone.now() + timedelta(days=2, hours=number), plan="SSS")
            for number in range(11)
        ]
        sockets: list[str] = []
        watcher = self.window("/bookings/", user=factories.user())
        watcher.on("websocket", lambda socket: sockets.append(socket.url))
        watcher.goto(self.server.url("/"))
        left = watcher.locator(f'[data-show-time="{later[-1].pk}"] [data-seats]')
        expect(left).to_have_text("3 left")

        self.show = later[-1]
        self.book(1, 2)

        expect(left).to_have_text("1 left")
        self.assertEqual(sorted(url.split("/", 3)[3].split("/")[1] for url in sockets), SOCKETS)
        self.book(3)
        expect(left).to_have_text("none left")
        # All of it without loading the page anew.
        later[0].starts_at = timezone.now()
        later[0].save()
        started = watcher.locator(f'[data-show-time="{later[0].pk}"]')
        expect(started.locator("[data-seats]")).to_have_text("started")
        gone = watcher.locator(f'[data-show-time="{later[1].pk}"]')
        later[1].delete()
        expect(gone.locator("[data-seats]")).to_have_text("off sale")
        expect(gone).not_to_have_attribute("href", re.compile("."))

    def test_new_times_are_told_of(self) -> None:
        # Of another show than the one with the map, the page hears from the feed alone.
        later = timezone.now() + timedelta(days=2)
        other = factories.show(of=self.show.movie, starts_at=later, plan="SSS")
        page = self.window("/")
        note = page.get_by_role("status").get_by_role("link")
        left = page.locator(f'[data-show-time="{other.pk}"] [data-seats]')
        expect(left).to_have_text("3 left")
        expect(note).to_have_count(0)
        self.show, mapped = other, self.show
        self.book(1)  # once that is told, the page knows of all shows
        self.show = mapped
        expect(left).to_have_text("2 left")
        first = factories.show(of=self.show.movie)
        expect(note).to_have_text("1 new time: show it")
        second = factories.show(of=self.show.movie)
        expect(note).to_have_text("2 new times: show them")

        note.click()

        for show in (first, second):
            expect(page.locator(f'[data-show-time="{show.pk}"]')).to_be_visible()
        expect(note).to_have_count(0)

    def test_seat_of_somebody_else_is_refused_with_another_one_offered(self) -> None:
        buyer = self.window(self.show_path)
        late = self.window("/bookings/", user=factories.user())
        late.route_web_socket("**", lambda socket: None)
        late.route("**/seats/", lambda route: route.abort())
        late.goto(self.server.url(self.show_path))
        self.hold(buyer, 2)

        self.click_seat(late, 2)

        expect(late.locator("[data-tip]")).to_contain_text("Seat A2 was taken ")
        expect(late.locator("[data-notice-text]")).to_contain_text("Seat A2 was taken ")
        self.faults = [fault for fault in self.faults if "net::ERR_FAILED" not in fault]
        self.refused()
        late.get_by_role("button", name="Take A1 instead").click()
        self.seat(late, 1, "chosen")
        self.until_held(1, 2)
        self.seat(buyer, 1, "held")
        expect(late.locator("[data-notice]")).to_be_hidden()
        self.unreached()

    def test_of_rapid_clicks_the_last_selection_wins(self) -> None:
        page = self.window(self.show_path)
        watcher = self.window(self.show_path)
        self.freshness(watcher, "live")
        for seat_number in (1, 2, 3, 2, 4, 1):
            self.click_seat(page, seat_number)
        for seat_number, mine, theirs in (
            (1, "free", "free"),
            (2, "free", "free"),
            (3, "chosen", "held"),
            (4, "chosen", "held"),
        ):
            self.seat(watcher, seat_number, theirs)
            self.seat(page, seat_number, mine)

    def test_booking_of_seats_changed_in_another_tab_is_refused(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1)
        page.get_by_role("button", name="Review and book").click()
        other = page.context.new_page()
        other.goto(self.server.url(self.show_path))
        self.seat(other, 1, "chosen")
        self.hold(other, 2)

        page.get_by_role("button", name="Book these seats").click()

        expect(page.get_by_role("alert")).to_contain_text("Your seats have changed")
        self.seat(page, 2, "chosen")
        self.assertEqual(page.url, self.server.url(self.show_path))
        self.refused()

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
        self.unreached()
