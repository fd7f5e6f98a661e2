"""Writes answers as JSON."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer


class QuickJSONRenderer(JSONRenderer):
    """REST framework's JSON, written by orjson, in one form whatever the client accepts."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer; none for no answer."""
        return b"" if data is None else orjson.dumps(data, default=str)
