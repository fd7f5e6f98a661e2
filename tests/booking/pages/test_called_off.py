"""What pages say of a show that is called off, or has moved: each leads on to what can be had."""

import json
from datetime import timedelta
from typing import Any

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import Booking
from booking.services.calling_off import cancel_show, move_show
from booking.services.sales import book_seats
from tests import factories
from tests.booking.api.test_door import usher
from tests.booking.pages.test_for_machines import BLOCK
from tests.booking.services.test_calling_off import work

NOW = timezone.now()
CALLED_OFF = "This show is called off"


class PagesTestCase(TestCase):
    def setUp(self) -> None:
        movie = factories.movie()
        self.show = factories.show(of=movie)
        self.other = factories.show(of=movie, starts_at=self.show.starts_at + timedelta(days=1))
        self.user = factories.user()
        self.path = f"/shows/{self.show.pk}/"

    def book(self) -> Booking:
        return book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.user, now=NOW)

    def call_off(self) -> None:
        cancel_show(show_id=self.show.pk, now=timezone.now())

    def event(self, path: str) -> dict[str, Any]:
        """Return what a page says to search engines of the show."""
        [block] = BLOCK.findall(self.client.get(path).content.decode())
        graph = json.loads(block)["@graph"]
        [event] = [one for one in graph if one["@id"].endswith(self.path)]
        return dict(event)


@tag("once")
class CalledOffTests(PagesTestCase):
    def test_show_page_says_so_and_leads_on(self) -> None:
        self.call_off()
        page = self.client.get(self.path)
        self.assertContains(page, f"{CALLED_OFF}. Its seats can’t be booked any more.")
        self.assertContains(page, f'href="/shows/{self.other.pk}/"')
        data = page.context["seat_map"]["show"]
        self.assertEqual((data["bookable"], "cancelled" in data), (False, True))
        self.assertContains(self.client.get(f"{self.path}list/"), f"{CALLED_OFF}. Its seats")
        self.assertNotContains(self.client.get(f"/shows/{self.other.pk}/"), f'href="{self.path}"')

    def test_lists_keep_it_as_called_off_until_its_start(self) -> None:
        self.call_off()
        for path in ("/", "/movies/", f"/movies/{self.show.movie_id}/"):
            with self.subTest(path):
                page = self.client.get(path)
                self.assertContains(page, "<span data-seats>called off</span>")
                self.assertContains(page, f'data-show-time="{self.show.pk}"')

    def test_landing_page_has_the_map_of_the_next_one_that_takes_place(self) -> None:
        self.call_off()
        self.assertEqual(self.client.get("/").context["show"], self.other)
        cancel_show(show_id=self.other.pk, now=timezone.now())
        self.assertContains(self.client.get("/"), "The screen is dark")

    def test_search_engines_are_told(self) -> None:
        self.assertTrue(self.event(self.path)["eventStatus"].endswith("/EventScheduled"))
        self.call_off()
        for path in (self.path, f"/movies/{self.show.movie_id}/"):
            event = self.event(path)
            self.assertTrue(event["eventStatus"].endswith("/EventCancelled"))
            self.assertNotIn("offers", event)

    def test_ticket_says_so_before_and_after_it_is_cancelled(self) -> None:
        booking = self.book()
        self.client.force_login(self.user)
        self.call_off()
        for status in ("confirmed", "cancelled"):
            with self.subTest(status):
                self.assertEqual(Booking.objects.get().status, status)
                page = self.client.get(f"/bookings/{booking.reference}/")
                self.assertContains(page, CALLED_OFF)
                self.assertContains(page, "No longer valid")
                self.assertContains(page, f'href="/shows/{self.other.pk}/"')
                self.assertNotContains(page, "/exchange/")
                self.assertContains(self.client.get("/bookings/"), "Called off")
                entry = self.client.get(f"/bookings/{booking.reference}/calendar.ics")
                self.assertContains(entry, "STATUS:CANCELLED")
            work()

    def test_log_says_so(self) -> None:
        self.call_off()
        self.assertContains(self.client.get(f"{self.path}log/"), "called off")

    def test_door_says_so_and_has_nobody_on_its_list(self) -> None:
        self.book()
        self.client.force_login(usher())
        self.call_off()
        for path in ("/door/", f"/door/{self.show.pk}/"):
            self.assertContains(self.client.get(path), "called off")
        tickets = self.client.get(f"/api/door/shows/{self.show.pk}/").json()["tickets"]
        self.assertEqual(tickets, [])

    def test_page_from_before_books_nothing(self) -> None:
        self.client.force_login(self.user)
        terms = self.client.get(self.path).context["seat_map"]["show"]["terms"]
        self.call_off()
        answer = self.client.post(f"{self.path}book/", {"seats": "1", "terms": terms})
        self.assertContains(answer, "This show is called off.", status_code=409)
        self.assertContains(answer, f'href="/shows/{self.other.pk}/"', status_code=409)
        self.assertEqual(Booking.objects.count(), 0)


@tag("once")
class MovedTests(PagesTestCase):
    def test_who_booked_before_is_told_on_the_ticket(self) -> None:
        before = self.book()
        start = self.show.starts_at + timedelta(hours=1)
        move_show(show_id=self.show.pk, now=timezone.now(), starts_at=start)
        after = book_seats(
            show_id=self.show.pk, seat_numbers=[2], user=self.user, now=timezone.now()
        )
        self.client.force_login(self.user)
        moved = "This show has moved since you booked it."
        self.assertContains(self.client.get(f"/bookings/{before.reference}/"), moved)
        self.assertNotContains(self.client.get(f"/bookings/{after.reference}/"), moved)
        self.assertContains(self.client.get("/bookings/"), " · moved", count=1)

    def test_search_engines_are_told(self) -> None:
        start = self.show.starts_at + timedelta(hours=1)
        move_show(show_id=self.show.pk, now=timezone.now(), starts_at=start)
        self.assertTrue(self.event(self.path)["eventStatus"].endswith("/EventRescheduled"))
