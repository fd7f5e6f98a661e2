"""Requests that may be sent twice, by their Idempotency-Key or by the key of a form.

A form carries the key of its intent: a reload or a second click has one effect, and is told once.
"""

import hashlib
import json
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from foundation.errors import Invalid
from foundation.idempotency.services import Sending
from foundation.web.clients import client_of, user_of

LONGEST_KEY = 100
# Without an account the key is all that tells one guest of an address from the next, and whoever
# sends it gets the answer: so it must be as hard to guess as a secret. 32 hex digits are 128 bits.
SHORTEST_KEY_OF_GUEST = 32
FORM_FIELD = "key"
# Made anew for each page that is shown, so it says nothing about what a form asks.
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105
# Without an example: the documentation's page would send it with every operation, and a key is for
# one request only.
HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A name of your choice for this request: best a random UUID. Sent again within a day with "
        "the same body, it gets the first answer; with another body, a 422. Without an account it "
        f"must have at least {SHORTEST_KEY_OF_GUEST} characters, since whoever knows it gets that "
        "answer."
    ),
)


class NoKey(Invalid):
    detail = "This form was not sent as the page made it. Reload the page and try again."


def sending_of(request: Request) -> Sending | None:
    """Return what names this request if it has an Idempotency-Key. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _is_key(key):
        raise ValidationError(
            {"Idempotency-Key": f"Give 1 to {LONGEST_KEY} visible ASCII characters."}
        )
    if user_of(request) is None and len(key) < SHORTEST_KEY_OF_GUEST:
        raise ValidationError(
            {
                "Idempotency-Key": (
                    f"Without an account, give at least {SHORTEST_KEY_OF_GUEST} characters that "
                    "nobody can guess, such as a random UUID."
                )
            }
        )
    return _sending(request, key, [request.method, request.path, request.data])


def sending_of_form(request: HttpRequest) -> Sending | None:
    """Return what names this form if it carries a key. Raises NoKey for one that can be none."""
    key = request.POST.get(FORM_FIELD)
    if key is None:
        return None
    if not _is_key(key) or (user_of(request) is None and len(key) < SHORTEST_KEY_OF_GUEST):
        raise NoKey
    fields = {name: values for name, values in request.POST.lists() if name != TOKEN_FIELD}
    return _sending(request, key, ["form", request.path, fields])


def _is_key(text: str) -> bool:
    """Tell whether a text can be a key: 1 to LONGEST_KEY visible ASCII characters."""
    return (
        0 < len(text) <= LONGEST_KEY and text.isascii() and text.isprintable() and " " not in text
    )


def _sending(request: Request | HttpRequest, key: str, asked: Any) -> Sending:
    text = json.dumps(asked, sort_keys=True)
    return Sending(client_of(request), key, hashlib.sha256(text.encode()).hexdigest())
