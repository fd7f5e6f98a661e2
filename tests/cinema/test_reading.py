from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import TestCase
from django.utils import timezone

from cinema.accounts.models import User
from cinema.accounts.reading import SessionStore
from tests import factories

PAGE = "/bookings/"


class SessionTests(TestCase):
    """Who is signed in by a session, as the next request finds it."""

    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)
        self.assertIs(self.is_signed_in(), True)

    def is_signed_in(self) -> bool:
        return self.client.get(PAGE).status_code == 200

    def test_user_is_as_the_database_has_it_now(self) -> None:
        User.objects.update(username="renamed")
        found = self.client.get(PAGE).wsgi_request.user
        self.assertEqual((found.pk, found.get_username()), (self.user.pk, "renamed"))

    def test_session_that_has_expired_is_none(self) -> None:
        Session.objects.update(expire_date=timezone.now() - timedelta(microseconds=1))
        self.assertIs(self.is_signed_in(), False)

    def test_session_that_is_gone_is_none(self) -> None:
        Session.objects.all().delete()
        self.assertIs(self.is_signed_in(), False)

    def test_user_who_is_gone_or_may_not_log_in_is_none(self) -> None:
        User.objects.update(is_active=False)
        self.assertIs(self.is_signed_in(), False)
        User.objects.update(is_active=True)
        self.assertIs(self.is_signed_in(), True)
        User.objects.all().delete()
        self.assertIs(self.is_signed_in(), False)

    def test_session_that_somebody_wrote_without_the_key_is_empty(self) -> None:
        Session.objects.update(session_data="e30:forged:forged")
        self.assertIs(self.is_signed_in(), False)

    def test_key_without_a_session_is_not_kept(self) -> None:
        """Nobody is given a session whose key somebody else chose."""
        store = SessionStore("a" * 32)
        self.assertEqual(store.load(), {})
        store["a"] = 1
        store.save()
        self.assertNotEqual(store.session_key, "a" * 32)
        self.assertEqual(SessionStore(store.session_key).load(), {"a": 1})

    def test_one_statement_reads_each(self) -> None:
        key = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        with self.assertNumQueries(1):
            self.assertTrue(SessionStore(key).load())
