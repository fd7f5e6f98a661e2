"""One operation, one transaction: committed, refused, or redone as a whole."""

import logging
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

import tenacity
from django.db import Error, IntegrityError, connection, transaction

from booking.errors import BookingError, TooMuchContention

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
FIRST_BACKOFF_SECONDS = 0.02
LONGEST_BACKOFF_SECONDS = 0.5
# No new attempt after that: a thread is needed elsewhere, and the `now` of an operation grows old.
LONGEST_SECONDS = 15

# lock_not_available, deadlock_detected, serialization_failure: PostgreSQL's manual, appendix A.
CONTENTION_STATES = {"55P03", "40P01", "40001"}

logger = logging.getLogger(__name__)
_depth = ContextVar("how many operations are under way, one inside the other", default=0)


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

    Raises TooMuchContention after ATTEMPTS tries or LONGEST_SECONDS; nothing of any of them stays.
    The operation must read again what it decides on, since every try calls it anew. Called by
    another operation, it joins that one's transaction. What a refusal leaves to be done
    `afterwards` is done when all of it has been rolled back.
    """

    @wraps(operation)
    def deeper(*args: P.args, **kwargs: P.kwargs) -> T:
        before = _depth.set(_depth.get() + 1)
        try:
            return operation(*args, **kwargs)
        finally:
            _depth.reset(before)

    @wraps(operation)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic(durable=True):
            return deeper(*args, **kwargs)

    @wraps(operation)
    def service(*args: P.args, **kwargs: P.kwargs) -> T:
        if _depth.get():
            return deeper(*args, **kwargs)
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


def is_whole_transaction() -> bool:
    """Tell whether the operation under way joined nobody's transaction: its end is the commit."""
    return _depth.get() == 1 and len(connection.atomic_blocks) == 1
