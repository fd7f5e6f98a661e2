"""Tests with real commits, for whatever other threads and processes must see."""

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase  # noqa: TID251
from psycopg.errors import DeadlockDetected

# What migrating writes, and nobody else.
KEPT = {"auth_permission", "django_content_type"}
# A server that is still at work may lock tables in another order, so often.
DEADLOCKS = 3


class CommitTestCase(TransactionTestCase):
    """A test with real commits, which leaves every table empty.

    Django's own way truncates them all and writes every permission anew: that took longer than many
    a test.
    """

    def _fixture_teardown(self) -> None:
        tables = connection.introspection.django_table_names(only_existing=True)
        names = [connection.ops.quote_name(table) for table in tables if table not in KEPT]
        for attempt in range(DEADLOCKS, -1, -1):
            try:
                _empty(names)
            except OperationalError as error:
                if not attempt or not isinstance(error.__cause__, DeadlockDetected):
                    raise
            else:
                return


def _empty(names: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Autovacuum makes way for whoever waits, but after a second, which is our patience.
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            # Rows that somebody is still writing would stay.
            cursor.execute(f"LOCK TABLE {', '.join(names)} IN EXCLUSIVE MODE")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")
