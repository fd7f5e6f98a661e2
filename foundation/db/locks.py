"""Locks on what has no row of its own, until their transaction ends; SQLite needs none."""

import hashlib

from django.db import connection

from foundation.db.statements import Statement, run


def client_of_user(user_id: int) -> str:
    """Return the name by which an account is locked and what it has is counted."""
    return f"user:{user_id}"


def lock(name: str) -> None:
    """Let one transaction at a time go on with what has this name."""
    run(*locking_name(name))


def locking_name(name: str) -> list[Statement]:
    """Return what locks the name, for `run`: a statement without rows that matter, or none."""
    if connection.vendor != "postgresql":
        return []
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    return [Statement("SELECT pg_advisory_xact_lock(%s)", [key])]
