"""Staff run the box office under the site's content security policy."""

from django.test import tag
from playwright.sync_api import expect

from booking.models import Auditorium
from tests import factories
from tests.journeys.browser import BrowserTestCase


@tag("browser")
class AdminTests(BrowserTestCase):
    # One test, since each test empties the tables, and the server remembers content types.
    def test_staff_look_around_cancel_a_booking_and_build_an_auditorium(self) -> None:
        staff = factories.user(is_staff=True, is_superuser=True)
        booking = self.book(1, 2)
        hall = self.show.auditorium
        self.window("/admin/login/")
        page = self.window("/admin/", user=staff)
        for path in (
            "/admin/booking/show/",
            f"/admin/booking/show/{self.show.pk}/change/",
            "/admin/booking/movie/add/",
            f"/admin/accounts/user/{staff.pk}/change/",
            "/admin/status/",
        ):
            page.goto(self.server.url(path))
        page.goto(self.server.url(f"/admin/booking/show/{self.show.pk}/change/"))
        expect(page.get_by_label("Change it all the same")).to_have_count(0)
        page.get_by_label("Price:").fill("11.00")
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.locator(".errorlist")).to_contain_text("2 tickets are sold.")
        page.get_by_label("Change it all the same").check()
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
        expect(page.get_by_label("Price:")).to_have_value("11.00")
        page.goto(self.server.url(f"/admin/booking/show/{self.show.pk}/delete/"))
        expect(page.locator("#content")).to_contain_text("has a booking. Bookings are kept")
        page.goto(self.server.url(f"/admin/booking/auditorium/{hall.pk}/change/"))
        expect(page.locator("svg.layout rect")).to_have_count(hall.capacity)
        page.goto(self.server.url(f"/admin/booking/booking/{booking.pk}/change/"))
        page.get_by_role("checkbox", name="A1").check()
        page.get_by_role("button", name="Cancel the ticked tickets").click()
        expect(page.locator(".messagelist")).to_have_text("Cancelled A1.")
        page.get_by_role("button", name="Cancel this booking").click()
        expect(page.locator(".messagelist")).to_have_text(f"{booking.reference} is cancelled.")

        page.goto(self.server.url(f"/admin/booking/show/{self.show.pk}/change/"))
        page.get_by_role("link", name="Till").click()
        page.get_by_text("Block seats", exact=True).first.click()
        block = page.locator("form[data-till-form=block]")
        self.click_seat(page, 3)
        expect(block.get_by_label("Seats")).to_have_value("A3")
        block.get_by_label("Reason").fill("Broken")
        block.get_by_role("button").click()
        expect(page.locator(".notices")).to_have_text("Blocked A3: Broken")
        self.seat(page, 3, "blocked")

        page.goto(self.server.url("/admin/booking/auditorium/add/"))
        page.get_by_label("Name").fill("Studio")
        page.get_by_label("Plan").fill("SS.SS\n\nPQ")
        save = page.get_by_role("button", name="Save and continue editing")
        save.click()
        expect(page.locator(".errorlist")).to_have_text(
            "Line 3, column 2: 'Q' is none of S, P, W, C and the dot."
        )
        page.wait_for_load_state()
        page.get_by_label("Plan").fill("SS.SS\n\nPW")
        save.click()
        expect(page.locator("svg.layout rect")).to_have_count(6)
        self.assertTrue(Auditorium.objects.filter(name="Studio", capacity=6).exists())

        page.goto(self.server.url(f"/admin/accounts/user/{booking.user_id}/delete/"))
        page.get_by_role("button", name="Yes, erase").click()
        expect(page.locator(".messagelist")).to_contain_text("deleted successfully")
        self.assertRegex(str(type(booking).objects.get(pk=booking.pk).user), "^erased-")
