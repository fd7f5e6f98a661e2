from unittest import mock

from django.core.cache import caches
from django.test import TestCase, tag
from django.utils import timezone
from rest_framework.settings import api_settings

from booking.models import Hold
from booking.selectors import seat_map
from booking.services.sales import book_seats
from foundation.web.problems import MEDIA_TYPE
from tests import factories
from tests.clock import throttles_at


@tag("once")
class LimitsTests(TestCase):
    def setUp(self) -> None:
        rates = dict(api_settings.DEFAULT_THROTTLE_RATES) | {"client": "2/min"}
        self.enterContext(mock.patch.object(api_settings, "DEFAULT_THROTTLE_RATES", rates))
        for cache in (caches["default"], caches["local"]):
            cache.clear()
        self.enterContext(self.settings(THROTTLES=True))
        self.enterContext(throttles_at(600_000))
        self.show = factories.show()

    def test_script_that_asks_too_often_is_told_when_to_try_again(self) -> None:
        answers = [
            self.client.post(
                f"/shows/{self.show.pk}/hold/",
                {"seats": [number]},
                content_type="application/json",
                REMOTE_ADDR="192.0.2.77",
            )
            for number in (1, 2, 3)
        ]

        self.assertEqual([answer.status_code for answer in answers], [200, 200, 429])
        self.assertEqual(answers[2].json()["code"], "throttled")
        self.assertEqual(answers[2]["Content-Type"], MEDIA_TYPE)
        self.assertGreaterEqual(int(answers[2]["Retry-After"]), 1)
        self.assertEqual(Hold.objects.get().seat_numbers, [2])

    def test_form_that_is_sent_too_often_gets_a_page(self) -> None:
        user = factories.user()
        booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=user, now=timezone.now()
        )
        self.client.force_login(user)
        forms: tuple[tuple[str, dict[str, str]], ...] = (
            (f"/shows/{self.show.pk}/book/", {"seats": "3"}),
            (f"/bookings/{booking.reference}/cancel/", {}),
            (f"/bookings/{booking.reference}/exchange/", {"give": "1", "take": "3"}),
        )
        for _ in range(2):
            self.client.post(f"/bookings/{booking.reference}/cancel/", {"some": ""})

        for path, form in forms:
            with self.subTest(path), throttles_at(600_010):
                response = self.client.post(path, form)
                self.assertContains(response, "Please wait 50 seconds", status_code=429)
                self.assertContains(response, user.username, status_code=429)
                self.assertEqual(response["Retry-After"], "50")
        self.assertEqual(seat_map.states(self.show.pk).states, "bbaaaaaaaa")

    def test_pages_are_limited_before_anything_is_read_for_them(self) -> None:
        pages = (
            "/",
            f"/shows/{self.show.pk}/",
            f"/shows/{self.show.pk}/?seats=1",
            "/bookings/",
            "/bookings/NOSUCH/calendar.ics",
            "/accounts/login/",
            "/accounts/signup/",
            "/admin/",
            "/api/",
            "/swagger/",
            "/nothing-here/",
        )
        for number, page in enumerate(pages):
            address = f"192.0.2.{number}"
            for _ in range(2):
                self.client.get(page, REMOTE_ADDR=address, headers={"Accept": "text/html"})
            with self.subTest(page), throttles_at(600_010), self.assertNumQueries(0):
                response = self.client.get(page, REMOTE_ADDR=address)
                self.assertEqual((response.status_code, response["Retry-After"]), (429, "50"))

    def test_pages_and_the_api_share_the_count(self) -> None:
        paths = ("/", "/api/movies/", "/", "/api/movies/")
        statuses = [self.client.get(path).status_code for path in paths]
        self.assertEqual(statuses, [200, 200, 429, 429])

    def test_account_counts_by_itself_behind_an_address_that_is_used_up(self) -> None:
        self.assertEqual([self.client.get("/").status_code for _ in range(3)], [200, 200, 429])
        self.client.force_login(factories.user())
        self.assertEqual([self.client.get("/").status_code for _ in range(3)], [200, 200, 429])

    def test_health_is_never_limited(self) -> None:
        self.assertEqual({self.client.get("/health/").status_code for _ in range(5)}, {200})


@tag("once")
class CachingTests(TestCase):
    def test_personal_pages_are_kept_by_nobody(self) -> None:
        self.client.force_login(factories.user())

        self.assertIn("no-store", self.client.get("/bookings/")["Cache-Control"])

    def test_maps_are_asked_for_anew_even_on_the_way_back(self) -> None:
        show = factories.show()
        for path in ("/", f"/shows/{show.pk}/"):
            with self.subTest(path):
                header = self.client.get(path)["Cache-Control"]
                self.assertEqual(set(header.split(", ")), {"private", "no-store"})
