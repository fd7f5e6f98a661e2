"""Wrong passwords for one account, from many addresses."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.backends import ModelBackend
from django.core.cache import caches
from django.test import TestCase, override_settings, tag
from rest_framework.exceptions import Throttled

from cinema.accounts.attempts import Attempt, CountingBackend
from deploy.servers import RedisServer, Unavailable
from foundation.web.throttling import SharedCounter
from tests import factories
from tests.booking.api.case import ApiTestCase
from tests.foundation.web.test_throttling import redis_caches

FREE = 5


IN_MEMORY = dict.fromkeys(("default", "local"), settings.CACHES["local"])


@tag("once")
@override_settings(THROTTLES=True, CACHES=IN_MEMORY)
class AttemptsTest(ApiTestCase):
    def setUp(self) -> None:
        for name in ("default", "local"):
            caches[name].clear()
        self.user = factories.user(username="ada", is_staff=True)
        self.now = 600_000.0
        self.strangers = 0
        clock = mock.Mock(side_effect=lambda: self.now)
        for module in (
            "cinema.accounts.attempts",
            "foundation.web.throttling",
            "django.core.cache.backends.locmem",
            "django.core.cache.backends.base",
        ):
            self.enterContext(mock.patch(f"{module}.time.time", clock))

    def log_in(
        self, password: str = factories.PASSWORD, *, name: str = "ada", address: str | None = None
    ) -> Any:
        """Log in by the API; without an address from one that nobody had before."""
        credentials = {"username": name, "password": password}
        return self.post("/api/login/", credentials, REMOTE_ADDR=address or self.stranger())

    def stranger(self) -> str:
        self.strangers += 1
        return f"198.51.{self.strangers >> 8}.{self.strangers & 255}"

    def guess(self, count: int, **options: Any) -> list[int]:
        return [self.log_in("wrong", **options).status_code for _ in range(count)]

    def test_guesses_from_many_addresses_wait_longer_and_longer(self) -> None:
        self.assertEqual(self.guess(FREE + 1), [401] * (FREE + 1))
        waits = []
        for _ in range(8):
            response = self.log_in("wrong")
            self.assert_problem(response, 429, "throttled")
            waits.append(int(response["Retry-After"]))
            self.now += waits[-1]
            self.assertEqual(self.log_in("wrong").status_code, 401)
        self.assertEqual(waits, sorted(waits))
        self.assertEqual((waits[0], waits[-1]), (2, 60))

    def test_without_the_count_of_the_account_nothing_would_stop_them(self) -> None:
        """Show that the test above sees guesses that are let through."""
        with mock.patch.object(CountingBackend, "authenticate", ModelBackend.authenticate):
            self.assertEqual(self.guess(30), [401] * 30)

    def test_password_is_not_looked_at_while_a_guess_has_to_wait(self) -> None:
        self.guess(FREE + 1)
        with mock.patch("hashlib.scrypt") as hashing:
            self.assertEqual(self.guess(1), [429])
        hashing.assert_not_called()

    def test_right_password_gets_in_after_the_wait_and_ends_it(self) -> None:
        self.guess(FREE + 1)
        response = self.log_in()
        self.assert_problem(response, 429, "throttled")
        self.now += int(response["Retry-After"])
        self.assertEqual(self.log_in().status_code, 200)
        self.now += 60
        self.assertEqual(self.guess(FREE), [401] * FREE)

    def test_address_that_logged_in_before_does_not_wait_for_strangers(self) -> None:
        self.assertEqual(self.log_in(address="192.0.2.1").status_code, 200)
        for _ in range(10):
            self.guess(10)
            self.assertEqual(self.log_in(address="192.0.2.1").status_code, 200)
        self.assertEqual(self.log_in(address="192.0.2.2").status_code, 429)

    def test_address_of_the_sign_up_is_known(self) -> None:
        account = {"username": "bob", "password": "popcorn-at-nine"}
        for where, name in (("/api/signup/", "bob"), ("/accounts/signup/", "eve")):
            with self.subTest(where):
                body = account | {"username": name}
                kind = "application/json" if "api" in where else None
                options: Any = {"content_type": kind} if kind else {}
                self.client.post(where, body, REMOTE_ADDR="192.0.2.1", **options)
                self.guess(20, name=name)
                response = self.log_in("popcorn-at-nine", name=name, address="192.0.2.1")
                self.assertEqual(response.status_code, 200)

    def test_guesses_from_a_known_address_wait_too_and_there_alone(self) -> None:
        for address in ("192.0.2.1", "192.0.2.2"):
            self.log_in(address=address)
        self.assertEqual(self.guess(8, address="192.0.2.1"), [401] * 6 + [429] * 2)
        self.assertEqual(self.log_in(address="192.0.2.2").status_code, 200)
        self.assertEqual(self.log_in().status_code, 200)

    def test_other_accounts_don_t_wait(self) -> None:
        factories.user(username="bob")
        self.guess(20)
        self.assertEqual(self.log_in(name="bob").status_code, 200)

    def test_accounts_that_nobody_has_are_counted_alike(self) -> None:
        self.assertEqual(self.guess(8, name="nobody"), [401] * 6 + [429] * 2)

    def test_no_spelling_of_the_name_is_another_account(self) -> None:
        names = ["ada", "ADA", "Ada", "aDa", "adA", "ada"]
        self.assertEqual([self.guess(1, name=each) for each in names], [[401]] * 6)
        self.assertEqual(self.guess(1, name="AdA"), [429])

    def test_attempts_are_forgotten_by_and_by(self) -> None:
        self.guess(20)
        self.now += 15 * 60
        self.assertEqual(self.guess(FREE), [401] * FREE)

    def test_page_admin_and_api_count_together(self) -> None:
        def page(path: str) -> Callable[[str], Any]:
            return lambda password: self.client.post(
                path,
                {"username": "ada", "password": password},
                REMOTE_ADDR=self.stranger(),
            )

        ways = [self.log_in, page("/accounts/login/"), page("/admin/login/")]
        for way in ways * 2:
            way("wrong")
        for way in ways:
            response = way(factories.PASSWORD)
            self.assertEqual(
                (response.status_code, response["Retry-After"]),
                (429, "3" if response.context else "2"),
            )
        self.assertContains(ways[1](factories.PASSWORD), "Too many tries", status_code=429)
        self.now += 60
        ways[2](factories.PASSWORD)
        self.assertEqual(get_user(self.client), self.user)

    @override_settings(THROTTLES=False)
    def test_off_means_off(self) -> None:
        self.assertEqual(self.guess(20), [401] * 20)


@tag("once")
@override_settings(THROTTLES=True)
class SharedAttemptsTest(TestCase):
    """The count with a real Redis, which processes share, and after it died."""

    def test_attempts_are_counted_in_redis_and_without_it(self) -> None:
        try:
            redis = self.enterContext(RedisServer())
        except Unavailable as missing:
            self.skipTest(str(missing))
        self.enterContext(self.settings(CACHES=redis_caches(redis.url)))
        caches["local"].clear()
        self.enterContext(
            mock.patch("foundation.web.throttling.counter.shared", SharedCounter().shared)
        )
        self.check("192.0.2.1", "192.0.2.2")
        redis.kill()
        with self.assertLogs("foundation.web.throttling", "WARNING"):
            self.check("192.0.2.3", "192.0.2.4")

    def check(self, known: str, stranger: str) -> None:
        Attempt("ada", known).succeed()
        for _ in range(FREE + 1):
            Attempt("ada", stranger).begin()
        with self.assertRaises(Throttled) as raised:
            Attempt("ada", stranger).begin()
        self.assertIn(vars(raised.exception)["wait"], (1, 2))
        Attempt("ada", known).begin()
