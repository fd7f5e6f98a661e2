"""One request, sent any number of times, has one effect and one answer.

The key, a fingerprint of its request and its answer are stored in the transaction of the effect:
there is no effect without the answer and no answer without the effect. A refusal has no effect and
is not stored; sending it again decides anew.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import QuerySet

from foundation.db.purge import KEPT_FOR, deleting_old
from foundation.db.statements import Statement, instant, run
from foundation.db.transactions import Overtaken, last_trip, one_transaction
from foundation.errors import Unprocessable
from foundation.idempotency.models import StoredAnswer

T = TypeVar("T")
# Written out, since a booking from a page runs all of them.
TABLE = StoredAnswer._meta.db_table
INSERT = (
    f'INSERT INTO {TABLE} (client, "key", fingerprint, body, created_at) '  # noqa: S608
    "VALUES (%s, %s, %s, '{}', %s) ON CONFLICT (client, \"key\") DO NOTHING RETURNING id"
)
STORE = f"UPDATE {TABLE} SET body = %s WHERE id = %s"  # noqa: S608


class KeyReused(Unprocessable):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key came with another request before."


@dataclass(frozen=True)
class Sending:
    """A request that may be sent again: who sends it, its key, and a fingerprint of all it asks."""

    client: str
    key: str
    fingerprint: str

    def secret(self, purpose: str) -> str:
        """Return what this sending always has for a purpose, unguessable and stored nowhere."""
        message = f"{purpose}\n{self.client}\n{self.key}\n{self.fingerprint}".encode()
        digest = hmac.new(settings.SECRET_KEY.encode(), message, sha256).digest()
        return urlsafe_b64encode(digest[:24]).decode()


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The answer to a request, and what came of it if it was performed just now."""

    answer: dict[str, Any]
    performed: T | None = None


def idempotent(
    sending: Sending | None,
    *,
    perform: Callable[[], T],
    answer: Callable[[T], dict[str, Any]],
    now: datetime,
) -> Outcome[T]:
    """Perform an operation and store its answer with it, or return the answer stored before.

    `perform` calls one service, which joins this transaction. Of parallel sendings one performs it:
    the others wait for its row and then find the answer. Without a `sending` it is performed each
    time. Raises KeyReused when the key came with another request, and what `perform` raises.
    """
    if sending is None:
        done = perform()
        return Outcome(answer(done), done)
    return _stored(sending, perform, answer, now)


@one_transaction
def _stored(
    sending: Sending, perform: Callable[[], T], answer: Callable[[T], dict[str, Any]], now: datetime
) -> Outcome[T]:
    key = _begin(sending, now)
    if key is None:
        # A sending before this one has it, and by now an answer.
        stored = StoredAnswer.objects.filter(client=sending.client, key=sending.key).first()
        if stored is not None and stored.created_at > now - KEPT_FOR:
            if stored.fingerprint != sending.fingerprint:
                raise KeyReused
            return Outcome(stored.body)
        if stored is not None:
            stored.delete()
        key = _begin(sending, now)
        if key is None:  # another sending was quicker, and is to be looked at anew
            raise Overtaken
    # From here on it holds the lock that all writers of a show share.
    done = perform()
    body = answer(done)
    last_trip(Statement(STORE, [json.dumps(body), key]))
    return Outcome(body, done)


def _begin(sending: Sending, now: datetime) -> int | None:
    """Insert the row of a sending, and return its id; None where there is one already.

    Waits for a sending that is under way. Some answers that nobody gets any more go by the way.
    """
    _, rows = run(
        deleting_old(TABLE, "created_at", now=now),
        Statement(INSERT, [sending.client, sending.key, sending.fingerprint, instant(now)]),
    )
    return rows[0][0] if rows else None


def old_answers(now: datetime) -> QuerySet[StoredAnswer]:
    """Return answers that nobody gets any more."""
    return StoredAnswer.objects.filter(created_at__lte=now - KEPT_FOR).order_by("created_at")
