"""Signing up, and getting, renewing and giving up tokens."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api.views.base import PublicView
from booking.errors import TooMuchContention
from booking.throttling import ClientThrottle, LoginThrottle, SignupThrottle
from cinema.accounts import errors
from cinema.accounts.api.serializers import (
    LogInSerializer,
    RefreshTokenSerializer,
    SignUpSerializer,
    TokenPairSerializer,
    UserSerializer,
)
from cinema.accounts.services import log_in, log_out, refresh_tokens, sign_up

TAGS = ["Accounts"]
CREDENTIALS = OpenApiExample(
    "The demo account", {"username": "demo", "password": "demopass"}, request_only=True
)
TOKENS = OpenApiExample(
    "Tokens", {"refresh": "eyJhbGciOi…", "access": "eyJhbGciOi…"}, response_only=True
)
REFRESH = OpenApiExample("A refresh token", {"refresh": "eyJhbGciOi…"}, request_only=True)


class SignUp(PublicView):
    """Making an account."""

    throttle_classes = [ClientThrottle, SignupThrottle]
    errors = (TooMuchContention(),)

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
                {"username": "ada", "password": "popcorn-at-nine"},
                request_only=True,
            ),
            OpenApiExample("An account", {"id": 7, "username": "ada"}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make the account."""
        account = SignUpSerializer.checked(request.data)
        user = sign_up(now=timezone.now(), **account)
        return Response(UserSerializer(user).data, 201)


class LogIn(PublicView):
    """Logging in."""

    throttle_classes = [ClientThrottle, LoginThrottle]
    errors = (errors.BadCredentials(), TooMuchContention())

    @extend_schema(
        operation_id="log_in",
        tags=TAGS,
        summary="Log in",
        description=(
            "Get an access token, which goes into the header `Authorization: Bearer …` and is good "
            "for 15 minutes, and a refresh token, which buys the next pair and is good for 14 days."
        ),
        request=LogInSerializer,
        responses=TokenPairSerializer,
        examples=[CREDENTIALS, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Start a log-in."""
        credentials = LogInSerializer.checked(request.data)
        return Response(TokenPairSerializer(log_in(now=timezone.now(), **credentials)).data)


class Refresh(PublicView):
    """Renewing tokens."""

    errors = (
        errors.TokenNotValid(),
        errors.TokenRevoked(),
        errors.TokenAlreadyRotated(),
        errors.TokenReused(),
        TooMuchContention(),
    )

    @extend_schema(
        operation_id="refresh_tokens",
        tags=TAGS,
        summary="Renew tokens",
        description=(
            "Exchange a refresh token for a new pair. Each is good for one exchange: of parallel "
            "ones one wins, and a later second use ends the log-in, since the token may be stolen."
        ),
        request=RefreshTokenSerializer,
        responses=TokenPairSerializer,
        examples=[REFRESH, TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Exchange the refresh token."""
        token = RefreshTokenSerializer.checked(request.data)
        return Response(TokenPairSerializer(refresh_tokens(now=timezone.now(), **token)).data)


class LogOut(PublicView):
    """Logging out."""

    errors = (errors.TokenNotValid(), TooMuchContention())

    @extend_schema(
        operation_id="log_out",
        tags=TAGS,
        summary="Log out",
        description=(
            "End the log-in that a refresh token belongs to; doing it twice is no error. The last "
            "access token stays good until it expires."
        ),
        request=RefreshTokenSerializer,
        responses={204: OpenApiResponse(description="The log-in has ended.")},
        examples=[REFRESH],
    )
    def post(self, request: Request) -> Response:
        """End the log-in."""
        token = RefreshTokenSerializer.checked(request.data)
        log_out(now=timezone.now(), **token)
        return Response(status=204)
