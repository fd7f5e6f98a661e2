from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from booking.models import Hold, Movie, Show
from foundation.db.statements import Columns, Statement, instant, placeholders, run
from tests import factories

MOMENT = datetime(2026, 11, 22, 18, 30, 0, 123456, UTC)
RENAME = "UPDATE booking_movie SET title = %s WHERE id = %s"
TITLE = "SELECT title FROM booking_movie WHERE id = %s"


class RunTests(TestCase):
    def setUp(self) -> None:
        self.movie = factories.movie(title="Before")

    def test_statements_run_in_order_and_give_their_own_rows(self) -> None:
        key = self.movie.pk
        rows = run(
            Statement(TITLE, [key]), Statement(RENAME, ["After; %s", key]), Statement(TITLE, [key])
        )
        self.assertEqual(rows, [[("Before",)], [], [("After; %s",)]])

    def test_postgresql_gets_them_in_one_trip(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("SQLite takes one statement at a time")
        numbers = Statement("SELECT 1"), Statement("SELECT 2")
        run(*numbers)  # plans them
        with CaptureQueriesContext(connection) as queries:
            run(*numbers)
        self.assertEqual(len(queries), 1)

    def test_postgresql_plans_them_once(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("SQLite's driver keeps its plans by itself")
        few = Statement(f"SELECT %s::int IN ({placeholders([1, 2])})", [1, 1, 2])
        many = Statement(f"SELECT %s::int IN ({placeholders(range(100))})", [7, *range(100)])
        another = Statement("SELECT %s::int = 3", [3])
        known: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        with (
            mock.patch.multiple("foundation.db.statements", _prepared=known, MOST_PREPARED=1),
            CaptureQueriesContext(connection) as queries,
        ):
            answers = [run(few), run(few), run(many), run(another)]
        self.assertEqual(answers, [[[(True,)]]] * 4)
        verbs = [query["sql"].split()[0] for query in queries]
        self.assertEqual(verbs, ["PREPARE", "EXECUTE", "EXECUTE", "SELECT", "SELECT"])

    def test_failure_of_any_leaves_nothing(self) -> None:
        twice = (
            "INSERT INTO booking_movie (id, title, synopsis, duration_minutes, certificate) "
            "SELECT id, title, synopsis, duration_minutes, certificate FROM booking_movie"
        )
        with self.assertRaises(IntegrityError), transaction.atomic():
            run(Statement(RENAME, ["After", self.movie.pk]), Statement(twice))
        self.movie.refresh_from_db()
        self.assertEqual(self.movie.title, "Before")

    def test_values_are_never_taken_for_sql(self) -> None:
        nasty = "'; DROP TABLE booking_movie; --"
        run(Statement(RENAME, [nasty, self.movie.pk]))
        self.assertEqual(run(Statement(TITLE, [self.movie.pk])), [[(nasty,)]])

    def test_no_values_match_nothing(self) -> None:
        sql = f"SELECT id FROM booking_movie WHERE id IN ({placeholders([])})"
        self.assertEqual(run(Statement(sql)), [[]])


class ColumnsTests(TestCase):
    def test_instance_equals_what_the_model_reads(self) -> None:
        show = factories.show(starts_at=MOMENT, price="12.50")
        columns = Columns(Show)
        [[row]] = run(Statement(f"SELECT {columns.sql} FROM booking_show WHERE id = %s", [show.pk]))
        read = columns.instance(row)
        self.assertEqual((read.starts_at, read.price), (MOMENT, Decimal("12.50")))
        wanted = Show.objects.get(pk=show.pk)
        names = [field.attname for field in Show._meta.concrete_fields]
        self.assertEqual([getattr(read, n) for n in names], [getattr(wanted, n) for n in names])

    def test_columns_left_out_are_read_when_asked_for(self) -> None:
        movie = factories.movie(synopsis="A small cinema gets one more night.")
        columns = Columns(Movie, "id", "title")
        [[row]] = run(
            Statement(f"SELECT {columns.sql} FROM booking_movie WHERE id = %s", [movie.pk])
        )
        read = columns.instance(row)
        with self.assertNumQueries(1):
            self.assertEqual(read.synopsis, movie.synopsis)

    def test_row_comes_back_as_it_was_inserted_and_updated(self) -> None:
        whole = {"show": factories.show(), "token_hash": "hash", "client": "address:1"}
        hold = Hold(pk=7, seat_numbers=[1, 2], created_at=MOMENT, expires_at=MOMENT, **whole)
        columns = Columns(Hold)
        names = [field.attname for field in Hold._meta.concrete_fields]
        run(columns.insertion(hold))
        for change in ({}, {"seat_numbers": [], "ended_at": MOMENT, "is_booked": True}):
            with self.subTest(change):
                for name, value in change.items():
                    setattr(hold, name, value)
                run(columns.update(hold))
                kept = Hold.objects.get()
                self.assertEqual(
                    [getattr(kept, n) for n in names], [getattr(hold, n) for n in names]
                )

    def test_moment_comes_back_as_it_went(self) -> None:
        show = factories.show()
        run(
            Statement(
                "UPDATE booking_show SET starts_at = %s WHERE id = %s", [instant(MOMENT), show.pk]
            )
        )
        show.refresh_from_db()
        self.assertEqual(show.starts_at, MOMENT)
