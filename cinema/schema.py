"""The API's schema: two files that `make schema` writes, and the page that lets one try the API.

To make the schema takes a quarter of a second of CPU, and it is the same until the next release. So
it is served as it was written, whatever the query says.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.web.renderers import QuickJSONRenderer
from foundation.web.views import PublicView, has_current, not_modified

FILES = {name: Path(__file__).with_name(f"openapi.{name}") for name in ("yaml", "json")}


class DocumentRenderer(QuickJSONRenderer):
    """Sends bytes as they are, and anything else, such as a problem, as JSON."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if isinstance(data, bytes):
            return data
        return super().render(data, accepted_media_type, renderer_context)


class OpenApiYaml(DocumentRenderer):
    media_type = "application/vnd.oai.openapi"
    format = "yaml"
    charset = "utf-8"


class PlainYaml(OpenApiYaml):
    media_type = "application/yaml"


class OpenApiJson(DocumentRenderer):
    media_type = "application/vnd.oai.openapi+json"


class PlainJson(DocumentRenderer):
    media_type = "application/json"


class Schema(PublicView):
    """The schema, in the format that `?format=` names or else the client accepts: YAML or JSON."""

    schema = None
    renderer_classes = [OpenApiYaml, PlainYaml, OpenApiJson, PlainJson]

    def get_renderers(self) -> list[BaseRenderer]:
        """Return those of the format that is asked for, or all if there is no such format."""
        every = super().get_renderers()
        wanted = self.request.query_params.get("format")
        return [renderer for renderer in every if renderer.format == wanted] or every

    def get(self, request: Request) -> Response:
        name = request.accepted_renderer.format
        content, etag = _document(name)
        if has_current(request, etag):
            return not_modified({"ETag": etag})
        disposition = f'inline; filename="front-row.{name}"'
        return Response(content, headers={"ETag": etag, "Content-Disposition": disposition})


@cache
def _document(name: str) -> tuple[bytes, str]:
    """Return a file's content, and the ETag that names it."""
    content = FILES[name].read_bytes()
    return content, f'"{sha256(content).hexdigest()[:16]}"'


# Swagger UI writes style attributes and carries its icons in its style sheet.
_policy = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})
swagger = require_safe(_policy(SpectacularSwaggerSplitView.as_view(authentication_classes=[])))
