import time
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.test import RequestFactory, SimpleTestCase, override_settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.views import APIView

from deploy.servers import RedisServer, Unavailable, free_port
from foundation.web import throttling
from foundation.web.throttling import LoginThrottle, SharedCounter, SignupThrottle, throttled
from foundation.web.views import ApiView
from tests import factories
from tests.booking.api.case import ApiTestCase
from tests.clock import throttles_at

RATES = {"client": "3/min", "login": "2/min", "signup": "1/hour"}


@override_settings(
    THROTTLES=True, REST_FRAMEWORK=settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": RATES}
)
class ThrottleTest(ApiTestCase):
    def setUp(self) -> None:
        caches["default"].clear()
        self.enterContext(throttles_at(600_000))

    def statuses(self, count: int, path: str = "/api/movies/", **options: Any) -> list[int]:
        return [self.client.get(path, **options).status_code for _ in range(count)]

    def test_client_over_its_rate_is_told_when_to_come_again(self) -> None:
        with throttles_at(600_010):
            self.assertEqual(self.statuses(3), [200, 200, 200])
            response = self.get("/api/shows/")
        self.assert_problem(response, 429, "throttled")
        self.assertEqual(response["Retry-After"], "50")

    def test_next_window_begins_anew(self) -> None:
        self.assertEqual(self.statuses(4)[-1], 429)
        with throttles_at(600_060):
            self.assertEqual(self.statuses(1), [200])

    def test_addresses_are_counted_apart(self) -> None:
        self.assertEqual(self.statuses(4)[-1], 429)
        self.assertEqual(self.statuses(1, REMOTE_ADDR="192.0.2.7"), [200])

    def test_address_is_what_the_trusted_proxy_saw(self) -> None:
        with override_settings(TRUSTED_PROXIES=1):
            claims = [f"203.0.113.{number}, 192.0.2.7" for number in range(4)]
            got = [self.statuses(1, HTTP_X_FORWARDED_FOR=claim)[0] for claim in claims]
        self.assertEqual(got, [200, 200, 200, 429])
        with override_settings(TRUSTED_PROXIES=0):
            got = self.statuses(4, HTTP_X_FORWARDED_FOR="192.0.2.8", REMOTE_ADDR="198.51.100.1")
        self.assertEqual(got, [200, 200, 200, 429])
        self.assertEqual(self.statuses(1, HTTP_X_FORWARDED_FOR="192.0.2.9"), [200])

    def test_network_of_ipv6_is_counted_as_one(self) -> None:
        neighbours = [f"2001:db8::{number}" for number in range(3)]
        codes = [
            self.post("/api/login/", {}, REMOTE_ADDR=address).status_code for address in neighbours
        ]
        self.assertEqual(codes, [400, 400, 429])
        self.assertEqual(self.statuses(1, REMOTE_ADDR="2001:db8::3"), [429])
        self.assertEqual(self.statuses(1, REMOTE_ADDR="2001:db8:0:1::"), [200])

    def test_users_are_counted_by_account_wherever_they_are(self) -> None:
        ada, bob = factories.user(), factories.user()
        for _ in range(3):
            self.assertEqual(self.get("/api/my-bookings/", user=ada).status_code, 200)
        self.assertEqual(self.get("/api/my-bookings/", user=ada).status_code, 429)
        self.assertEqual(self.get("/api/my-bookings/", user=bob).status_code, 200)

    def test_requests_that_are_refused_count_whatever_refuses_them(self) -> None:
        ada = factories.user()
        for refused, ask in (
            (401, lambda: self.get("/api/my-bookings/")),
            (401, lambda: self.post("/api/shows/1/book/", {})),
            (401, lambda: self.get("/api/my-bookings/", Authorization="Bearer none-of-ours")),
            (404, lambda: self.get("/api/nothing-here/")),
            (404, lambda: self.get("/api/shows/1/seats/?at=7")),
            (404, lambda: self.client.put("/api/nowhere")),
            (405, lambda: self.client.delete("/api/movies/")),
            (406, lambda: self.get("/api/movies/", Accept="text/csv")),
            (411, lambda: self.post("/api/logout/", {}, HTTP_TRANSFER_ENCODING="chunked")),
            (415, lambda: self.post("/api/shows/1/hold/", b"1", content_type="text/csv")),
            (400, lambda: self.post("/api/shows/1/hold/", b"{")),
            (400, lambda: self.get("/api/shows/?date=never")),
            (404, lambda: self.get("/nothing-here/")),
            (400, lambda: self.post("/api/shows/1/book/", {}, user=ada)),
        ):
            caches["default"].clear()
            with self.subTest(refused):
                codes = [ask().status_code for _ in range(4)]
                self.assertEqual(codes, [refused] * 3 + [429])

    def test_counted_after_permission_refused_requests_would_not_count(self) -> None:
        """Show that the test above sees requests that nobody counts."""
        initial = APIView.initial

        def in_the_order_of_rest_framework(view: ApiView, request: Request, **_: Any) -> None:
            with mock.patch.object(ApiView, "check_throttles", APIView.check_throttles):
                initial(view, request)

        with mock.patch.object(ApiView, "initial", in_the_order_of_rest_framework):
            codes = [self.get("/api/my-bookings/").status_code for _ in range(5)]
        self.assertEqual(codes, [401] * 5)

    def test_token_that_is_none_counts_for_its_address(self) -> None:
        codes = [
            self.get("/api/my-bookings/", Authorization=f"Bearer {number}").status_code
            for number in range(4)
        ]
        self.assertEqual(codes, [401, 401, 401, 429])
        self.assertEqual(self.statuses(1), [429])

    def test_log_in_and_sign_up_are_tighter(self) -> None:
        wrong = {"username": "ada", "password": "wrong"}
        codes = [self.post("/api/login/", wrong).status_code for _ in range(3)]
        self.assertEqual(codes, [401, 401, 429])
        caches["default"].clear()
        codes = [self.post("/api/signup/", {}).status_code for _ in range(2)]
        self.assertEqual(codes, [400, 429])

    def test_off_means_off(self) -> None:
        with override_settings(THROTTLES=False):
            self.assertEqual(self.statuses(5), [200] * 5)

    def test_pages_share_the_counts(self) -> None:
        request = RequestFactory().post("/accounts/login/")
        request.user = AnonymousUser()
        with throttles_at(600_010):
            waits = [throttled(request, LoginThrottle) for _ in range(3)]
            self.assertEqual(waits, [None, None, 50])
            self.assertEqual(self.post("/api/login/", {}).status_code, 429)
            self.assertEqual(throttled(request, SignupThrottle), None)


