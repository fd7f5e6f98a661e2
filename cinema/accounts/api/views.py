"""Signing up, one's account, and getting, renewing and giving up tokens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from cinema.accounts.api.serializers import (
    LogInSerializer,
    RefreshTokenSerializer,
    SignUpSerializer,
    TokenPairSerializer,
    UserSerializer,
)
from cinema.accounts.services import log_in, log_out, refresh_tokens, sign_up
from foundation.errors import Refusal, refusals_of
from foundation.web.clients import address_of, member
from foundation.web.throttling import ClientThrottle, LoginThrottle, SignupThrottle
from foundation.web.views import MemberView, PublicView

TAGS = ["Accounts"]
ACCESS_MINUTES = api_settings.ACCESS_TOKEN_LIFETIME // timedelta(minutes=1)
CREDENTIALS = OpenApiExample(
    "The demo account", {"username": "demo", "password": "demopass"}, request_only=True
)
TOKENS = OpenApiExample(
    "Tokens", {"refresh": "eyJhbGciOi…", "access": "eyJhbGciOi…"}, response_only=True
)
REFRESH = OpenApiExample(
    "A refresh token",
    {"refresh": "eyJhbGciOi…"},
    summary="The refresh token that you got last, by logging in or by renewing",
    request_only=True,
)
ACCOUNT = OpenApiExample(
    "An account", {"id": 7, "username": "ada", "email": "ada@example.org"}, response_only=True
)


def _refused_by(operation: Callable[..., Any]) -> tuple[Refusal, ...]:
    return tuple(kind() for kind in refusals_of(operation))


class SignUp(PublicView):
    """Making an account."""

    throttle_classes = [ClientThrottle, SignupThrottle]
    errors = _refused_by(sign_up)

    @extend_schema(
        operation_id="sign_up",
        tags=TAGS,
        summary="Sign up",
        description="Make an account. Usernames are unique whatever their case.",
        request=SignUpSerializer,
        responses={201: UserSerializer},
        examples=[
            OpenApiExample(
                "A new account",
                {"username": "ada", "password": "popcorn-at-nine", "email": "ada@example.org"},
                request_only=True,
            ),
            ACCOUNT,
        ],
    )
    def post(self, request: Request) -> Response:
        account = SignUpSerializer.checked(request.data)
        user = sign_up(now=timezone.now(), address=address_of(request), **account)
        return Response(UserSerializer.of(user), 201)


class Me(MemberView):
    """The account that a token belongs to."""

    @extend_schema(
        operation_id="get_me",
        tags=TAGS,
        summary="Your account",
        description="The account that the access token belongs to.",
        responses=UserSerializer,
        examples=[ACCOUNT],
    )
    def get(self, request: Request) -> Response:
        return Response(UserSerializer.of(member(request)))


class LogIn(PublicView):
    """Logging in."""

    throttle_classes = [ClientThrottle, LoginThrottle]
    errors = _refused_by(log_in)

    @extend_schema(
        operation_id="log_in",
        tags=TAGS,
        summary="Log in",
        description=(
            "Get an access token, which goes into the header `Authorization: Bearer …` and is good "
            f"for {ACCESS_MINUTES} minutes, and a refresh token, which buys the next pair and is "
            f"good for {api_settings.REFRESH_TOKEN_LIFETIME.days} days."
            " Wrong passwords make the next attempt wait longer and longer."
            " Here, press *Authorize* and paste the access token."
        ),
        request=LogInSerializer,
        responses=TokenPairSerializer,
        examples=[CREDENTIALS, TOKENS],
    )
    def post(self, request: Request) -> Response:
        credentials = LogInSerializer.checked(request.data)
        tokens = log_in(now=timezone.now(), address=address_of(request), **credentials)
        return Response(TokenPairSerializer.of(tokens))


class Refresh(PublicView):
    """Renewing tokens."""

    errors = _refused_by(refresh_tokens)

    @extend_schema(
        operation_id="refresh_tokens",
        tags=TAGS,
        summary="Renew tokens",
        description=(
            "Exchange a refresh token for a new pair. Each has one successor: sent again within "
            f"{settings.REFRESH_REPEAT.seconds} seconds, because the answer was lost or in "
            "parallel, it gets that same refresh token; a later second use ends the log-in, since "
            "the token may be stolen."
        ),
        request=RefreshTokenSerializer,
        responses=TokenPairSerializer,
        examples=[REFRESH, TOKENS],
    )
    def post(self, request: Request) -> Response:
        token = RefreshTokenSerializer.checked(request.data)
        return Response(TokenPairSerializer.of(refresh_tokens(now=timezone.now(), **token)))


class LogOut(PublicView):
    """Logging out."""

    errors = _refused_by(log_out)

    @extend_schema(
        operation_id="log_out",
        tags=TAGS,
        summary="Log out",
        description=(
            "End the log-in that a refresh token belongs to; doing it twice is no error. The last "
            "access token stays good until it expires or the password is changed."
        ),
        request=RefreshTokenSerializer,
        responses={204: OpenApiResponse(description="The log-in has ended.")},
        examples=[REFRESH],
    )
    def post(self, request: Request) -> Response:
        token = RefreshTokenSerializer.checked(request.data)
        log_out(now=timezone.now(), **token)
        return Response(status=204)
