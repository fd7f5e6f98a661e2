"""The Idempotency-Key header: the same request sent again gets the same answer."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from booking.services.idempotency import Sending, answered_once

T = TypeVar("T")

LONGEST_KEY = 100
HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A name of your choice for this request, such as a UUID. Sent again within a day with the "
        "same body, it gets the first answer; with another body, a 422."
    ),
)


def sending_of(request: Request, client: str) -> Sending | None:
    """Return what names this request if it has an Idempotency-Key. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise ValidationError(
            {"Idempotency-Key": f"Give 1 to {LONGEST_KEY} visible ASCII characters."}
        )
    asked = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return Sending(client, key, hashlib.sha256(asked.encode()).hexdigest())


def once(
    sending: Sending | None,
    *,
    perform: Callable[[], T],
    answer: Callable[[T], dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """Return the answer to an operation; with a key, it is performed once and kept."""
    if sending is None:
        return answer(perform())
    return answered_once(sending=sending, perform=perform, answer=answer, now=now)
