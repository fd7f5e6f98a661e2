"""What the endpoints share: who may call them, and how they answer a conditional request."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.errors import Refusal
from foundation.web.parsers import LengthRequired

NO_STORE = "private, no-store"
# An id in a path, to the schema; settings.SPECTACULAR_SETTINGS adds an example for most.
ID_TYPE = {"type": "integer", "format": "int64", "minimum": 0}


class ApiView(APIView):
    """An endpoint; `errors` are examples of what it answers besides its result."""

    errors: ClassVar[tuple[Refusal, ...]] = ()
    # Who may keep its answers to a GET. Nobody may keep any other answer.
    caching: ClassVar[str] = NO_STORE

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Say who may keep the answer."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        caching = self.caching if request.method in SAFE_METHODS else NO_STORE
        answer.headers.setdefault("Cache-Control", caching)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count first, so that refused requests count too, and refuse a body of unknown length."""
        try:
            self.perform_authentication(request)
        except APIException:
            super().check_throttles(request)  # as an address
            raise
        super().check_throttles(request)
        super().initial(request, *args, **kwargs)
        if request.method in ("POST", "PUT") and "HTTP_TRANSFER_ENCODING" in request.META:
            raise LengthRequired  # WSGI would show no body at all

    def check_throttles(self, request: Request) -> None:
        """Count nothing where REST framework would, after permissions: `initial` has done so."""


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
        super().initial(request, *args, **kwargs)
        if request.path.endswith("/"):
            raise NotFound("There is nothing here.")
        raise NotFound("There is nothing here: every path of this API ends with a slash.")


def etag_of(name: str) -> str:
    return f'"{name}"'


def has_current(request: HttpRequest | Request, etag: str) -> bool:
    """Tell whether the client names this ETag in If-None-Match; proxies may have made it weak.

    It is looked for as it is written, quotes included, which no other ETag can contain. To take a
    long list apart costs a hundred times more, on the event loop.
    """
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    return etag in known or known.strip() == "*"


def not_modified(headers: dict[str, str]) -> Response:
    return Response(status=304, headers=headers)
