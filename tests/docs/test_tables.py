"""The documentation says of every table how long its rows are kept."""

from collections import Counter

from django.apps import apps
from django.test import SimpleTestCase, tag

from tests.docs.reading import CODE, documents, table_in
from tests.docs.test_numbers import OPERATIONS, wrong_in

FOR_GOOD = "for good"
Row = tuple[str, str, str]


def kept() -> dict[str, Row]:
    """Return of each table what a row is, how long it is kept, and where that is set."""
    rows = table_in(documents()[OPERATIONS], "## What is kept, and for how long")
    return {
        table: (row, how_long, where)
        for tables, row, how_long, _, where in rows
        for table in CODE.findall(tables)
    }


def tables_for_good() -> set[str]:
    """Return the tables whose rows nothing deletes in time."""
    return {table for table, (_, how_long, _) in kept().items() if how_long == FOR_GOOD}


@tag("once")
class TableTests(SimpleTestCase):
    def test_every_model_says_how_long_its_rows_are_kept(self) -> None:
        models = apps.get_models(include_auto_created=True)
        rows = table_in(documents()[OPERATIONS], "## What is kept, and for how long")
        named = Counter(table for tables, *_ in rows for table in CODE.findall(tables))
        self.assertEqual(named, Counter(model._meta.db_table for model in models))

    def test_times_are_those_of_the_code(self) -> None:
        bounded = {table: kept()[table] for table in kept().keys() - tables_for_good()}
        rows = [[row, how_long, "", where] for row, how_long, where in bounded.values()]
        self.assertEqual(wrong_in(rows), [])
