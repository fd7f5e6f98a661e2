"""One operation, one transaction: committed, refused, or redone as a whole."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import tenacity
from django.db import Error, IntegrityError, connection, transaction

from booking.errors import BookingError, TooMuchContention
from booking.statements import LOST_PLANS, Row, Statement, run

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.02
LONGEST_BACKOFF_SECONDS = 0.5
# No new attempt after that: a thread is needed elsewhere, and the `now` of an operation grows old.
LONGEST_SECONDS = 15

# lock_not_available, deadlock_detected, serialization_failure: PostgreSQL's manual, appendix A.
CONTENTION_STATES = {"55P03", "40P01", "40001", *LOST_PLANS}

logger = logging.getLogger(__name__)


@dataclass
class _Operation:
    """An operation under way: how many are, with those that joined it, and how far it has come."""

    depth: int = 1
    is_over: bool = False
    is_committed: bool = False

    @contextmanager
    def joined(self) -> Iterator[None]:
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


_under_way: ContextVar[_Operation | None] = ContextVar("the operation under way", default=None)


def is_contention(error: BaseException) -> bool:
    """Tell whether the whole transaction may succeed when it is redone.

    That holds for lost locks, and for a row that somebody else inserted between our reading and
    our writing: the next reading sees it and refuses by its name.
    """
    if isinstance(error, IntegrityError):
        return _sqlstate(error) == "23505" or str(error).startswith("UNIQUE constraint failed")
    if isinstance(error, Error):
        return _sqlstate(error) in CONTENTION_STATES or "database is locked" in str(error)
    return False


def _sqlstate(error: Error) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.info("attempt %d met contention: %s", state.attempt_number, error)


_retrying = tenacity.Retrying(
    retry=tenacity.retry_if_exception(is_contention),
    # Exponential backoff with full jitter.
    wait=tenacity.wait_random_exponential(
        multiplier=FIRST_BACKOFF_SECONDS, max=LONGEST_BACKOFF_SECONDS
    ),
    stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(LONGEST_SECONDS),
    before_sleep=_log_retry,
)


def one_transaction(operation: Callable[P, T]) -> Callable[P, T]:
    """Run the operation in a durable transaction of its own, redone when it meets contention.

    Raises TooMuchContention after ATTEMPTS tries, or LONGEST_SECONDS after the first; nothing of
    any of them stays. The operation must read again what it decides on, since every try calls it
    anew. Called by another operation, it joins that one's transaction. What a refusal leaves to be
    done `afterwards` is done when all of it has been rolled back.
    """

    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        under_way = _Operation()
        before = _under_way.set(under_way)
        try:
            with transaction.atomic(durable=True):
                result = operation(*args, **kwargs)
                if under_way.is_over:
                    transaction.set_rollback(False)
                return result
        except Error as error:
            if under_way.is_committed:
                # What is committed must not be redone, whatever the error says.
                raise RuntimeError("a service asked the database after its commit") from error
            raise
        finally:
            _under_way.reset(before)

    @wraps(operation)
    def service(*args: P.args, **kwargs: P.kwargs) -> T:
        if under_way := _under_way.get():
            with under_way.joined():
                return operation(*args, **kwargs)
        try:
            try:
                return attempt(*args, **kwargs)
            except Error as error:
                if not is_contention(error):
                    raise
                return _retrying(_after(error, attempt), *args, **kwargs)
        except tenacity.RetryError as error:
            raise TooMuchContention from error
        except BookingError as refusal:
            if refusal.afterwards:
                # The refusal stands, whatever becomes of that.
                with suppress(BookingError):
                    refusal.afterwards()
            raise

    return service


def last_trip(*statements: Statement) -> list[list[Row]]:
    """Run the statements that end the operation under way and return the rows of each.

    Where the operation joined nobody's transaction, its commit goes the same way. Whatever asks the
    database after that, Django refuses: it would be a transaction of its own.
    """
    under_way = _under_way.get()
    if under_way is None or under_way.depth > 1:
        return run(*statements)
    commit = connection.vendor == "postgresql" and len(connection.atomic_blocks) == 1
    rows = run(*statements, commit=commit)
    under_way.is_over, under_way.is_committed = True, commit
    transaction.set_rollback(True)
    return rows


def _after(error: Error, attempt: Callable[P, T]) -> Callable[P, T]:
    """Return what goes on after a first attempt that ended so: most need no more than that one.

    Tenacity's account of an attempt costs as much as a statement, so it begins where it is needed.
    """
    first = [error]

    def next_attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        if first:
            raise first.pop()
        return attempt(*args, **kwargs)

    return next_attempt
