"""Indexes on tables that people write to meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddIndex, RemoveIndex


class AddIndexBesideWrites(AddIndexConcurrently):
    """Adds an index; on PostgreSQL nobody who writes has to wait. The migration is not atomic.

    It waits itself for transactions that are under way, however long they are. What a try that was
    broken off has left, which PostgreSQL keeps and does not use, is dropped first.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Make the index."""
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, *states)
            return
        name = schema_editor.quote_name(self.index.name)
        with _waiting(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Drop the index."""
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_backwards(self, app_label, schema_editor, *states)
            return
        super().database_backwards(app_label, schema_editor, *states)


class RemoveIndexBesideWrites(RemoveIndexConcurrently):
    """Drops an index in the same way."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Drop the index."""
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_forwards(self, app_label, schema_editor, *states)
            return
        with _waiting(schema_editor):
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        """Make the index."""
        if schema_editor.connection.vendor != "postgresql":
            RemoveIndex.database_backwards(self, app_label, schema_editor, *states)
            return
        super().database_backwards(app_label, schema_editor, *states)


@contextmanager
def _waiting(schema_editor: Any) -> Iterator[None]:
    """Wait for locks without a bound; nobody waits for what holds none."""
    schema_editor.execute("SET lock_timeout = 0")
    yield
    schema_editor.execute("RESET lock_timeout")
