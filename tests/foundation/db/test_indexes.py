"""An index that is made while people write."""

from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from booking.models import Booking
from foundation.db.indexes import AddIndexBesideWrites, RemoveIndexBesideWrites
from tests.commits import CommitTestCase

INDEX = models.Index(fields=["reference", "id"], name="tried_out")


class IndexBesideWritesTests(CommitTestCase):
    def test_index_is_made_after_a_try_that_was_broken_off_and_dropped_again(self) -> None:
        operation, state = AddIndexBesideWrites("booking", INDEX), ProjectState.from_apps(apps)
        with connection.schema_editor(atomic=False) as editor:
            if connection.vendor == "postgresql":  # others leave nothing behind
                editor.execute('CREATE INDEX "tried_out" ON booking_booking (reference)')
            operation.database_forwards("booking", editor, state, state)
            self.assertEqual(self.columns(), ["reference", "id"])
            operation.database_backwards("booking", editor, state, state)
        self.assertIsNone(self.columns())

    def test_index_is_dropped_and_made_again(self) -> None:
        add, remove = (
            AddIndexBesideWrites("booking", INDEX),
            RemoveIndexBesideWrites("booking", INDEX.name),
        )
        without = ProjectState.from_apps(apps)
        state = without.clone()
        add.state_forwards("booking", state)
        with connection.schema_editor(atomic=False) as editor:
            add.database_forwards("booking", editor, without, state)
            remove.database_forwards("booking", editor, state, without)
            self.assertIsNone(self.columns())
            remove.database_backwards("booking", editor, without, state)
            self.assertEqual(self.columns(), ["reference", "id"])
            add.database_backwards("booking", editor, state, without)

    def columns(self) -> list[str] | None:
        table = Booking._meta.db_table
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table).get("tried_out")
        return found and found["columns"]
