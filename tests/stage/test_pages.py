import json
from typing import Any

from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from booking.management.sample import SHOWS
from booking.models import Show
from booking.selectors.catalogue import other_times
from booking.selectors.listing import shows_to_come
from booking.services.sales import book_seats
from stage import scenery, services
from stage.models import Act, Stage
from stage.performers import PREFIX, engage, performers
from tests import factories
from tests.booking.test_commands import run
from tests.cinema.routes import routes

BEGIN = "/stage/begin/"


@override_settings(STAGE=True)
class StageTestCase(TestCase):
    def begin(self, body: Any, **headers: str) -> Any:
        return self.client.post(BEGIN, json.dumps(body), "application/json", headers=headers)


class PageTests(StageTestCase):
    def test_page_has_the_map_and_says_without_scripts_what_there_is(self) -> None:
        page = self.client.get("/stage/")

        data = page.context["seat_map"]
        self.assertEqual((data["version"], data["show"]["bookable"]), (0, True))
        self.assertContains(page, "this browser runs none")
        self.assertNotContains(page, "<style")
        self.assertEqual(page["Cache-Control"], "private, no-store")

    def test_act_begins_where_it_is_to_be_played(self) -> None:
        self.client.get("/stage/")
        answer = self.begin({"act": "race", "seat": 3})

        self.assertRegex(answer.json()["play"], r"\A/stage/acts/[\w-]{43}/\Z")
        self.assertEqual(Stage.objects.get().seat_number, 3)
        again = self.begin({"act": "race", "seat": 3})
        self.assertEqual((again.status_code, again.json()["code"]), (409, "stage_busy"))

    def test_what_makes_no_sense_is_refused(self) -> None:
        self.client.get("/stage/")
        bodies: list[Any] = [
            {},
            {"act": "dance"},
            {"act": "race"},
            {"act": "race", "seat": "1"},
            [],
        ]
        for body in [*bodies, None]:
            with self.subTest(body=body):
                answer = self.begin(body)
                self.assertEqual((answer.status_code, answer.json()["code"]), (400, "invalid"))
        unknown = self.begin({"act": "race", "seat": 999})
        self.assertEqual((unknown.status_code, unknown.json()["code"]), (400, "unknown_seats"))

    def test_before_anyone_has_opened_it_there_is_nothing_to_play_on(self) -> None:
        self.assertEqual(self.begin({"act": "race", "seat": 1}).json()["code"], "stage_full")

    def test_stage_is_cleared_by_a_form(self) -> None:
        self.client.get("/stage/")
        show_id = Stage.objects.get().show_id

        self.assertRedirects(self.client.post("/stage/clear/"), "/stage/")
        self.assertNotEqual(Stage.objects.get().show_id, show_id)

        services.begin(act=Act.MEANWHILE, now=timezone.now())
        told = self.client.post("/stage/clear/", follow=True)
        self.assertContains(told, "Somebody is on the stage, or it rests.")

    def test_only_its_own_page_begins_or_clears(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.get("/stage/")
        for path in (BEGIN, "/stage/clear/"):
            self.assertEqual(client.post(path).status_code, 403)
        self.assertEqual(self.client.get(BEGIN).status_code, 405)
        self.assertEqual(self.client.get("/stage/clear/").status_code, 405)

    def test_address_that_plays_too_often_is_told_to_wait(self) -> None:
        limit = 20
        for allowed in (limit, 0):
            with override_settings(THROTTLES=bool(allowed)):
                codes = [self.begin({}).status_code for _ in range(limit + 1)]
            self.assertEqual(codes, [400] * limit + [429 if allowed else 400])

    def test_without_the_setting_there_is_no_stage(self) -> None:
        with override_settings(STAGE=False):
            answers = [
                self.client.get("/stage/"),
                self.begin({"act": "race", "seat": 1}),
                self.client.post("/stage/clear/"),
            ]
        self.assertEqual([answer.status_code for answer in answers], [404] * 3)
        self.assertEqual(Show.objects.count(), 0)


class ListingTests(StageTestCase):
    def setUp(self) -> None:
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        self.listed = factories.show()
        self.client.get("/stage/")
        self.show = Show.objects.get(is_listed=False)
        engage(3)
        book_seats(show_id=self.show.pk, seat_numbers=[1], user=performers()[0], now=timezone.now())

    def mentions(self) -> set[str]:
        """Return every page, API and list of the admin that shows anything of the stage's."""
        without_parts = {path for path in routes() if not set(path) & set("<{(?")}
        paths = without_parts - {"/stage/", "/admin/logout/"}
        paths |= {f"/admin/booking/show/{self.listed.pk}/change/", f"/shows/{self.listed.pk}/"}
        paths |= {f"/api/movies/{show.movie_id}/shows/" for show in (self.listed, self.show)}
        return {path for path in paths if self.is_mentioned(path)}

    def is_mentioned(self, path: str) -> bool:
        answer = self.client.get(path)
        text = answer.getvalue().decode()  # a stream's, too
        names = (scenery.TITLE, f"{scenery.AUDITORIUM}<", f'"{scenery.AUDITORIUM}"', PREFIX)
        return any(name in text for name in names)

    def test_no_listing_has_its_show(self) -> None:
        self.assertEqual(self.mentions(), set())
        now = timezone.now()
        self.assertEqual(shows_to_come(now=now).shows.keys(), {self.listed.pk})
        factories.show(of=self.show.movie)
        other = other_times(self.show, now=now, limit=9)
        self.assertEqual(other_times(other[0], now=now, limit=9), [])
        self.assertEqual(len(other), 1)

    def test_every_listing_would_have_it_if_it_were_listed(self) -> None:
        Show.objects.filter(pk=self.show.pk).update(is_listed=True)

        self.assertEqual(
            self.mentions(),
            {
                "/",
                "/movies/",
                "/api/movies/",
                "/api/shows/",
                f"/api/movies/{self.show.movie_id}/shows/",
                *(f"/admin/booking/{name}/" for name in ("movie", "auditorium", "show")),
                "/admin/booking/booking/",
                "/admin/booking/show/add/",
                f"/admin/booking/show/{self.listed.pk}/change/",
            },
        )
        self.assertIn(self.show.pk, shows_to_come(now=timezone.now()).shows)

    def test_sample_data_do_not_count_it(self) -> None:
        said = run("createsampledata", "--with-demo-user")
        self.assertIn(f"{len(SHOWS) + 1} upcoming shows", said)

    def test_those_who_have_its_address_find_it(self) -> None:
        for path in ("seats/", ""):
            self.assertEqual(self.client.get(f"/api/shows/{self.show.pk}/{path}").status_code, 200)

    def test_admin_knows_every_user_but_the_performers(self) -> None:
        url = reverse("admin:accounts_user_changelist")
        found = self.client.get(url).context["cl"].queryset
        self.assertEqual(set(found) & set(performers()), set())
        self.assertEqual(found.count(), 1)
