"""Limits on how often a client may ask, counted for all processes where there is Redis.

Rates are those of REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]; THROTTLES=off turns all limits off.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from booking.clients import address_of

SHARED_CACHE_REST_SECONDS = 5.0
COUNT = """
local counts = {}
for position, key in ipairs(KEYS) do
    counts[position] = redis.call("INCR", key)
    if counts[position] == 1 then redis.call("EXPIRE", key, ARGV[1]) end
end
return counts
"""

logger = logging.getLogger(__name__)


class SharedCounter:
    """Counts in the default cache, and in this process alone for a while after that failed.

    So a dead or hung Redis costs one request its time-out, and one request more after each rest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def count(self, key: str, seconds: float) -> int:
        """Count this key once more and return its count; it is forgotten after the seconds."""
        [count] = self.count_all([key], seconds)
        return count

    def count_all(self, keys: Sequence[str], seconds: float) -> list[int]:
        """Count each of these keys once more, in one trip, and return their counts."""
        if keys and self._may_share():
            try:
                counts = _count_all(caches["default"], keys, seconds)
            except (RedisError, OSError) as error:
                logger.warning("throttling by process for a while: %r", error)
                self._rests_until = time.monotonic() + SHARED_CACHE_REST_SECONDS
            else:
                self._rests_until = 0.0
                return counts
        return [_count(caches["local"], key, seconds) for key in keys]

    def _may_share(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return False
            if self._rests_until:
                # It failed before: one request tries it, the others go on without.
                self._rests_until = now + SHARED_CACHE_REST_SECONDS
            return True


def within_limits(clients: Sequence[str | None]) -> list[bool]:
    """Count a request of each of these clients and tell which are within ClientThrottle's rate.

    They are those that `ClientThrottle.client_of` gave; nobody is always within.
    """
    counted = [client for client in clients if client is not None]
    if not counted:
        return [True] * len(clients)
    throttle = ClientThrottle()
    counts = iter(_counter.count_all(counted, 2 * throttle.duration))
    return [client is None or next(counts) <= throttle.num_requests for client in clients]


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


def _count_all(cache: BaseCache, keys: Sequence[str], seconds: float) -> list[int]:
    if isinstance(cache, CountingRedisCache):
        return cache.count_all(keys, seconds)
    return [_count(cache, key, seconds) for key in keys]


def _count(cache: BaseCache, key: str, seconds: float) -> int:
    with suppress(ValueError):  # it was not counted yet
        return cache.incr(key)
    return 1 if cache.add(key, 1, seconds) else cache.incr(key)


_counter = SharedCounter()


class ClientThrottle(SimpleRateThrottle):
    """Limits each user, or each address of those who are not signed in, in fixed windows of time.

    One atomic count instead of REST framework's list of times, which loses some of many requests
    at once and grows with the limit.
    """

    scope = "client"
    num_requests: int
    duration: int

    def get_rate(self) -> str | None:
        """Return the rate of the settings as they are now."""
        rates = api_settings.DEFAULT_THROTTLE_RATES
        return str(rates[self.scope]) if settings.THROTTLES else None

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        """Return who is counted."""
        if request.user.is_authenticated:
            return f"throttle.{self.scope}.user.{request.user.pk}"
        return self.address_key(request)

    def address_key(self, request: Request | HttpRequest) -> str:
        """Return the key of the address that is counted."""
        return f"throttle.{self.scope}.address.{address_of(request)}"

    def client_of(self, request: HttpRequest) -> str | None:
        """Return whom a request without an account counts for now; nobody without a limit."""
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
        return _counter.count(key, 2 * self.duration) <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return self.seconds_left


class LoginThrottle(ClientThrottle):
    """Limits an address's attempts to log in, whoever they claim to be."""

    scope = "login"

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        """Return the address."""
        return self.address_key(request)


class SignupThrottle(LoginThrottle):
    """Limits the accounts that an address may make."""

    scope = "signup"


def throttled(request: HttpRequest, throttle: type[ClientThrottle]) -> float | None:
    """Count a request to a page, and return the seconds to wait when it is one too many."""
    limit = throttle()
    return None if limit.allow_request(request, None) else limit.wait()
