"""What holds for every page: nothing moves by itself, nothing overflows, nobody is shut out."""

import re
from datetime import timedelta

from django.test import tag
from django.utils import timezone
from playwright.sync_api import expect

from booking.links import token_of
from booking.models import Booking
from payments.addresses import address_of
from payments.models import Payment, Pretended
from tests import factories
from tests.journeys.browser import DESKTOP, PHONE, TABLET, BrowserTestCase

TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LAYOUT_SHIFT = """() => new Promise((resolve) => {
  let total = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) total += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(total))));
})"""


@tag("browser")
class EveryPageTests(BrowserTestCase):
    def paths(self) -> tuple[object, list[str]]:
        user = factories.user()
        booking = self.book(1, 2, user=user)
        started = factories.show(starts_at=timezone.now() - timedelta(minutes=3))
        listed = f"{self.show_path}list/?seats=3,4"
        shows = [self.show_path, listed, f"{self.show_path}log/", f"/shows/{started.pk}/"]
        programme = ["/movies/", f"/movies/{self.show.movie_id}/", "/movies/?title=nothing"]
        own = ["/bookings/", f"/bookings/{booking.reference}/"]
        own += [f"/accounts/{page}" for page in ("", "email/", "password/", "delete/", "reset/")]
        own.append("/mails/")
        guests = self.book(7)
        Booking.objects.filter(pk=guests.pk).update(user=None, email="ada@example.org")
        own += [f"/tickets/{token_of(guests.pk, 'ada@example.org')}/"]
        return user, ["/", *programme, *shows, *own, *self.payments(booking)]

    def payments(self, booking: Booking) -> list[str]:
        """Return the paths of payments that were made, declined and given up, and of a card."""
        now, paths = timezone.now(), []
        for number, state in enumerate(("captured", "failed", "cancelled")):
            payment = Payment.objects.create(
                provider="pretend",
                amount=12,
                state=state,
                reason="Your card was declined.",
                show=booking.show,
                hold_id=number,
                seat_numbers=[1],
                booking=booking if state == "captured" else None,
                created_at=now,
                until=now,
            )
            paths.append(f"/payments/{address_of(payment)}/")
        card = Pretended.objects.create(payment_id=1, amount=12, until=now)
        return [*paths, f"/payments/pretend/{card.pk}/"]

    def test_no_page_logs_an_error_is_wider_than_its_window_or_shuts_anybody_out(self) -> None:
        user, paths = self.paths()
        cases = [(user, paths), (None, ["/", "/accounts/login/", "/accounts/signup/"])]
        for who, seen in cases:
            page = self.window("/", user=who)
            for path in seen:
                with self.subTest(path=path, signed_in=who is not None):
                    for viewport in (PHONE, DESKTOP):
                        page.set_viewport_size(viewport)
                        page.goto(self.server.url(path), wait_until="networkidle")
                        self.assertEqual((self.too_wide(page), self.faults), (0, []))
                    self.assertEqual(self.violations(page), [])
                    page.set_viewport_size(TABLET)
                    self.assertEqual(self.too_wide(page), 0)
            page.context.close()

    def test_axe_finds_nothing_in_the_dialogs(self) -> None:
        for user in (None, factories.user()):
            with self.subTest(signed_in=user is not None):
                page = self.window(self.show_path, user=user)
                self.hold(page, 3 if user else 4)
                page.get_by_role("button", name="Review and book").click()
                self.assertEqual(self.violations(page), [])

    def test_nothing_moves_when_the_socket_connects(self) -> None:
        for viewport in (DESKTOP, PHONE):
            with self.subTest(width=viewport["width"]):
                page = self.window(
                    self.show_path, viewport=viewport, reduced_motion="no-preference"
                )
                self.freshness(page, "live")
                self.assertLess(page.evaluate(LAYOUT_SHIFT), 0.01)

    def test_headings_have_as_many_lines_before_their_font_is_there(self) -> None:
        for viewport in (DESKTOP, TABLET, PHONE):
            with self.subTest(width=viewport["width"]):
                page = self.window("/", viewport=viewport)
                page.evaluate("document.fonts.ready.then(() => true)")
                box = page.locator("h1").bounding_box()
                page.route("**/*.woff2", lambda route: route.abort())
                page.reload()
                self.assertEqual(page.locator("h1").bounding_box(), box)
                page.context.close()
        self.faults.clear()  # the font's own

    def test_map_without_room_logs_no_error(self) -> None:
        page = self.window(self.show_path, viewport=PHONE)
        self.freshness(page, "live")
        frame = page.locator("[data-map-frame]")
        letters = page.locator(".row-letters").first
        expect(letters).to_have_attribute("transform", re.compile("translate"))
        before = letters.get_attribute("transform")

        for display in ("none", ""):
            frame.evaluate("(node, display) => (node.style.display = display)", display)
            page.evaluate(TWO_FRAMES)

        self.assertEqual((letters.get_attribute("transform"), self.faults), (before, []))
