"""An address is somebody's once they have pressed the button behind the link that it got."""

import re
from datetime import timedelta
from unittest import mock

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from cinema.accounts.letters import CONFIRM_WITHIN
from cinema.accounts.models import User
from cinema.accounts.services import confirm_email
from foundation.outbox import worker
from tests import factories

SITE = "https://frontrow.example"
ACCOUNT = {"username": "ada", "password": factories.PASSWORD, "email": "Ada@Example.org"}


@override_settings(SITE_URL=SITE, ALLOWED_HOSTS=["testserver", "evil.example"])
class ConfirmTests(TestCase):
    def sign_up(self, **fields: str) -> str:
        """Sign up, and return the path of the link that the mail has."""
        mail.outbox.clear()
        answer = self.client.post(
            "/api/signup/",
            {**ACCOUNT, **fields},
            headers={"host": "evil.example"},
            content_type="application/json",
        )
        self.assertEqual(answer.status_code, 201)
        while worker.do_next():
            pass
        [sent] = mail.outbox
        self.assertEqual(sent.to, ["ada@example.org"])
        link = re.search(rf"{SITE}(/accounts/confirm/\S+)", str(sent.body))
        assert link is not None
        self.assertNotIn("evil", sent.message().as_string())
        return link[1]

    def confirmed(self, username: str = "ada") -> str:
        return User.objects.get(username=username).confirmed_email

    def test_only_the_button_confirms(self) -> None:
        path = self.sign_up()
        for ask in (self.client.head, self.client.get, self.client.options):
            ask(path)
            self.assertEqual(self.confirmed(), "")
        page = self.client.get(path)
        self.assertContains(page, "ada@example.org")
        self.assertEqual(page["Referrer-Policy"], "same-origin")
        self.assertIn("no-store", page["Cache-Control"])
        self.assertRedirects(self.client.post(path), "/")
        self.assertEqual(self.confirmed(), "ada@example.org")
        self.assertRedirects(self.client.post(path), "/")

    def test_link_grows_old(self) -> None:
        path = self.sign_up()
        later = timezone.now() + CONFIRM_WITHIN + timedelta(seconds=1)
        with mock.patch("django.core.signing.time.time", return_value=later.timestamp()):
            self.assertEqual(self.client.get(path).status_code, 410)
            self.assertEqual(self.client.post(path).status_code, 410)
        self.assertEqual(self.confirmed(), "")

    def test_altered_link_is_no_good(self) -> None:
        path = self.sign_up()
        for bad in (path[:-3] + "/", path.replace("confirm/", "confirm/x"), "/accounts/confirm/x/"):
            self.assertEqual(self.client.post(bad).status_code, 410)
        self.assertEqual(self.confirmed(), "")

    def test_address_that_was_changed_since_is_not_confirmed(self) -> None:
        path = self.sign_up()
        User.objects.update(email="ada@elsewhere.example")
        self.assertEqual(self.client.post(path).status_code, 410)

    def test_no_two_accounts_have_one_address(self) -> None:
        first, second = self.sign_up(), self.sign_up(username="eve")
        self.assertRedirects(self.client.post(second), "/")
        self.assertEqual(self.client.post(first).status_code, 410)
        self.assertEqual([self.confirmed(), self.confirmed("eve")], ["", "ada@example.org"])

    def test_of_two_at_once_the_database_lets_one_have_it(self) -> None:
        first = factories.user(email="ada@example.org", confirmed_email="ada@example.org")
        second = factories.user(email="ada@example.org")
        blind = mock.patch("django.db.models.query.QuerySet.exists", side_effect=[False, True])
        with blind:
            self.assertFalse(confirm_email(user_id=second.pk, email=second.email))
        self.assertEqual(User.objects.get(confirmed_email="ada@example.org"), first)

    def test_address_that_staff_correct_is_asked_too(self) -> None:
        user = factories.user(email="ada@mistyped.example", confirmed_email="old@example.org")
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        path = f"/admin/accounts/user/{user.pk}/change/"
        page = self.client.get(path)
        self.assertContains(page, "old@example.org")
        form = page.context["adminform"].form
        data = {
            name: form.get_initial_for_field(field, name) for name, field in form.fields.items()
        }
        data |= {
            "date_joined_0": "2026-01-01",
            "date_joined_1": "12:00",
            "email": "Ada@Example.org",
        }
        data = {name: value for name, value in data.items() if value not in (None, False, [], "")}
        self.assertRedirects(self.client.post(path, data), "/admin/accounts/user/")
        mail.outbox.clear()
        while worker.do_next():
            pass
        self.assertEqual([sent.to for sent in mail.outbox], [["ada@example.org"]])
        user.refresh_from_db()
        self.assertEqual(user.confirmed_email, "old@example.org")

    def test_without_an_address_nobody_is_asked(self) -> None:
        data = {"username": "eve", "password": factories.PASSWORD}
        self.client.post("/api/signup/", data, content_type="application/json")
        self.assertFalse(worker.do_next())
