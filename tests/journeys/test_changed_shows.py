"""A show changes while its page is open: people book what they saw, or are asked anew."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import tag
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking.models import Show, Ticket
from booking.services.shows import change_show
from tests import factories
from tests.journeys.browser import BrowserTestCase

SENTENCE = "The price is now €14.00 instead of €12.50."
# The clock of a browser that is a day ahead of the world's.
CLOCK_AHEAD = """{
  const [now, origin] = [Date.now, performance.timeOrigin];
  Date.now = () => now() + 86_400_000;
  Object.defineProperty(performance, "timeOrigin", { get: () => origin + 86_400_000 });
}"""


@tag("browser")
class ChangedShowTests(BrowserTestCase):
    def change(self, **facts: Any) -> None:
        """Change the show outside of the server."""
        show_id, now = self.show.pk, timezone.now()
        self.elsewhere(lambda: change_show(show_id=show_id, now=now, **facts))

    def prices(self) -> list[Decimal]:
        return list(Ticket.objects.order_by("seat_number").values_list("price", flat=True))

    def deaf(self, **options: Any) -> Page:
        """Open the page of the show in a window that hears of no change of it."""
        page = self.window("/bookings/", user=factories.user(), **options)
        page.route_web_socket("**", lambda socket: None)
        page.route("**/seats/", lambda route: route.abort())
        page.goto(self.server.url(self.show_path))
        return page

    def heard_nothing(self) -> None:
        """Expect what Chromium logs of a deaf window, and of one answer that refuses."""
        told = ("net::ERR_FAILED", "status of 409")
        self.assertEqual([f for f in self.faults if not any(t in f for t in told)], [])
        self.faults.clear()

    def test_open_page_follows_every_fact_of_the_show(self) -> None:
        page = self.window(self.show_path)
        self.freshness(page, "live")
        start = timezone.localtime(self.show.starts_at) + timedelta(days=3, minutes=7)

        self.change(
            price=Decimal("14.00"),
            premium_surcharge=Decimal("5.00"),
            starts_at=start,
            movie=factories.movie(title="Another film"),
            auditorium=factories.auditorium(plan=self.show.auditorium.plan),
        )

        expect(page.get_by_role("heading", level=1)).to_have_text("Another film")
        hall = Show.objects.get(pk=self.show.pk).auditorium.name
        expect(page.locator(".show-facts")).to_contain_text(
            f"{start:%A} {start.day} {start:%B}, {start:%H:%M}"
        )
        expect(page.locator(".show-facts")).to_contain_text(hall)
        expect(page.locator("[data-price-of=standard]")).to_have_text("€14.00")
        expect(page.locator("[data-price-of=premium]")).to_have_text("€19.00")
        expect(page.locator('[data-seat="1"]')).to_have_attribute(
            "aria-label", "Row A, seat 1, standard, €14.00, free"
        )
        expect(page.locator("[data-notice-text]")).to_contain_text("the price is now €14.00")
        self.assertTrue(page.title().startswith("Another film"))

    def test_listing_follows_a_show_that_moves(self) -> None:
        page = self.window("/")
        listed = page.locator(f'[data-show-time="{self.show.pk}"]')
        start = timezone.localtime(self.show.starts_at) + timedelta(days=3, minutes=7)

        self.change(starts_at=start)

        expect(listed).to_contain_text(f"{start:%A} {start.day} {start:%B} {start:%H:%M}")

    def test_listing_keeps_a_show_with_its_film(self) -> None:
        other = factories.show(of=factories.movie(title="Another film"))
        page = self.window("/")
        film = page.locator(f'[data-movie="{other.movie_id}"]')
        listed = page.locator(f'[data-show-time="{self.show.pk}"]')

        self.change(movie=other.movie)
        expect(film.locator("[data-show-time]")).to_have_count(2)

        self.change(movie=factories.movie(title="A third film"))
        expect(film.locator("[data-show-time]")).to_have_count(1)
        expect(listed).to_have_count(0)

    def test_listing_names_the_day_by_the_clock_of_the_server(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.add_init_script(CLOCK_AHEAD)
        page.goto(self.server.url("/"))
        listed = page.locator(f'[data-show-time="{self.show.pk}"]')
        noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)

        self.change(starts_at=noon + timedelta(days=1))

        expect(listed).to_contain_text("Tomorrow 12:00")

    def test_page_that_has_no_socket_follows_as_well(self) -> None:
        page = self.window("/bookings/", user=factories.user())
        page.route_web_socket("**", lambda socket: socket.close())
        page.goto(self.server.url(self.show_path))
        self.freshness(page, "live")

        self.change(price=Decimal("14.00"))

        expect(page.locator("[data-price-of=standard]")).to_have_text("€14.00")
        expect(page.locator("[data-notice-text]")).to_have_text(SENTENCE)

    def test_whoever_has_chosen_seats_is_asked_anew_and_books_at_the_new_price(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1, 2)
        page.get_by_role("button", name="Review and book").click()
        expect(page.locator("[data-bill-total]")).to_have_text("€25.00")

        self.change(price=Decimal("14.00"))

        dialog = page.get_by_role("dialog", name="The show has changed")
        expect(dialog).to_contain_text(SENTENCE)
        expect(dialog).to_contain_text("€28.00")
        self.assertEqual(self.prices(), [])
        dialog.get_by_role("button", name="Agree").click()
        expect(page.locator("[data-bill-total]")).to_have_text("€28.00")
        page.get_by_role("button", name="Book these seats").click()
        page.wait_for_url("**/bookings/*/")
        self.assertEqual(self.prices(), [Decimal("14.00")] * 2)

    def test_whoever_does_not_agree_gives_the_seats_back(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1)
        self.change(starts_at=self.show.starts_at + timedelta(days=1))

        page.get_by_role("dialog").get_by_role("button", name="Give them back").click()

        self.seat(page, 1, "free")

    def test_nothing_is_asked_of_who_wanted_seats_once_the_show_has_started(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1)
        dialog = page.get_by_role("dialog", name="The show has changed")

        self.change(starts_at=timezone.now() + timedelta(seconds=10))

        expect(dialog).to_contain_text("The film starts")
        expect(page.locator("[data-seats-left]")).to_have_text("Box office closed")
        expect(dialog).to_be_hidden()

    def test_seats_that_another_tab_gives_back_are_not_asked_about(self) -> None:
        page = self.window(self.show_path)
        self.hold(page, 1, 2)
        other = page.context.new_page()
        other.goto(self.server.url(self.show_path))
        self.seat(other, 2, "chosen")
        self.change(price=Decimal("14.00"))
        dialog = page.get_by_role("dialog", name="The show has changed")
        expect(dialog).to_contain_text("€28.00")
        other.keyboard.press("Escape")

        other.get_by_role("button", name="Give back seat A2").click()
        expect(dialog.locator("tbody tr")).to_have_text(["Seat A1standard€14.00"])
        expect(dialog.locator("tfoot")).to_contain_text("€14.00")

        other.get_by_role("button", name="Give back seat A1").click()
        expect(dialog).to_be_hidden()

    def test_page_that_heard_nothing_books_nothing_before_it_is_agreed_anew(self) -> None:
        page = self.deaf()
        self.hold(page, 1)
        page.get_by_role("button", name="Review and book").click()
        self.change(price=Decimal("14.00"))

        page.get_by_role("button", name="Book these seats").click()

        dialog = page.get_by_role("dialog", name="The show has changed")
        expect(dialog).to_contain_text(f"{SENTENCE} Nothing was booked.")
        self.assertEqual(self.prices(), [])
        dialog.get_by_role("button", name="Agree and book these seats").click()
        page.wait_for_url("**/bookings/*/")
        self.assertEqual(self.prices(), [Decimal("14.00")])
        self.heard_nothing()

    def test_page_that_heard_nothing_holds_nothing_before_it_is_agreed_anew(self) -> None:
        page = self.deaf()
        self.change(price=Decimal("14.00"))

        self.click_seat(page, 1)

        dialog = page.get_by_role("dialog", name="The show has changed")
        expect(dialog).to_contain_text(SENTENCE)
        expect(dialog).to_contain_text("€14.00")
        self.seat(page, 1, "free")
        dialog.get_by_role("button", name="Agree").click()
        self.seat(page, 1, "chosen")
        expect(page.locator("[data-total]")).to_have_text("€14.00")
        self.heard_nothing()

    def test_without_scripts_the_page_asks_anew(self) -> None:
        page = self.deaf(java_script_enabled=False)
        page.get_by_role("link", name="Choose from a list").click()
        page.get_by_label("Free seats").select_option(["1", "3"])
        page.get_by_role("button", name="Choose these seats").click()
        expect(page.get_by_role("cell", name="€25.00")).to_be_visible()
        self.change(price=Decimal("14.00"))

        page.get_by_role("button", name="Book these seats").click()

        expect(page.get_by_text(f"{SENTENCE} Nothing was booked.")).to_be_visible()
        self.assertEqual(self.prices(), [])
        page.get_by_role("button", name="Agree and book these seats").click()
        page.wait_for_url("**/bookings/*/")
        self.assertEqual(self.prices(), [Decimal("14.00")] * 2)
        self.heard_nothing()

    def test_second_tab_asks_anew_as_well(self) -> None:
        page = self.window(self.show_path, user=factories.user())
        self.hold(page, 1)
        other = page.context.new_page()
        other.goto(self.server.url(self.show_path))
        self.seat(other, 1, "chosen")

        self.change(price=Decimal("14.00"))

        for tab in (page, other):
            expect(tab.get_by_role("dialog")).to_contain_text(SENTENCE)
        other.get_by_role("dialog").get_by_role("button", name="Agree").click()
        other.get_by_role("button", name="Review and book").click()
        other.get_by_role("button", name="Book these seats").click()
        other.wait_for_url("**/bookings/*/")
        self.assertEqual(self.prices(), [Decimal("14.00")])
