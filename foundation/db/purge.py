"""Rows that nobody needs any more go by and by, with the requests that make new ones.

Where no such request comes, `manage.py tidy` deletes what is left.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from foundation.db.statements import Statement, instant
from foundation.db.transactions import one_transaction

KEPT_FOR = timedelta(days=1)
# In a request, which has something else to do, and in a transaction of their own.
AT_ONCE = 20
BATCH = 500


def deleting_old(table: str, time: str, *, now: datetime, only: str = "TRUE") -> Statement:
    """Return what deletes the oldest rows of a table, as `purge` does, written out for hot paths.

    They are from KEPT_FOR ago by this column, and as the condition `only` says. Where nothing is as
    old, an index tells so by its first entry, and the rest isn't looked at. The plan alone can't be
    trusted with that: it may be from when there were few rows.
    """
    # SQLite locks no rows.
    passing_over = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    before = instant(now - KEPT_FOR)
    return Statement(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} "  # noqa: S608 (our own names)
        f"WHERE (SELECT min({time}) FROM {table}) <= %s AND {time} <= %s AND {only} "
        f"ORDER BY {time} LIMIT {AT_ONCE}{passing_over})",
        [before, before],
    )


def purge(old: QuerySet[Any], *, at_once: int = AT_ONCE) -> int:
    """Delete the first of these rows, and return how many.

    Those that another transaction has locked are passed over.
    """
    some = old.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
    if primary_keys := list(some[:at_once]):
        old.model._default_manager.filter(pk__in=primary_keys).delete()
    return len(primary_keys)


def purge_all(old: QuerySet[Any]) -> int:
    """Delete all of these rows that nobody has locked, BATCH in a transaction; return how many."""
    removed = 0
    while count := _purge_batch(old):
        removed += count
    return removed


@one_transaction
def _purge_batch(old: QuerySet[Any]) -> int:
    return purge(old, at_once=BATCH)
