"""The user of an access token, read for each request, so that what it says is true now."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from cinema.accounts.reading import read_user
from foundation.errors import TokenRevoked, UserNotFound

REVOKE_CLAIM = api_settings.REVOKE_TOKEN_CLAIM


class TokenAuthentication(JWTAuthentication):
    """Checks an access token, and its user as they are now."""

    def get_user(self, validated_token: Token) -> Any:
        """Return the token's user."""
        try:
            user_id = int(validated_token[api_settings.USER_ID_CLAIM])
        except (KeyError, ValueError) as error:
            raise InvalidToken from error
        user = read_user(user_id)
        if user is None:
            raise AuthenticationFailed(UserNotFound.detail, code=UserNotFound.code)
        if not user.is_active:
            raise AuthenticationFailed("User is inactive", code="user_inactive")
        if validated_token.get(REVOKE_CLAIM) != get_md5_hash_password(user.password):
            raise AuthenticationFailed(TokenRevoked.detail, code=TokenRevoked.code)
        return user


class TokenScheme(SimpleJWTScheme):
    """Documents it as what it is: a bearer token."""

    target_class = "cinema.accounts.authentication.TokenAuthentication"
