"""What the endpoints share: who may call them, and how they answer a conditional request."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.http import parse_etags
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking.errors import BookingError


class PublicView(APIView):
    """Anybody may call it, so it looks at no token: an expired one does no harm.

    `errors` are examples of what it answers besides its result, for the schema.
    """

    authentication_classes = []
    permission_classes = [AllowAny]
    errors: ClassVar[tuple[BookingError, ...]] = ()


class MemberView(APIView):
    """A user calls it, with an access token."""

    permission_classes = [IsAuthenticated]
    errors: ClassVar[tuple[BookingError, ...]] = ()


class Nowhere(PublicView):
    """Answers every path of the API that leads nowhere."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse, whatever the method."""
        super().initial(request, *args, **kwargs)
        if request.path.endswith("/"):
            raise NotFound(f"There is nothing at {request.path}.")
        raise NotFound(f"There is nothing at {request.path}: paths end with a slash.")


def member(request: Request) -> AbstractBaseUser:
    """Return the user who calls a MemberView."""
    if not isinstance(request.user, AbstractBaseUser):
        raise NotAuthenticated
    return request.user


def has_current(request: HttpRequest | Request, etag: str) -> bool:
    """Tell whether the client names this ETag in If-None-Match; proxies may have made it weak."""
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return known == ["*"] or etag in [tag.removeprefix("W/") for tag in known]


def not_modified(headers: dict[str, str]) -> Response:
    """Return the answer to a client that has what it asks for."""
    return Response(status=304, headers=headers)
