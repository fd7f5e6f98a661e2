"""One request, sent any number of times, has one effect and one answer.

The key, a fingerprint of its request and its answer are stored in the transaction of the effect:
there is no effect without the answer and no answer without the effect. A refusal has no effect and
is not stored; sending it again decides anew.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from django.conf import settings

from booking.errors import KeyReused
from booking.models import StoredAnswer
from booking.services.purge import KEPT_FOR, purge
from booking.services.transactions import one_transaction

T = TypeVar("T")


@dataclass(frozen=True)
class Sending:
    """A request that may be sent again: who sends it, its key, and a fingerprint of all it asks."""

    client: str
    key: str
    fingerprint: str

    def secret(self) -> str:
        """Return a secret that this sending always has and nobody can guess, for a hold's token.

        So the answer can be given again though the database has no token.
        """
        message = f"{self.client}\n{self.key}\n{self.fingerprint}".encode()
        digest = hmac.new(settings.SECRET_KEY.encode(), b"hold token\n" + message, sha256).digest()
        return urlsafe_b64encode(digest[:24]).decode()


@one_transaction
def answered_once(
    *,
    sending: Sending,
    perform: Callable[[], T],
    answer: Callable[[T], dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """Perform an operation and store its answer with it, or return the answer stored before.

    `perform` calls one service, which joins this transaction. Of parallel sendings one performs it:
    the others wait for its row and then find the answer. Raises KeyReused when the key came with
    another request, and what `perform` raises.
    """
    stored = StoredAnswer.objects.filter(client=sending.client, key=sending.key).first()
    if stored is not None and stored.created_at > now - KEPT_FOR:
        if stored.fingerprint != sending.fingerprint:
            raise KeyReused
        kept: dict[str, Any] = stored.body
        return kept
    if stored is not None:
        stored.delete()
    stored = StoredAnswer.objects.create(
        client=sending.client,
        key=sending.key,
        fingerprint=sending.fingerprint,
        body={},
        created_at=now,
    )
    purge(StoredAnswer.objects.filter(created_at__lte=now - KEPT_FOR).order_by("created_at"))
    # From here on it holds the lock that all writers of a show share.
    given = answer(perform())
    stored.body = given
    stored.save(update_fields=["body"])
    return given
