"""Reads request bodies: JSON that PostgreSQL and every client can hold, and not too much of it."""

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_BODY_BYTES = 64 * 1024


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = f"The body may have at most {MAX_BODY_BYTES} bytes."


class LengthRequired(APIException):
    status_code = 411
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length instead of in chunks."


class BoundedJSONParser(BaseParser):
    """Parses strict JSON in UTF-8 of at most MAX_BODY_BYTES.

    Refuses what JSON has no word for (NaN, Infinity), what it leaves open (a name that is given
    twice) and what a database can't store: NUL characters and lone surrogates.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body. Raises BodyTooLarge before reading, and ParseError."""
        request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise BodyTooLarge
        try:
            text = stream.read().decode()
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: byte {error.start} is wrong.") from None
        return _parsed(text)


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_members)
    except RecursionError:
        raise ParseError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}.") from None
    for string in _strings(value):
        if "\0" in string:
            raise ParseError("The body has a NUL character in a string.")
        if any("\ud800" <= character <= "\udfff" for character in string):
            raise ParseError("The body has half of a surrogate pair in a string.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ParseError(f"The body gives {json.dumps(name[:40])} twice.")
        members[name] = value
    return members


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, keys too, however deep."""
    pending = [value]
    while pending:
        match pending.pop():
            case str() as string:
                yield string
            case list() as items:
                pending.extend(items)
            case dict() as members:
                pending.extend(members)
                pending.extend(members.values())
