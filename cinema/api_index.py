"""What there is in the API: to programs as JSON, to people as a page."""

import re
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.views import View
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import urls as box_office
from cinema.accounts.api import urls as accounts
from foundation.web.views import MemberView, PublicView
from payments.api import urls as payments

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def paths() -> dict[str, str]:
    """Return the path of everything in the API by its name, such as "/api/shows/{show_id}/"."""
    root = reverse("api-index")
    patterns: list[URLPattern | URLResolver] = [
        *accounts.urlpatterns,
        *box_office.urlpatterns,
        *payments.FOR_CLIENTS,
    ]
    found = {
        str(pattern.name).replace("-", "_"): root + PARAMETER.sub(r"{\1}", str(pattern.pattern))
        for pattern in patterns
        if isinstance(pattern, URLPattern)
    }
    return found | {"schema": reverse("schema"), "documentation": reverse("swagger")}


class Index(PublicView):
    """The way into the API."""

    @extend_schema(
        operation_id="get_index",
        tags=["Catalogue"],
        summary="Index",
        description=(
            "The path of every resource by its name; `{…}` stands for an id or a token. Browsers "
            "get a page."
        ),
        responses={200: {"type": "object", "additionalProperties": {"type": "string"}}},
        examples=[
            OpenApiExample(
                "An index, shortened",
                {"movies": "/api/movies/", "documentation": "/swagger/"},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        return Response(paths())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wanted = request.get_preferred_type(["application/json", "text/html"])
        is_for_people = request.method in ("GET", "HEAD") and wanted == "text/html"
        if is_for_people:
            context = {"paths": paths(), "open": _open_to_browsers()}
            response: HttpResponseBase = render(request, "pages/api.html", context)
        else:
            response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept"])
        return response


def _open_to_browsers() -> set[str]:
    """Return the paths that a link can lead to: read without a token, and without an id."""
    whole = [path for path in paths().values() if "{" not in path]
    return {path for path in whole if _is_read_by_anybody(resolve(path).func)}


def _is_read_by_anybody(function: Any) -> bool:
    view: type[View] = function.view_class
    return hasattr(view, "get") and not issubclass(view, MemberView)
