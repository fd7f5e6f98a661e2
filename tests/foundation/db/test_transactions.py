from unittest import mock

from django.db import IntegrityError, OperationalError
from django.test import SimpleTestCase, TestCase

from booking.errors import ShowFull
from booking.models import Movie
from foundation.db import transactions
from foundation.db.transactions import after_rollback, is_contention, one_transaction
from foundation.errors import TooMuchContention
from foundation.request_context import Asked, asked


class DriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def database_error(kind: type[Exception], sqlstate: str) -> Exception:
    error = kind("as PostgreSQL says it")
    error.__cause__ = DriverError(sqlstate)
    return error


class IsContentionTests(SimpleTestCase):
    def test_errors_that_a_new_attempt_may_mend(self) -> None:
        for sqlstate in ("55P03", "40P01", "40001"):
            with self.subTest(sqlstate=sqlstate):
                self.assertIs(is_contention(database_error(OperationalError, sqlstate)), True)
        self.assertIs(is_contention(database_error(IntegrityError, "23505")), True)
        self.assertIs(is_contention(OperationalError("database is locked")), True)
        self.assertIs(is_contention(IntegrityError("UNIQUE constraint failed: x.y")), True)

    def test_errors_that_stay(self) -> None:
        for error in (
            database_error(OperationalError, "57P01"),
            database_error(IntegrityError, "23503"),
            IntegrityError("FOREIGN KEY constraint failed"),
            ValueError("database is locked"),
        ):
            with self.subTest(error=error):
                self.assertIs(is_contention(error), False)


@mock.patch.object(transactions, "logger", new=mock.Mock())
@mock.patch.object(transactions._retrying, "sleep")
class OneTransactionTests(TestCase):
    def setUp(self) -> None:
        self.failures = 0
        self.calls = 0

    def operation(self) -> int:
        self.calls += 1
        Movie.objects.create(title=f"Attempt {self.calls}", duration_minutes=1)
        if self.calls <= self.failures:
            raise OperationalError("database is locked")
        return self.calls

    def test_retries_say_what_was_tried_for_whom(self, sleep: mock.Mock) -> None:
        calls = []

        @one_transaction
        def sell(*, show_id: int, seat_numbers: list[int]) -> None:
            calls.append(show_id)
            if len(calls) < 3:
                raise OperationalError("database is locked")

        before = asked.set(Asked("an-id", "/api/shows/3/book/\n"))
        with mock.patch.object(transactions, "logger") as logger:
            sell(show_id=3, seat_numbers=[1])
        asked.reset(before)
        lines = [call.args[0] % call.args[1:] for call in logger.info.call_args_list]
        self.assertEqual(
            lines,
            [
                f"sell show_id=3 for '/api/shows/3/book/\\n' met contention in attempt {number}: "
                "database is locked"
                for number in (1, 2)
            ],
        )

    def test_contention_redoes_the_whole_transaction(self, sleep: mock.Mock) -> None:
        self.failures = 2

        self.assertEqual(one_transaction(self.operation)(), 3)

        self.assertEqual(list(Movie.objects.values_list("title", flat=True)), ["Attempt 3"])
        self.assertEqual(sleep.call_count, 2)

    def test_retries_are_bounded_and_leave_nothing(self, sleep: mock.Mock) -> None:
        self.failures = 1000

        with self.assertRaises(TooMuchContention):
            one_transaction(self.operation)()

        self.assertEqual(self.calls, transactions.ATTEMPTS)
        self.assertEqual(Movie.objects.count(), 0)

    def test_backoff_grows_and_is_jittered_from_zero(self, sleep: mock.Mock) -> None:
        self.failures = 1000
        with (
            mock.patch("random.uniform", side_effect=lambda low, high: high) as uniform,
            self.assertRaises(TooMuchContention),
        ):
            one_transaction(self.operation)()

        waits = [call.args[0] for call in sleep.call_args_list]
        self.assertEqual(waits, [0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5])
        self.assertEqual({call.args[0] for call in uniform.call_args_list}, {0})

    def test_other_errors_are_not_retried(self, sleep: mock.Mock) -> None:
        with self.assertRaises(ZeroDivisionError):
            one_transaction(lambda: 1 // 0)()

        sleep.assert_not_called()

    def test_refusal_stands_whatever_becomes_of_what_follows_it(self, _: mock.Mock) -> None:
        for failure in (
            OperationalError("the server closed the connection"),
            ZeroDivisionError(),
            TooMuchContention(),
        ):
            refusal, afterwards = ShowFull(), mock.Mock(side_effect=failure)

            @one_transaction
            def refused(refusal: ShowFull = refusal, what: mock.Mock = afterwards) -> None:
                after_rollback(what)
                raise refusal

            with self.subTest(failure=failure), self.assertRaises(ShowFull) as raised:
                refused()
            self.assertIs(raised.exception, refusal)
            afterwards.assert_called_once_with()
        logged: mock.Mock = transactions.logger  # type: ignore[assignment]
        self.assertEqual(logged.exception.call_count, 2)
