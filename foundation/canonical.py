"""Canonical JSON (RFC 8785): one text for one value, whoever writes it in whatever language."""

import json
from typing import Any

# JavaScript's Number.MAX_SAFE_INTEGER.
LARGEST = 2**53 - 1

_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value: Any) -> str:
    """Return the canonical text of a value made of lists, dictionaries and plain values.

    Those are strings, integers, booleans and None. Raises TypeError for anything else: languages
    disagree on how to write a float. Names are ASCII, which sorts alike everywhere, and integers
    are such that JavaScript reads them exactly.
    """
    _check(value)
    return _write(value)


def _check(value: Any) -> None:
    kind = type(value)
    if kind is list or kind is tuple:
        for one in value:
            _check(one)
    elif kind is dict:
        for name, one in value.items():
            if type(name) is not str or not name.isascii():
                raise TypeError(f"{name!r} is no name for canonical JSON")
            _check(one)
    elif kind is int:
        if abs(value) > LARGEST:
            raise TypeError(f"{value!r} is too large for canonical JSON")
    elif value is not None and kind is not bool and not isinstance(value, str):
        raise TypeError(f"{value!r} has no canonical JSON here")
