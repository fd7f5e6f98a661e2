"""Asking providers about all that is overdue, whatever became of its messages."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking.models import Booking
from foundation.db.transactions import one_transaction
from foundation.outages import in_one_line
from foundation.outbox.models import Message
from foundation.outbox.services import enqueue
from payments.models import Payment, Refund
from payments.selectors.overdue import (
    overdue_payments,
    overdue_promises,
    overdue_refunds,
    unreleased_payments,
    unsettled_bookings,
)
from payments.services import finishing, refunding
from payments.services.capturing import capture
from payments.services.steps import RECONCILE

# How often a worker does so by itself, while people pay.
EVERY = timedelta(hours=1)

Step = Callable[..., None]
logger = logging.getLogger(__name__)


@dataclass
class Reconciled:
    """How many were asked about, and a line for each that is overdue still, with the reason."""

    asked: int = 0
    left: list[str] = field(default_factory=list)


def reconcile(*, now: datetime) -> Reconciled:
    """Take the step that each overdue payment or refund waits for; all of them may be repeated.

    What one provider does not answer keeps nothing else from being asked.
    """
    done = Reconciled()
    for found, step in _overdue(now):
        for one in found:
            done.asked += 1
            try:
                step(one.pk, now=now)
            except Exception as error:
                done.left.append(f"{one}: {type(error).__name__}: {in_one_line(error)}")
    return done


def _overdue(now: datetime) -> Iterator[tuple[Iterable[Payment | Refund | Booking], Step]]:
    yield overdue_payments(now), finishing.finish
    yield unreleased_payments(now), finishing.release
    yield overdue_promises(now), capture
    yield unsettled_bookings(now), refunding.settle_late
    yield overdue_refunds(now, Refund.State.ASKED), refunding.refund
    yield overdue_refunds(now, Refund.State.SENT), refunding.look_up_refund


def reconcile_by_the_way(*, now: datetime) -> None:
    """Reconcile for a worker, which does so again while something is left."""
    done = reconcile(now=now)
    if done.asked:
        logger.info("payments reconciled: %d asked about, %d left", done.asked, len(done.left))
    if done.left:
        reconcile_later(now=now)


@one_transaction
def reconcile_later(*, now: datetime) -> None:
    """Have a worker reconcile after a while, unless one is about to."""
    if not Message.objects.waiting().filter(kind=RECONCILE, attempts=0).exists():
        enqueue(RECONCILE, {}, now=now + EVERY)
