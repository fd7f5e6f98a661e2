"""What the endpoints share: who may call them, and how they answer a conditional request."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.http import parse_etags
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking.api.parsers import LengthRequired
from booking.clients import was_deleted
from booking.errors import BookingError, UserNotFound

NO_STORE = "private, no-store"


class ApiView(APIView):
    """An endpoint; `errors` are examples of what it answers besides its result."""

    errors: ClassVar[tuple[BookingError, ...]] = ()
    # Who may keep what it answers to a GET; what it answers to anything else nobody may.
    caching: ClassVar[str] = NO_STORE

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say who may keep the answer."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        caching = self.caching if request.method in SAFE_METHODS else NO_STORE
        answer.headers.setdefault("Cache-Control", caching)
        return answer

    def handle_exception(self, exc: Exception) -> Response:
        """Answer an error; that of a deleted user as if the token had been looked up just now."""
        return super().handle_exception(UserNotFound() if was_deleted(self.request, exc) else exc)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body of unknown length, which WSGI would show as none at all."""
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PUT") and "HTTP_TRANSFER_ENCODING" in request.META:
            raise LengthRequired


class PublicView(ApiView):
    """Anybody may call it, so it looks at no token: an expired one does no harm."""

    authentication_classes = []
    permission_classes = [AllowAny]
    caching = "no-cache"


class GuestView(ApiView):
    """Anybody may call it; a user who sends an access token is known."""

    permission_classes = [AllowAny]


class MemberView(ApiView):
    """A user calls it, with an access token."""

    permission_classes = [IsAuthenticated]


class Nowhere(PublicView):
    """Answers every path of the API that leads nowhere."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse, whatever the method."""
        super().initial(request, *args, **kwargs)
        if request.path.endswith("/"):
            raise NotFound("There is nothing here.")
        raise NotFound("There is nothing here: every path of this API ends with a slash.")


def member(request: Request) -> AbstractBaseUser:
    """Return the user who calls a MemberView."""
    if not isinstance(request.user, AbstractBaseUser):
        raise NotAuthenticated
    return request.user


def etag_of(version: int) -> str:
    """Return what names a seat map of this version."""
    return f'"{version}"'


def has_current(request: HttpRequest | Request, etag: str) -> bool:
    """Tell whether the client names this ETag in If-None-Match; proxies may have made it weak."""
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return known == ["*"] or etag in [tag.removeprefix("W/") for tag in known]


def not_modified(headers: dict[str, str]) -> Response:
    """Return the answer to a client that has what it asks for."""
    return Response(status=304, headers=headers)
