"""Hot statements: SQL written out, since building it anew costs more than running it.

The SQL is the same on PostgreSQL and SQLite. On PostgreSQL, `run` sends several statements as one
text, which also begins the transaction and may commit it, so they cost one trip; each is planned
once for each connection, by PREPARE and EXECUTE in that text (docs/adr/0018).

Psycopg's pipeline mode makes as few trips, but takes 6 to 20 % more CPU. Never set
`prepare_threshold` on these connections: psycopg would drop our plans along with its own.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import count
from typing import Any, Generic, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.models import Model
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]

# Statements with more values are rare and of many lengths; planning them is little of their cost.
MOST_VALUES_PREPARED = 32
MOST_PREPARED = 200

# A table changed so that a plan's rows would be others, or plans were thrown away behind our back:
# feature_not_supported, invalid_sql_statement_name.
LOST_PLANS = frozenset({"0A000", "26000"})

# The names of the statements that each connection has prepared.
_prepared: WeakKeyDictionary[Connection[Row], dict[str, str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Statement:
    """SQL with %s for each of its values, and no other %."""

    sql: str
    values: Sequence[Any] = ()


def run(*statements: Statement, commit: bool = False) -> list[list[Row]]:
    """Run the statements in order and return the rows of each; none sees another's rows.

    PostgreSQL gets all of them in one trip: Django's cursor puts the values into the text, and a
    text of several statements is answered with one result for each. What begins a transaction goes
    with them, and with `commit` what ends it; Django then finds nothing left to commit. Elsewhere
    that is left to Django.
    """
    own = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` does so at every mention
    with own.cursor() as cursor:
        if own.vendor != "postgresql":
            return [_rows_of(cursor, statement) for statement in statements]
        # Psycopg's own cursor: Django's looks at every attribute of it anew.
        results: Cursor[Row] = cursor.cursor
        texts = [_prepare(cursor, statement) for statement in statements]
        begins = own.in_atomic_block and _may_begin(results)
        if begins:
            # Or else psycopg would send its own BEGIN first, and wait for the answer.
            results.connection.autocommit = True
            texts.insert(0, "BEGIN")
        if commit:
            texts.append("COMMIT")
        values = [value for statement in statements for value in statement.values]
        try:
            cursor.execute("; ".join(texts), values)
        except Error as error:
            if getattr(error.__cause__, "sqlstate", None) in LOST_PLANS:
                own.close()  # the next connection makes new ones
            raise
        rows = [_result(results)]
        while results.nextset():
            rows.append(_result(results))
        return rows[begins : begins + len(statements)]


def placeholders(values: Collection[Any]) -> str:
    """Return the placeholders for these values between IN's parentheses; none match nothing."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def instant(moment: datetime | None) -> Any:
    """Return a moment as this database takes it for a value."""
    return connection.ops.adapt_datetimefield_value(moment)


class Columns(Generic[M]):
    """The columns of a model's table, or some of them, and how to make an instance of a row."""

    def __init__(self, model: type[M], *names: str) -> None:
        fields = model._meta.concrete_fields
        self._model = model
        self._fields = [field for field in fields if not names or field.attname in names]
        self._names = [field.attname for field in self._fields]
        table = model._meta.db_table
        self.sql = ", ".join(f"{table}.{field.column}" for field in self._fields)
        self.count = len(self._fields)
        columns = [str(field.column) for field in self._fields]
        self._into = f"INSERT INTO {table} ({', '.join(columns)})"
        self._places = placeholders(self._fields)
        self._update = f"UPDATE {table} SET {' = %s, '.join(columns)} = %s WHERE id = %s"

    def instance(self, row: Sequence[Any]) -> M:
        """Return the instance whose values these are; other columns are read when asked for."""
        values = list(row)
        for position, field, convert in self._conversions:
            values[position] = convert(values[position], field, connection)
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)

    def insertion(self, row: M, *, only: Statement | None = None) -> Statement:
        """Return what inserts a row, with times, money and lists as any database takes them.

        With a condition as SQL has it, it inserts the row `only` where that holds.
        """
        values = self._values(row)
        if only is None:
            return Statement(f"{self._into} VALUES ({self._places})", values)
        return Statement(
            f"{self._into} SELECT {self._places} WHERE {only.sql}", [*values, *only.values]
        )

    def update(self, row: M) -> Statement:
        """Return what updates a row, by its id, to what it is now."""
        return Statement(self._update, [*self._values(row), row.pk])

    def _values(self, row: M) -> list[Any]:
        return [_written(getattr(row, name)) for name in self._names]

    @cached_property
    def _conversions(self) -> list[tuple[int, Any, Any]]:
        """What this database's values need: none on PostgreSQL, times and money on SQLite."""
        columns = [field.get_col(self._model._meta.db_table) for field in self._fields]
        return [
            (position, column, convert)
            for position, column in enumerate(columns)
            for convert in (
                *connection.ops.get_db_converters(column),
                *column.get_db_converters(connection),
            )
        ]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return str(value) if isinstance(value, Decimal) else value


def _rows_of(cursor: Any, statement: Statement) -> list[Row]:
    cursor.execute(statement.sql, statement.values)
    return list(cursor.fetchall()) if cursor.description else []


def _prepare(cursor: Any, statement: Statement) -> str:
    """Return what runs the statement by the plan that its connection has made for it."""
    prepared = _prepared.setdefault(cursor.cursor.connection, {})
    name = prepared.get(statement.sql)
    if name is None:
        if len(statement.values) > MOST_VALUES_PREPARED or len(prepared) >= MOST_PREPARED:
            return statement.sql
        # Named by what it does: where connections were mixed up, nobody runs another's statement.
        name = f"statement_{sha256(statement.sql.encode()).hexdigest()[:16]}"
        numbers = count(1)
        sql = re.sub("%s", lambda _: f"${next(numbers)}", statement.sql)
        cursor.execute(f"PREPARE {name} AS {sql}")
        prepared[statement.sql] = name
    values = ", ".join(["%s"] * len(statement.values))
    return f"EXECUTE {name}({values})" if values else f"EXECUTE {name}"


def _may_begin(results: Cursor[Row]) -> bool:
    """Tell whether the connection is in no transaction yet, and begins them in the usual way."""
    connected = results.connection
    is_idle = connected.pgconn.transaction_status == TransactionStatus.IDLE
    return is_idle and connected.isolation_level is None


def _result(results: Cursor[Row]) -> list[Row]:
    """Return the rows of the result that is next; to ask for its `description` would build one."""
    has_rows = results.pgresult is not None and results.pgresult.nfields > 0
    return results.fetchall() if has_rows else []
