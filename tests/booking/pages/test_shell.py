import gzip
import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory, TestCase, tag
from django.utils import timezone

from booking.models import Show
from booking.pages.shell import GAPS, Page, Shell, show_shell
from booking.selectors import seat_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from foundation.web.clients import BROWSER_COOKIE
from tests import factories


def shell_of(show: Show) -> Shell:
    request = RequestFactory().get(f"/shows/{show.pk}/")
    request.user = AnonymousUser()
    return show_shell(request, show.pk)


def timeless(page: bytes) -> bytes:
    """Return a page without the time at which it was made."""
    return re.sub(rb'(data-now="|"server_time": )\d+', rb"\1", page)


@tag("once")
class ShellTests(TestCase):
    def filled(self, shell: Shell, show: Show) -> Page:
        return shell.filled(seat_map.states(show.pk), timezone.now())

    def test_page_that_is_filled_in_is_the_one_that_django_shows_a_stranger(self) -> None:
        show = factories.show(plan="SP.WC\nSS.SS")
        shell, user, now = shell_of(show), factories.user(), timezone.now()
        changes = (
            lambda: None,
            lambda: place_hold(show_id=show.pk, selection=[1, 2], client="x", user=None, now=now),
            lambda: book_seats(show_id=show.pk, seat_numbers=[5], user=user, now=now),
            lambda: book_seats(show_id=show.pk, seat_numbers=[3, 4, 6, 7, 8], user=user, now=now),
        )
        for number, change in enumerate(changes):
            change()
            page = self.filled(shell, show)
            with self.subTest(changes=number):
                shown = Client().get(f"/shows/{show.pk}/").content
                self.assertEqual(timeless(page.plain), timeless(shown))
                self.assertEqual(gzip.decompress(page.gzipped), page.plain)

    def test_every_gap_is_in_the_page_and_filled(self) -> None:
        show = factories.show()
        shell = shell_of(show)
        self.assertEqual(set(shell._gaps), set(GAPS))
        page = self.filled(shell, show).plain.decode()
        self.assertEqual([number for number in GAPS.values() if str(number) in page], [])

    def test_name_is_that_of_what_it_says_and_not_of_when(self) -> None:
        show = factories.show(plan="SSSSS\nSSSSS", starts_at=timezone.now() + timedelta(days=9))
        states, now = seat_map.states(show.pk), timezone.now()
        name = shell_of(show).filled(states, now).name
        later = now + timedelta(seconds=5)
        self.assertEqual(shell_of(show).filled(states, later).name, name)
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=now)
        names = {name, self.filled(shell_of(show), show).name}
        Show.objects.filter(pk=show.pk).update(starts_at=now - timedelta(minutes=1))
        names.add(self.filled(shell_of(show), show).name)
        self.assertEqual(len(names), 3)


@tag("once")
class StrangersPageTests(TestCase):
    """What Django shows, and sets, for who comes without and with a cookie of ours."""

    def setUp(self) -> None:
        self.path = f"/shows/{factories.show().pk}/"

    def test_page_of_a_stranger_sets_no_cookie_and_has_no_token(self) -> None:
        for path in ("/", self.path):
            with self.subTest(path):
                page = Client().get(path)
                self.assertEqual(list(page.cookies), [])
                self.assertNotContains(page, "csrfmiddlewaretoken")

    def test_page_for_a_cookie_of_ours_has_tokens(self) -> None:
        names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, BROWSER_COOKIE)
        for name in names:
            with self.subTest(name):
                client = Client()
                client.cookies[name] = "a" * 32
                self.assertContains(client.get(self.path), "csrfmiddlewaretoken")

    def test_stranger_without_scripts_is_led_to_a_form_with_a_token(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        listed = f"{self.path}list/"
        link = f'<a class="button button-wide" href="{listed}">'
        self.assertContains(strict.get(self.path), link)
        self.assertContains(
            strict.get(listed), '<option value="1">A1 (standard)</option>', html=True
        )
        form = strict.get(listed, {"seats": [1, 3]}).content.decode()
        token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', form)[0]
        sent = strict.post(f"{self.path}book/", {"csrfmiddlewaretoken": token, "seats": ["1", "3"]})
        self.assertRedirects(sent, f"/accounts/login/?next={self.path}%3Fseats%3D1%2C3")