def redis_caches(url: str) -> dict[str, Any]:
    """Return the cache settings that a REDIS_URL gives."""
    options = {
        "socket_timeout": 0.25,
        "socket_connect_timeout": 0.25,
        "retry": Retry(NoBackoff(), 0),
    }
    redis = {
        "BACKEND": "foundation.web.throttling.CountingRedisCache",
        "LOCATION": url,
        "OPTIONS": options,
    }
    return {"default": redis, "local": settings.CACHES["local"]}


class SharedCounterTest(SimpleTestCase):
    """The counter with a real Redis that works, dies, hangs and comes back."""

    def setUp(self) -> None:
        caches["local"].clear()

    def start_redis(self) -> RedisServer:
        try:
            redis = self.enterContext(RedisServer())
        except Unavailable as missing:
            self.skipTest(str(missing))
        self.enterContext(self.settings(CACHES=redis_caches(redis.url)))
        return redis

    def timed_count(self, counter: SharedCounter) -> tuple[int, float]:
        started = time.perf_counter()
        count = counter.count("key", 60)
        return count, time.perf_counter() - started

    def test_processes_count_together(self) -> None:
        self.start_redis()
        counts = [SharedCounter().count("key", 60) for _ in range(3)]
        self.assertEqual(counts, [1, 2, 3])

    def test_dead_redis_is_counted_without(self) -> None:
        url = f"redis://127.0.0.1:{free_port()}/0"
        counter = SharedCounter()
        with self.settings(CACHES=redis_caches(url)), self.assertLogs("foundation.web.throttling"):
            counts = [counter.count("key", 60) for _ in range(3)]
        self.assertEqual(counts, [1, 2, 3])

    def test_hung_redis_costs_its_time_out_once_and_is_found_again(self) -> None:
        redis = self.start_redis()
        counter = SharedCounter()
        self.assertEqual(counter.count("key", 60), 1)
        redis.hang()
        self.addCleanup(redis.resume)
        with self.assertLogs("foundation.web.throttling"):
            first, slow = self.timed_count(counter)
        self.assertEqual(first, 1)
        self.assertLess(slow, 0.5)
        second, quick = self.timed_count(counter)
        self.assertEqual(second, 2)
        self.assertLess(quick, 0.05)
        redis.resume()
        rested = time.monotonic() + throttling.SHARED_CACHE_REST_SECONDS
        with mock.patch("foundation.web.throttling.time.monotonic", return_value=rested):
            # The count that timed out was done after all, when Redis went on.
            self.assertEqual([counter.count("key", 60) for _ in range(2)], [3, 4])

    def test_after_a_rest_one_request_tries_for_all(self) -> None:
        url = f"redis://127.0.0.1:{free_port()}/0"
        counter = SharedCounter()
        with self.settings(CACHES=redis_caches(url)), self.assertLogs("foundation.web.throttling"):
            counter.count("key", 60)
        rested = time.monotonic() + throttling.SHARED_CACHE_REST_SECONDS
        with mock.patch("foundation.web.throttling.time.monotonic", return_value=rested):
            self.assertEqual([counter._may_share() for _ in range(3)], [True, False, False])
