"""Limits on how often a client may ask, counted for all processes where there is Redis.

Rates are those of REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]; THROTTLES=off turns all limits off.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from foundation import metrics
from foundation.outages import Outage
from foundation.web.clients import address_of

SHARED_CACHE_REST_SECONDS = 5.0
COUNT = """
local counts = {}
for position, key in ipairs(KEYS) do
    counts[position] = redis.call("INCR", key)
    if counts[position] == 1 then redis.call("EXPIRE", key, ARGV[1]) end
end
return counts
"""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class SharedCounter:
    """Counts in the default cache, and in this process alone for a while after that failed.

    So a dead or hung Redis costs one request its time-out, and one request more after each rest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0
        self._outage = Outage(
            logger,
            gone="the shared cache is away, so each process counts by itself",
            back="the shared cache is back",
        )

    def count(self, key: str, seconds: float) -> int:
        """Count this key once more and return its count; it is forgotten after the seconds."""
        [count] = self.count_all([key], seconds)
        return count

    def count_all(self, keys: Sequence[str], seconds: float) -> list[int]:
        """Count each of these keys once more, in one trip, and return their counts."""
        return self.shared(lambda cache: count_in(cache, keys, seconds)) if keys else []

    def shared(self, ask: Callable[[BaseCache], T]) -> T:
        """Return what the default cache answers, or else this process's own."""
        if self._may_share():
            began = time.monotonic()
            try:
                answer = ask(caches["default"])
            except (RedisError, OSError) as error:
                self._outage.failed(error, began=began)
                self._rests_until = time.monotonic() + SHARED_CACHE_REST_SECONDS
            else:
                self._outage.worked()
                self._rests_until = 0.0
                return answer
        return ask(caches["local"])

    def _may_share(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return False
            if self._rests_until:
                # It failed before: one request tries it, the others go on without.
                self._rests_until = now + SHARED_CACHE_REST_SECONDS
            return True


def within_limits(keys: Sequence[str | None]) -> list[bool]:
    """Count a request under each `ClientThrottle.counter_key`; return which are within the rate."""
    counted = [key for key in keys if key is not None]
    if not counted:
        return [True] * len(keys)
    throttle = ClientThrottle()
    counts = iter(counter.count_all(counted, 2 * throttle.duration))
    return [key is None or next(counts) <= throttle.num_requests for key in keys]


class CountingRedisCache(RedisCache):
    """Django's cache on Redis, with a count that takes one trip, on connections that last.

    Django makes a cache anew in every context, and so for every request, which would connect anew.
    """

    _clients: ClassVar[dict[tuple[str, ...], Redis]] = {}

    @property
    def _client(self) -> Redis:
        """The client of these servers for the whole process; its pool is safe for threads."""
        servers = tuple(self._servers)  # type: ignore[attr-defined]
        if servers not in self._clients:
            self._clients[servers] = self._cache.get_client(None, write=True)
        return self._clients[servers]

    def count_all(self, keys: Sequence[str], seconds: float) -> list[int]:
        """Count keys once more; the first count of one sets when it is forgotten."""
        named = [self.make_and_validate_key(key) for key in keys]
        counts: Any = self._client.eval(COUNT, len(named), *named, int(seconds))
        return list(map(int, counts))


def count_in(cache: BaseCache, keys: Sequence[str], seconds: float) -> list[int]:
    """Count each of these keys once more in this cache and return their counts."""
    if isinstance(cache, CountingRedisCache):
        return cache.count_all(keys, seconds)
    return [_count(cache, key, seconds) for key in keys]


def _count(cache: BaseCache, key: str, seconds: float) -> int:
    with suppress(ValueError):  # it was not counted yet
        return cache.incr(key)
    return 1 if cache.add(key, 1, seconds) else cache.incr(key)


counter = SharedCounter()
metrics.CACHE_UP.set_function(lambda: not counter._outage.is_on)


class ClientThrottle(SimpleRateThrottle):
    """Limits each user, or each address of those who are not signed in, in fixed windows of time.

    One atomic count instead of REST framework's list of times, which loses some of many requests
    at once and grows with the limit.
    """

    scope = "client"
    num_requests: int
    duration: int

    def get_rate(self) -> str | None:
        rates = api_settings.DEFAULT_THROTTLE_RATES
        return str(rates[self.scope]) if settings.THROTTLES else None

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        if request.user.is_authenticated:
            return f"throttle.{self.scope}.user.{request.user.pk}"
        return self.address_key(request)

    def address_key(self, request: Request | HttpRequest) -> str:
        return f"throttle.{self.scope}.address.{address_of(request)}"

    def counter_key(self, request: HttpRequest) -> str | None:
        """Return the key that counts a request without an account now; None without a limit."""
        if self.rate is None:
            return None
        return f"{self.address_key(request)}.{time.time() // self.duration:.0f}"

    def allow_request(self, request: Request | HttpRequest, view: Any) -> bool:
        """Count the request and tell whether it is within the rate."""
        if self.rate is None:
            return True
        window, elapsed = divmod(time.time(), self.duration)
        self.seconds_left = self.duration - elapsed
        key = f"{self.get_cache_key(request, view)}.{window:.0f}"
        # Kept for longer than the window, so that it is not forgotten while it is counted.
        return counter.count(key, 2 * self.duration) <= self.num_requests

    def wait(self) -> float:
        return self.seconds_left


class LoginThrottle(ClientThrottle):
    """Limits an address's attempts to log in, whoever they claim to be."""

    scope = "login"

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        return self.address_key(request)


class SignupThrottle(LoginThrottle):
    """Limits the accounts that an address may make."""

    scope = "signup"


class ResetThrottle(LoginThrottle):
    """Limits the links to a new password that an address may ask for."""

    scope = "reset"


def throttled(request: HttpRequest, throttle: type[ClientThrottle]) -> float | None:
    """Count a request to a page, and return the seconds to wait when it is one too many."""
    limit = throttle()
    return None if limit.allow_request(request, None) else limit.wait()
