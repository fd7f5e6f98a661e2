"""Does what is in the outbox: any number of workers may, in any number of processes."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import Error, connection
from django.utils import timezone

from foundation.errors import TooMuchContention
from foundation.outages import Outage, in_one_line
from foundation.outbox.console import warn_of_no_server
from foundation.outbox.models import Message
from foundation.outbox.services import claim, is_any_due, note_failure, note_sent

# After this time without a message, the outbox is looked at again.
IDLE_SECONDS = 1.0

Handler = Callable[[Message], None]
# By the kind of message.
_handlers: dict[str, Handler] = {}
# Kinds that come before all others: somebody waits for them.
_urgent: set[str] = set()

logger = logging.getLogger(__name__)
_database = Outage(
    logger,
    gone="the worker can't read the outbox, so messages wait",
    back="the worker reads the outbox again",
)


class Undeliverable(Exception):
    """No later attempt will do better."""


def handles(kind: str, *, is_urgent: bool = False) -> Callable[[Handler], Handler]:
    """Let this function do what messages of a kind ask for, outside of any transaction.

    It may be called more than once for a message, by whose id a repetition can be told. Whatever it
    raises makes it be called again later, but for Undeliverable. What `is_urgent` passes all that
    is not: thousands of mails keep nobody waiting who has paid.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        if is_urgent:
            _urgent.add(kind)
        return handler

    return register


def work(ending: threading.Event) -> None:
    """Do what comes, until the event is set; what has begun by then is brought to its end."""
    warn_of_no_server()
    while not ending.is_set():
        began = time.monotonic()
        has_done = False
        try:
            has_done = do_next()
            _database.worked()
        except (Error, TooMuchContention) as error:
            _database.failed(error, began=began)
            connection.close()
        if not has_done:
            ending.wait(IDLE_SECONDS)
    connection.close()


def do_next() -> bool:
    """Do what is urgent, or else has been due the longest, and return whether there was anything.

    Only kinds that this version knows are taken: another one may serve beside it.
    """
    kinds, now = list(_handlers), timezone.now()
    # First a look that keeps nobody waiting: on SQLite, to claim is to lock all of the database.
    if not is_any_due(now=now, kinds=kinds):
        return False
    if _urgent and is_any_due(now=now, kinds=_urgent):
        kinds = list(_urgent)
    message = claim(now=now, kinds=kinds)
    if message is not None:
        _do(message)
    return True


def _do(message: Message) -> None:
    try:
        _handlers[message.kind](message)
    except Undeliverable as error:
        logger.error("%s can't be delivered: %s", message, in_one_line(error))
        note_failure(message, in_one_line(error), now=timezone.now(), for_good=True)
    except Exception as error:
        why = f"{type(error).__name__}: {in_one_line(error)}"
        logger.warning("%s failed in attempt %d: %s", message, message.attempts, why)
        note_failure(message, why, now=timezone.now(), for_good=False)
    else:
        if not note_sent(message, now=timezone.now()):
            logger.warning("%s took longer than its lease and may be done twice", message)
