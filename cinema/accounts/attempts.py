"""Attempts to log in, counted for each account, wherever they come from.

Whoever guesses at a password from many addresses waits longer and longer between two attempts.
Nobody is locked out: the wait is bounded, and an address from which somebody has logged in to the
account before has a count of its own, which strangers elsewhere can't use up.
"""

import time
import unicodedata
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.cache import BaseCache
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from cinema.accounts.models import User
from cinema.accounts.reading import read_user
from foundation.web.clients import address_of
from foundation.web.throttling import count_in, counter

TOO_MANY = "Too many tries to log in to this account."


class CountingBackend(ModelBackend):
    """Django's check of a password, behind the count: for pages, the admin and the API alike."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        """Return the user, or None; `address` stands in for a request. Raises Throttled."""
        address = more.pop("address", "") or (address_of(request) if request else "")
        if username is None or not settings.THROTTLES:
            return super().authenticate(request, username, password, **more)
        attempt = Attempt(username, address)
        attempt.begin()
        user = super().authenticate(request, username, password, **more)
        if user is not None:
            attempt.succeed()
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session, if they may still log in."""
        user = read_user(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class Attempt:
    """One attempt to log in to an account, which need not exist, from an address."""

    def __init__(self, username: str, address: str) -> None:
        # At least as coarse as the database is about case: no spelling is a new account.
        account = unicodedata.normalize("NFKC", username).casefold()
        self._account = f"login.{_hash(account)}"
        self._place = f"{self._account}.{_hash(address)}"

    def begin(self) -> None:
        """Count the attempt. Raises Throttled while it has to wait."""
        if wait := counter.shared(self._begin):
            raise Throttled(wait, TOO_MANY)

    def succeed(self) -> None:
        """Forget the attempts so far, and know the address from now on."""
        counter.shared(self._succeed)

    def _begin(self, cache: BaseCache) -> float:
        key = self._counted_by(cache)
        [made] = count_in(cache, [f"{key}.made"], settings.LOGIN_ATTEMPTS_COUNTED_FOR)
        beyond = made - settings.LOGIN_ATTEMPTS
        if beyond <= 0:
            return 0
        now = time.time()
        # Whoever adds it has the only try until it is forgotten.
        wait = min(2**beyond, settings.LOGIN_LONGEST_WAIT)
        if cache.add(f"{key}.wait", now + wait, wait):
            return 0
        until: float = cache.get(f"{key}.wait", now)
        return max(1.0, until - now)

    def _succeed(self, cache: BaseCache) -> None:
        cache.delete(f"{self._counted_by(cache)}.made")
        cache.set(f"{self._place}.known", True, settings.LOGIN_ADDRESS_KNOWN_FOR)

    def _counted_by(self, cache: BaseCache) -> str:
        is_known = cache.get(f"{self._place}.known", False)
        return self._place if is_known else self._account


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
