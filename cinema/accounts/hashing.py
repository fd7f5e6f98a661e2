"""Which requests hash a password: they take a hundred times the CPU of others."""

import re
from collections.abc import Mapping
from typing import Any

PATHS = re.compile(
    r"/(?:api/(?:signup|login)"
    r"|accounts/(?:signup|login|password|email|delete|reset/[^/]+)"
    r"|admin/(?:login|password_change|accounts/user/(?:add|[^/]+/password)))/"
)
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def hashes_password(environ: Mapping[str, Any]) -> bool:
    """Tell whether the request of this environ may hash a password, by its path."""
    return environ["REQUEST_METHOD"] not in READING and bool(PATHS.fullmatch(environ["PATH_INFO"]))
