"""One operation, one transaction: committed, refused, or redone as a whole."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import tenacity
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import Error, IntegrityError, connection, transaction

from foundation import metrics
from foundation.db.statements import LOST_PLANS, Row, Statement, run
from foundation.errors import Refusal, TooMuchContention, refuses
from foundation.request_context import asked

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.02
LONGEST_BACKOFF_SECONDS = 0.5
# No new attempt after that: people give up after ten seconds, and a thread is needed elsewhere.
LONGEST_SECONDS = 5

# PostgreSQL's manual, appendix A; the others are deadlock_detected and serialization_failure.
LOCK_NOT_AVAILABLE = "55P03"
FOREIGN_KEY_VIOLATION = "23503"
CONTENTION_STATES = {LOCK_NOT_AVAILABLE, "40P01", "40001", *LOST_PLANS}

logger = logging.getLogger(__name__)


@dataclass
class _Operation:
    """An operation under way with those that joined it, and what is to be done if it is refused."""

    depth: int = 1
    is_over: bool = False
    is_committed: bool = False
    after_rollback: list[Callable[[], object]] = field(default_factory=list)

    @contextmanager
    def joined(self) -> Iterator[None]:
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


# Of those who lost a lock by waiting for it in vain, so many go on: a row that somebody keeps
# locked leaves most threads to everybody else.
_waiting_on = threading.BoundedSemaphore(max(1, settings.HTTP_THREADS // 2))

_under_way: ContextVar[_Operation | None] = ContextVar("the operation under way", default=None)


class Overtaken(IntegrityError):
    """What an operation has decided on is no longer so; raised by the operation itself."""


def is_contention(error: BaseException) -> bool:
    """Tell whether the whole transaction may succeed when it is redone.

    That holds for lost locks, for a row that somebody else inserted between our reading and our
    writing, and for an operation that was overtaken: the next reading sees what has changed.
    """
    if isinstance(error, Overtaken):
        return True
    if isinstance(error, IntegrityError):
        return _sqlstate(error) == "23505" or str(error).startswith("UNIQUE constraint failed")
    if isinstance(error, Error):
        return _sqlstate(error) in CONTENTION_STATES or "database is locked" in str(error)
    return False


def lacks_user(error: BaseException) -> bool:
    """Tell whether a row was to refer to a user who was deleted since they were known.

    SQLite does not say what is missing; but whatever else an operation refers to, it has read in
    the same transaction.
    """
    if not isinstance(error, IntegrityError):
        return False
    if _sqlstate(error) == FOREIGN_KEY_VIOLATION:
        missing = error.__cause__.diag.message_detail  # type: ignore[union-attr]
        return get_user_model()._meta.db_table in (missing or "")
    return str(error).startswith("FOREIGN KEY constraint failed")


def _sqlstate(error: Error) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


@contextmanager
def _patience(
    lost: Error, operation: Callable[..., Any], arguments: Mapping[str, Any]
) -> Iterator[None]:
    """Let somebody try again who lost a lock. Raises TooMuchContention where too many wait on."""
    if _sqlstate(lost) != LOCK_NOT_AVAILABLE:
        yield
        return
    if not _waiting_on.acquire(blocking=False):
        raise _given_up(lost, operation, arguments) from lost
    try:
        yield
    finally:
        _waiting_on.release()


def _given_up(
    lost: BaseException | None, operation: Callable[..., Any], arguments: Mapping[str, Any]
) -> TooMuchContention:
    """Count and log an operation that others kept from being done."""
    logger.warning("%s gave up: %s", _described(operation, arguments), lost)
    metrics.GIVEN_UP.labels(operation.__name__).inc()
    return TooMuchContention()


def _note_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    what = _described(state.fn, state.kwargs)
    metrics.RETRIES.labels(getattr(state.fn, "__name__", "")).inc()
    logger.info("%s met contention in attempt %d: %s", what, state.attempt_number, error)


def _described(operation: Callable[..., Any] | None, arguments: Mapping[str, Any]) -> str:
    """Return which service works on what, and the path that it was called for, if it was."""
    told = getattr(operation, "__name__", "an operation")
    for name, value in arguments.items():
        if name.endswith("_id"):
            told += f" {name}={value}"
    path = asked.get().path
    # A line break in a path must not begin a line of the log.
    return f"{told} for {path!r}" if path else told


_retrying = tenacity.Retrying(
    retry=tenacity.retry_if_exception(is_contention),
    # Exponential backoff with full jitter.
    wait=tenacity.wait_random_exponential(
        multiplier=FIRST_BACKOFF_SECONDS, max=LONGEST_BACKOFF_SECONDS
    ),
    stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_after_delay(LONGEST_SECONDS),
    before_sleep=_note_retry,
)


def one_transaction(operation: Callable[P, T]) -> Callable[P, T]:
    """Run the operation in a durable transaction of its own, redone when it meets contention.

    Raises TooMuchContention after ATTEMPTS tries, or LONGEST_SECONDS after the first, or after a
    lock was waited for in vain while half of the threads wait for one; nothing of any of them
    stays. The operation must read again what it decides on, since every try calls it anew. Called
    by another operation, it joins that one's transaction.
    """
    for counted in (metrics.RETRIES, metrics.GIVEN_UP):
        counted.labels(operation.__name__)  # from zero, so that the first time is seen

    @wraps(operation)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        under_way = _Operation()
        try:
            return carry_out(under_way, *args, **kwargs)
        except Refusal as refusal:
            metrics.REFUSALS.labels(refusal.code).inc()
            for what in under_way.after_rollback:
                _do_after_rollback(what)
            raise

    def carry_out(under_way: _Operation, *args: P.args, **kwargs: P.kwargs) -> T:
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
                with _patience(error, operation, kwargs):
                    return _retrying(_after(error, attempt), *args, **kwargs)
        except tenacity.RetryError as error:
            raise _given_up(error.last_attempt.exception(), operation, kwargs) from error

    return refuses(TooMuchContention)(service)


def after_rollback(what: Callable[[], object]) -> None:
    """Let this be done once the operation under way is refused and has been rolled back.

    Call it right before the refusal is raised that ends the operation: one that the operation
    itself takes back leaves nothing to be done. The refusal stands, whatever becomes of this.
    """
    if under_way := _under_way.get():
        under_way.after_rollback.append(what)


def _do_after_rollback(what: Callable[[], object]) -> None:
    try:
        what()
    except Refusal:
        pass
    except Exception:
        logger.exception("what follows a refusal failed")


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

    @wraps(attempt)
    def next_attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        if first:
            raise first.pop()
        return attempt(*args, **kwargs)

    return next_attempt
