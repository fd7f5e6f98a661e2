"""Putting messages into the outbox, and what becomes of them there."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from foundation.db.statements import Columns, Statement, instant, run
from foundation.db.transactions import one_transaction
from foundation.outbox.models import Message

# No handler takes as long: a worker that has a message for longer is gone.
LEASE = timedelta(minutes=5)
# Twenty attempts take some nine hours: by then somebody has been told that nothing goes out.
ATTEMPTS = 20
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
# Long enough to answer whoever asks where their mail is.
SENT_KEPT_FOR = timedelta(days=7)
FAILED_KEPT_FOR = timedelta(days=30)

# Mails of a kind to an address that somebody typed: it may be another's, who asked for none of
# them. Whoever books in earnest needs fewer.
MAILS_TO_AN_ADDRESS = 10
MAILS_COUNTED_FOR = timedelta(days=1)

LONGEST_ERROR = 1000
WORKER_ENDED = "The worker ended before it could say what became of it."

MESSAGE = Columns(Message)
HAD_FEWER = (
    "%s > (SELECT count(*) FROM outbox_message WHERE recipient = %s AND recipient <> '' "
    "AND kind = %s AND created_at > %s)"
)


def enqueueing(
    kind: str, payload: dict[str, Any], *, about: str = "", to: str = "", now: datetime
) -> Statement:
    """Return what puts a message into the outbox, for the trip that writes its cause.

    A `now` to come puts it off until then. `payload` is JSON; `about` names whose it is, as
    `forget` has it. A mail `to` an address that somebody typed, and has not confirmed, is left out
    where that has had enough of them lately.
    """
    message = Message(
        kind=kind, payload=payload, about=about, recipient=to, created_at=now, due_at=now
    )
    if not to:
        return MESSAGE.insertion(message)
    since = instant(now - MAILS_COUNTED_FOR)
    return MESSAGE.insertion(
        message, only=Statement(HAD_FEWER, [MAILS_TO_AN_ADDRESS, to, kind, since])
    )


def enqueue(
    kind: str, payload: dict[str, Any], *, about: str = "", to: str = "", now: datetime
) -> None:
    """Put a message into the outbox, in the transaction under way: both are committed or neither.

    What it is made of, `enqueueing` says.
    """
    run(enqueueing(kind, payload, about=about, to=to, now=now))


def enqueue_all(kind: str, each: Iterable[tuple[dict[str, Any], str]], *, now: datetime) -> None:
    """Put messages into the outbox as `enqueue` does, by their payloads and whose they are."""
    Message.objects.bulk_create(
        Message(kind=kind, payload=payload, about=about, created_at=now, due_at=now)
        for payload, about in each
    )


def is_any_due(*, now: datetime, kinds: Collection[str]) -> bool:
    """Tell whether there is something to do, without a lock."""
    return Message.objects.waiting().filter(due_at__lte=now, kind__in=kinds).exists()


@one_transaction
def claim(*, now: datetime, kinds: Collection[str]) -> Message | None:
    """Take the message of these kinds that has been due the longest, if nobody has locked it.

    It is due again when the LEASE is over. One whose last attempt nobody acknowledged has failed.
    """
    due = Message.objects.waiting().filter(due_at__lte=now, kind__in=kinds).order_by("due_at")
    message = due.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if message is None:
        return None
    if message.attempts >= ATTEMPTS:
        message.failed_at, message.error = now, message.error or WORKER_ENDED
        message.save(update_fields=["failed_at", "error"])
        return None
    message.attempts += 1
    message.due_at = now + LEASE
    message.save(update_fields=["attempts", "due_at"])
    return message


@one_transaction
def note_sent(message: Message, *, now: datetime) -> bool:
    """Note that it is done, and return whether this attempt is still the last one."""
    return bool(_attempted(message).update(sent_at=now, error=""))


@one_transaction
def note_failure(message: Message, error: str, *, now: datetime, for_good: bool) -> None:
    """Note why an attempt failed; there is another one later, unless it failed `for_good`."""
    is_over = for_good or message.attempts >= ATTEMPTS
    wait = min(FIRST_WAIT * 2 ** (message.attempts - 1), LONGEST_WAIT)
    _attempted(message).update(
        failed_at=now if is_over else None, due_at=now + wait, error=error[:LONGEST_ERROR]
    )


@one_transaction
def send_again(messages: QuerySet[Message], *, now: datetime) -> int:
    """Begin anew with those of these messages that have failed, and return how many there are."""
    failed = messages.filter(failed_at__isnull=False)
    return failed.update(failed_at=None, attempts=0, due_at=now)


@one_transaction
def hand_over(about: str, *, to: str) -> None:
    """Make all that is about one somebody else's."""
    Message.objects.filter(about=about).update(about=to)


@one_transaction
def forget(*about: str) -> None:
    """Delete all that is about these."""
    Message.objects.filter(about__in=[one for one in about if one]).delete()


def old_messages(now: datetime) -> QuerySet[Message]:
    """Return those that nobody asks for any more."""
    sent = Q(sent_at__lte=now - SENT_KEPT_FOR)
    return Message.objects.filter(sent | Q(failed_at__lte=now - FAILED_KEPT_FOR)).order_by("pk")


def _attempted(message: Message) -> QuerySet[Message]:
    """Return the message, if no other attempt has begun since and nothing else was noted."""
    return Message.objects.waiting().filter(pk=message.pk, attempts=message.attempts)
