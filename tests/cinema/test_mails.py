"""The mail server's URL, and the page that shows every mail."""

from unittest import mock

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone
from django.utils.html import escape

from cinema.mail_preview import MAILS
from cinema.mail_server import CONSOLE, SMTP, mail_server, site_url
from foundation.outbox.worker import _handlers


class MailServerTests(SimpleTestCase):
    def test_url_says_how_to_connect(self) -> None:
        for url, server in (
            ("", (CONSOLE, "", 25, "", "", False, False)),
            ("smtp://relay.example", (SMTP, "relay.example", 25, "", "", False, False)),
            ("smtps://a%40b:p%2Fw@x.example", (SMTP, "x.example", 465, "a@b", "p/w", True, False)),
            ("submission://u:p@x.example:2525", (SMTP, "x.example", 2525, "u", "p", False, True)),
        ):
            with self.subTest(url):
                self.assertEqual(tuple(mail_server(url)), server)

    def test_links_lead_where_the_site_is(self) -> None:
        for given, is_local, https, url in (
            ("https://tickets.example/", False, True, "https://tickets.example"),
            ("", True, False, "http://127.0.0.1:8000"),
            ("", False, True, "https://frontrow.example"),
            ("", False, False, "http://frontrow.example"),
        ):
            found = site_url(given, ".frontrow.example", is_local=is_local, https=https)
            self.assertEqual(found, url)
        with self.assertRaisesMessage(ImproperlyConfigured, "SITE_URL"):
            site_url("", "*", is_local=False, https=True)
        for given in ("tickets.example", "ftp://tickets.example", "https://"):
            with self.subTest(given), self.assertRaises(ImproperlyConfigured):
                site_url(given, "frontrow.example", is_local=False, https=True)

    def test_wrong_url_is_refused_without_its_password(self) -> None:
        for url in ("http://x", "smtp://", "relay.example", "smtp://u:secret@x:many"):
            with self.subTest(url), self.assertRaises(ImproperlyConfigured) as caught:
                mail_server(url)
            self.assertNotIn("secret", str(caught.exception))


class PreviewTests(TestCase):
    def test_there_is_none_outside_debug_mode(self) -> None:
        self.assertFalse(settings.DEBUG)
        for path in ("/mails/", "/mails/booked/"):
            self.assertEqual(self.client.get(path).status_code, 404)

    @override_settings(DEBUG=True)
    def test_every_mail_is_there_as_text_and_as_html(self) -> None:
        now = timezone.now()
        self.enterContext(mock.patch.object(timezone, "now", return_value=now))
        page = self.client.get("/mails/")
        for name, write in MAILS.items():
            self.assertContains(page, f'href="/mails/{name}/"')
            self.assertContains(page, escape(write().one_line_subject))
            html = self.client.get(f"/mails/{name}/")
            self.assertEqual(html.status_code, 200)
            self.assertNotContains(html, "cid:")
        self.assertContains(self.client.get("/mails/booked/"), "data:image/png;base64,", count=2)
        self.assertEqual(self.client.get("/mails/nothing/").status_code, 404)

    def test_every_kind_has_one(self) -> None:
        kinds = {kind for kind in _handlers if kind.startswith("mail.")}
        self.assertLessEqual({kind.removeprefix("mail.") for kind in kinds}, set(MAILS))
