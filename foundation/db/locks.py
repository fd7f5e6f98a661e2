"""Locks in SQL written out, until their transaction ends; SQLite needs none."""

import hashlib

from django.db import connection

from foundation.db.statements import Statement, run

LOCK_NAME = "SELECT pg_advisory_xact_lock(%s)"


def client_of_user(user_id: int) -> str:
    """Return the name by which an account is locked and what it has is counted."""
    return f"user:{user_id}"


def lock(name: str) -> None:
    """Let one transaction at a time go on with what has this name."""
    run(*locking_name(name))


def locking_name(name: str, *, only: Statement | None = None) -> list[Statement]:
    """Return what locks the name, for `run`: a statement without rows that matter, or none.

    With a condition as SQL has it, it locks `only` where that holds.
    """
    if connection.vendor != "postgresql":
        return []
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    if only is None:
        return [Statement(LOCK_NAME, [key])]
    return [Statement(f"{LOCK_NAME} WHERE {only.sql}", [key, *only.values])]


def row_lock(table: str) -> str:
    """Return what a SELECT ends with that locks its rows of this table.

    NO KEY: rows that refer to them can still be inserted meanwhile.
    """
    return f" FOR NO KEY UPDATE OF {table}" if _has_row_locks() else ""


def _has_row_locks() -> bool:
    return connection.features.has_select_for_no_key_update
