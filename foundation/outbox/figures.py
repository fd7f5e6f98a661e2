"""How full the outbox is, for metrics and for staff."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from foundation.metrics import gauge
from foundation.outbox.models import Message

EVERY_SECONDS = 15.0

_MESSAGES = gauge("front_row_messages", "Messages in the outbox, by what became of them", "state")
WAITING, FAILED, SENT = map(_MESSAGES.labels, ("waiting", "failed", "sent"))
OLDEST = gauge(
    "front_row_message_wait_seconds", "For how long the oldest message that waits has waited"
)


@dataclass(frozen=True)
class Figures:
    """How many messages wait, failed for good and were sent, and since when the oldest waits."""

    waiting: int
    failed: int
    sent: int
    oldest: datetime | None

    def wait(self, now: datetime) -> float:
        """Return for how many seconds the oldest has waited, 0 where none does."""
        return (now - self.oldest).total_seconds() if self.oldest else 0.0


def figures(*, now: datetime) -> Figures:
    """Count the messages of the outbox, all that it keeps.

    One that is put off until a time to come has not begun to wait.
    """
    waits = Q(sent_at=None, failed_at=None, created_at__lte=now)
    found = Message.objects.order_by().aggregate(
        waiting=Count("pk", filter=waits),
        failed=Count("pk", filter=Q(failed_at__isnull=False)),
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        oldest=Min("created_at", filter=waits),
    )
    return Figures(**found)


def keep_counting() -> None:
    """Tell the metrics of this process how full the outbox is, every few seconds."""
    while True:
        with suppress(Error):
            tell(figures(now=timezone.now()))
        connection.close()
        time.sleep(EVERY_SECONDS)


def tell(found: Figures) -> None:
    WAITING.set(found.waiting)
    FAILED.set(found.failed)
    SENT.set(found.sent)
    OLDEST.set(found.wait(timezone.now()))
