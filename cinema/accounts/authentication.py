"""Who sends an access token: asked of the database at most every TRUSTED_SECONDS for each token."""

import threading
import time
from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from booking.statements import Columns, Statement, run
from cinema.accounts.models import User

TRUSTED_SECONDS = 30
MOST_REMEMBERED = 10_000

USER = Columns(User)
READ_USER = f"SELECT {USER.sql} FROM accounts_user WHERE id = %s"


class RememberingAuthentication(JWTAuthentication):
    """Checks an access token, and trusts the same one for a moment in this process.

    So a user who was deactivated or deleted is refused within TRUSTED_SECONDS; a token that expires
    is refused at once.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the user and the token, or None without one. Raises as JWTAuthentication does."""
        header: bytes | None = self.get_header(request)
        if header is None:
            return None
        found = _remembered.get(header)
        if found is None:
            found = super().authenticate(request)
            if found is not None:
                _remembered.put(header, found, expires=found[1]["exp"])
        return found

    def get_user(self, validated_token: Token) -> Any:
        """Return the token's user. Raises as JWTAuthentication does.

        It reads the user by a plan that the connection keeps, which costs a third of a query that
        is built anew; most who book come for the first time in TRUSTED_SECONDS.
        """
        try:
            user_id = int(validated_token[api_settings.USER_ID_CLAIM])
        except (KeyError, ValueError) as error:
            raise InvalidToken from error
        [rows] = run(Statement(READ_USER, [user_id]))
        if not rows:
            raise AuthenticationFailed("User not found", code="user_not_found")
        user = USER.instance(rows[0])
        if not user.is_active:
            raise AuthenticationFailed("User is inactive", code="user_inactive")
        return user


class RememberingScheme(SimpleJWTScheme):
    """Documents it as what it is: a bearer token."""

    target_class = "cinema.accounts.authentication.RememberingAuthentication"


class Remembered:
    """What was found for a header, until it is too old or expires, for MOST_REMEMBERED of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[bytes, tuple[float, tuple[Any, Any]]] = {}

    def get(self, header: bytes) -> tuple[Any, Any] | None:
        """Return what was found for this header a moment ago."""
        until, found = self._found.get(header, (0.0, None))
        return found if time.time() < until else None

    def put(self, header: bytes, found: tuple[Any, Any], *, expires: float) -> None:
        """Remember what was found for this header, and forget the oldest if need be."""
        with self._lock:
            self._found.pop(header, None)
            if len(self._found) >= MOST_REMEMBERED:
                del self._found[next(iter(self._found))]
            self._found[header] = (min(time.time() + TRUSTED_SECONDS, expires), found)


_remembered = Remembered()
