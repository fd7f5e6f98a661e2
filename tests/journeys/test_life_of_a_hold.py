"""Holds, groups and changed bookings, as people go through them."""

import re

from django.test import tag
from playwright.sync_api import expect

from booking.models import Booking
from tests import factories
from tests.journeys.browser import BrowserTestCase


@tag("browser")
class LifeOfAHoldTests(BrowserTestCase):
    def test_two_people_want_one_seat(self) -> None:
        first = self.window(self.show_path)
        # What an address lets go of is not its own again for a while.
        second = self.window(self.show_path, user=factories.user())
        self.freshness(second, "live")

        self.hold(first, 1)
        self.seat(second, 1, "held")
        self.click_seat(second, 1)
        expect(second.locator("[data-tip]")).to_contain_text("Someone is holding this seat, for ")

        first.get_by_role("button", name="Give back seat A1").click()
        self.seat(second, 1, "free")
        self.hold(second, 1)
        self.seat(first, 1, "held")

    def test_hold_that_lapses_is_offered_again(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1, 2)
        expect(page.locator("[data-countdown]")).to_have_text(
            re.compile("Held for you for (8:00|7:5.)")
        )
        self.lapse(1, 2)
        page.reload()

        expect(page.locator("[data-notice-text]")).to_have_text("Your time for A1 and A2 ran out.")
        self.seat(page, 1, "free")
        page.get_by_role("button", name="Hold A1 and A2 again").click()
        self.seat(page, 2, "chosen")
        self.until_held(1, 2)
        page.get_by_role("button", name="Review and book").click()
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")

    def test_seats_that_somebody_took_after_the_hold_are_replaced_by_near_ones(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1, 2)
        self.lapse(1, 2)
        self.book(2)
        page.reload()

        page.get_by_role("button", name="Hold the nearest free seats").click()

        notice = page.locator("[data-notice-text]")
        expect(notice).to_contain_text("Held for you instead: B1 and B2.")
        self.seat(page, 6, "chosen")
        self.seat(page, 7, "chosen")
        self.refused()

    def test_hold_ends_on_the_page_when_its_time_is_over(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.clock.install()
        page.goto(self.server.url(self.show_path))
        self.hold(page, 1)
        # Else the page's own request, not answered yet, would be out of time as well.
        expect(page.locator("[data-countdown]")).to_contain_text("Held for you for")
        tip = page.locator("[data-tip] span")
        expect(tip).to_have_text("Held for you. Press again to give it back.")
        page.clock.fast_forward("08:01")
        expect(page.locator("[data-notice-text]")).to_have_text("Your time for A1 ran out.")
        expect(tip).to_have_text(re.compile("^Free"))
        self.seat(page, 1, "free")
        expect(page.locator("[data-seats-left]")).to_have_text("18 of 18 seats left")
        expect(page.locator('[data-count="free"]')).to_have_text("18")
        expect(page.get_by_role("button", name="Review and book")).to_be_disabled()

    def test_group_of_four_takes_the_best_seats(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        watcher = self.window(self.show_path)
        self.freshness(watcher, "live")

        page.get_by_role("button", name="Best seats for 4").click()

        expect(page.locator("[data-notice-text]")).to_have_text("Held for you: C1–C4.")
        for seat_number in (10, 11, 12, 13):
            self.seat(page, seat_number, "chosen")
            self.seat(watcher, seat_number, "held")
        expect(page.locator("[data-total]")).to_have_text("€62.00")
        page.get_by_role("button", name="Best seats for 2").click()
        expect(page.locator("[data-chosen-count]")).to_have_text("2 seats")
        self.seat(watcher, 12, "free")

    def test_next_on_the_waitlist_gets_the_seat_and_books_it(self) -> None:
        first = self.window(self.show_path)
        second = self.window(self.show_path, user=factories.user())
        self.freshness(second, "live")
        self.hold(first, 1)
        self.seat(second, 1, "held")

        self.click_seat(second, 1)
        second.get_by_role("button", name="Join the waitlist").click()
        notice = second.locator("[data-notice-text]")
        expect(notice).to_contain_text("You are told here when seat A1 becomes free")
        second.get_by_role("button", name="Stop waiting").click()
        expect(notice).to_have_text("You no longer wait for A1.")
        self.click_seat(second, 1)
        second.get_by_role("button", name="Join the waitlist").click()
        expect(notice).to_contain_text("You are told here when seat A1 becomes free")
        second.reload()
        expect(notice).to_contain_text("You are on the waitlist for A1")
        first.get_by_role("button", name="Give back seat A1").click()

        expect(notice).to_have_text(re.compile("Seat A1 is held for you for 1:[23]."))
        self.seat(second, 1, "chosen")
        self.seat(first, 1, "held")
        second.get_by_role("button", name="Review and book").click()
        second.get_by_role("button", name="Book these seats").click()
        second.wait_for_url("**/bookings/*/")

    def test_offer_comes_into_the_hold_one_has_in_every_tab(self) -> None:
        first = self.window(self.show_path)
        self.hold(first, 1)
        second = self.window(self.show_path, user=factories.user())
        other_tab = second.context.new_page()
        other_tab.goto(self.server.url("/"))
        self.hold(second, 4)
        self.seat(other_tab, 4, "chosen")
        self.click_seat(second, 1)
        second.get_by_role("button", name="Join the waitlist").click()
        notice = second.locator("[data-notice-text]")
        expect(notice).to_contain_text("You are told here when seat A1 becomes free")

        first.get_by_role("button", name="Give back seat A1").click()

        expect(notice).to_contain_text("Seat A1 is held for you, with your other seats, for ")
        for tab in (second, other_tab):
            self.seat(tab, 1, "chosen")
            self.seat(tab, 4, "chosen")
        second.get_by_role("button", name="Review and book").click()
        second.get_by_role("button", name="Book these seats").click()
        second.wait_for_url("**/bookings/*/")
        self.assertEqual(Booking.objects.get().tickets.count(), 2)

    def test_who_comes_back_during_the_offer_finds_the_seat(self) -> None:
        user = factories.user()
        first = self.window(self.show_path)
        self.hold(first, 1)
        away = self.window(self.show_path, user=user)
        self.click_seat(away, 1)
        away.get_by_role("button", name="Join the waitlist").click()
        expect(away.locator("[data-notice-text]")).to_contain_text("You are told here")
        away.goto(self.server.url("/bookings/"))
        first.get_by_role("button", name="Give back seat A1").click()
        self.seat(first, 1, "held")

        away.goto(self.server.url(self.show_path))

        self.seat(away, 1, "chosen")
        expect(away.locator("[data-notice-text]")).to_contain_text("Seat A1 is held for you for 1:")

    def test_one_ticket_of_a_booking_is_cancelled(self) -> None:
        user = factories.user()
        booking = self.book(1, 2, user=user)
        page = self.window(f"/bookings/{booking.reference}/", user=user)

        page.get_by_text("Cancel tickets").click()
        page.get_by_role("checkbox", name="Seat A1").check()
        page.get_by_role("button", name="Cancel the ticked seats").click()

        expect(page.get_by_text("Cancelled and free again: A1.")).to_be_visible()
        expect(page.locator("tfoot td").first).to_have_text("€12.50")
        self.assertEqual(Booking.objects.get().status, "confirmed")
        states = self.show.show_seats.order_by("seat_number").values_list("state", flat=True)
        self.assertEqual("".join(states)[:3], "aba")
        page.get_by_text("Exchange a seat").click()
        page.get_by_label("Free seat to take").select_option("C1 (premium)")
        page.get_by_role("button", name="Exchange", exact=True).click()
        expect(page.locator("tfoot td").first).to_have_text("€15.50")
