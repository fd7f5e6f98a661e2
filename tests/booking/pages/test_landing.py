from datetime import timedelta

from django.test import TestCase, tag
from django.utils import timezone

from booking.selectors import seat_map
from tests import factories


@tag("once")
class LandingTests(TestCase):
    def test_landing_without_a_show_says_so(self) -> None:
        response = self.client.get("/")

        self.assertContains(response, "No show is planned right now")
        self.assertNotContains(response, "seat-map-data")

    def test_landing_carries_the_map_of_the_next_show(self) -> None:
        factories.show(starts_at=timezone.now() + timedelta(days=2))
        soonest = factories.show(starts_at=timezone.now() + timedelta(hours=1))
        factories.show(starts_at=timezone.now() - timedelta(hours=1))

        response = self.client.get("/")

        self.assertEqual(response.context["seat_map"]["show"]["id"], soonest.pk)

    def test_landing_lists_the_times_of_upcoming_shows_with_seats_left(self) -> None:
        show = factories.show()

        response = self.client.get("/")

        self.assertContains(response, f'data-show-time="{show.pk}"')
        self.assertContains(response, "<span data-seats>10 left</span>", html=True)

    def test_pages_without_an_icon_of_their_own_get_one(self) -> None:
        response = self.client.get("/favicon.ico")

        self.assertRedirects(response, "/static/icons/favicon.svg", fetch_redirect_response=False)

    def test_landing_takes_as_many_queries_for_thirty_shows_as_for_one(self) -> None:
        room = factories.auditorium()
        movie = factories.movie()
        seat_map.layout(room)  # is read once
        for day in range(1, 31):
            factories.show(room=room, of=movie, starts_at=timezone.now() + timedelta(days=day))
            self.client.cookies.clear()  # with one, a query more reads the hold
            if day in (1, 30):
                with self.subTest(shows=day), self.assertNumQueries(4):
                    self.client.get("/")
