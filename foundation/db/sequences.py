"""The counters that ids are drawn from."""

from django.db import connection, transaction
from django.db.models import Model

from foundation.db.statements import Statement

# Far more than are drawn between two backups, and few enough for thousands of restores.
SKIPPED = 1_000_000

MOVE_ON = {
    "postgresql": [
        "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, "
        "coalesce(last_value, 0) + %(skipped)s) "
        "FROM pg_sequences WHERE schemaname = current_schema()",
    ],
    "sqlite": [
        # A table that never had a row has no counter yet.
        "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_master "
        "WHERE sql LIKE '%%AUTOINCREMENT%%' AND name NOT IN (SELECT name FROM sqlite_sequence)",
        "UPDATE sqlite_sequence SET seq = seq + %(skipped)s",
    ],
}

DRAW = {
    "postgresql": "SELECT nextval(pg_get_serial_sequence(%s, 'id'))",
    # Nobody else draws one meanwhile: whoever is about to insert has the one write lock.
    "sqlite": "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = %s",
}


def drawing_id(model: type[Model]) -> Statement:
    """Return what draws the id of a row, so that it is known before the row is inserted."""
    return Statement(DRAW[connection.vendor], [model._meta.db_table])


def skip_ids() -> None:
    """Move every counter on by SKIPPED; ids that are drawn meanwhile lie within what is skipped."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in MOVE_ON[connection.vendor]:
            cursor.execute(statement, {"skipped": SKIPPED})
