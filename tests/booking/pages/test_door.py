"""Who sees the door, and what its page may do."""

from datetime import timedelta

from django.contrib.auth.models import Permission
from django.test import TestCase, tag
from django.utils import timezone

from booking.models import ADMIT, Show
from tests import factories


@tag("once")
class DoorPageTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(starts_at=timezone.now() + timedelta(minutes=30))
        self.path = f"/door/{self.show.pk}/"
        self.ann = factories.user()

    def sign_in(self) -> None:
        self.ann.user_permissions.add(Permission.objects.get(codename=ADMIT.partition(".")[2]))
        self.client.force_login(self.ann)

    def test_only_staff_of_the_door_see_it(self) -> None:
        for path in ("/door/", self.path):
            with self.subTest(path):
                self.assertRedirects(self.client.get(path), f"/accounts/login/?next={path}")
        self.client.force_login(self.ann)
        for path in ("/door/", self.path):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 403)
        self.sign_in()
        for path in ("/door/", self.path):
            with self.subTest(path):
                self.assertContains(self.client.get(path), self.show.movie.title)

    def test_shows_are_those_of_today_that_everybody_knows(self) -> None:
        self.sign_in()
        later = factories.show(starts_at=timezone.now() + timedelta(hours=30))
        hidden = factories.show(starts_at=timezone.now() + timedelta(hours=2))
        Show.objects.filter(pk=hidden.pk).update(is_listed=False)
        shows = self.client.get("/door/").context["shows"]
        self.assertEqual(shows, [self.show])
        self.assertEqual(self.client.get(f"/door/{later.pk}/").status_code, 200)
        self.assertEqual(self.client.get(f"/door/{hidden.pk}/").status_code, 404)

    def test_page_alone_may_compile_the_reader_and_says_nothing_of_tickets(self) -> None:
        self.sign_in()
        page = self.client.get(self.path)
        policy = page["Content-Security-Policy"]
        self.assertIn("script-src 'self' 'wasm-unsafe-eval'", policy)
        self.assertNotIn("wasm", self.client.get("/door/")["Content-Security-Policy"])
        self.assertIn("no-store", page["Cache-Control"])
        self.assertNotIn("tickets", page.context["data"])

    def test_page_that_a_phone_keeps_names_nobody_and_has_no_token(self) -> None:
        self.sign_in()
        response = self.client.get(self.path)
        self.assertNotContains(response, self.ann.get_username())
        self.assertNotContains(response, "csrfmiddlewaretoken")
        self.assertContains(self.client.get("/door/"), self.ann.get_username())

    def test_worker_is_a_script_for_the_paths_of_the_door(self) -> None:
        worker = self.client.get("/door/worker.js")
        self.assertEqual(worker["Content-Type"], "text/javascript; charset=utf-8")
        self.assertEqual(worker["Cache-Control"], "no-cache")
        self.assertContains(worker, 'startsWith("/door/")')
