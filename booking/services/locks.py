"""Locks on what has no row of its own."""

import hashlib

from django.db import connection


def lock_client(client: str) -> None:
    """Let one transaction at a time count and place the holds of this client.

    SQLite needs nothing: a transaction there has the whole database.
    """
    if connection.vendor == "postgresql":
        key = int.from_bytes(hashlib.sha256(client.encode()).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
