"""Faults in each step on the money's way, for `tests.payments.life_of_money` to find."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import count
from typing import Any
from unittest import mock

from django.utils import timezone

from booking.services import calling_off, post
from foundation.db.statements import Statement, run
from foundation.db.transactions import one_transaction
from foundation.outbox import worker
from foundation.outbox.models import Message
from foundation.outbox.services import note_sent
from payments import handlers
from payments.models import Payment
from payments.providers import (
    Declined,
    RefundStatus,
    Seen,
    SeenRefund,
    Status,
    Unreachable,
    pretend,
)
from payments.services import capturing, finishing, notices, refunding, starting, steps

patch = mock.patch.object
NOTHING = Statement("SELECT 1", [])
_serial = count(1)


def keeping_no_seats(found: Any, *, first: Any, **_: Any) -> None:
    run(*first)


def storing_each(*, way: str, told: Any, now: Any) -> None:
    object.__setattr__(told, "id", f"{told.id} {next(_serial)}")
    STORE(way=way, told=told, now=now)


STORE = notices.store


def releasing_nothing(payment_id: int, *, now: Any) -> None:
    Payment.objects.filter(pk=payment_id).update(released_at=now)


def capturing_nothing(_: Any, payment: Payment, amount: Any) -> Seen:
    return Seen(Status.CAPTURED, amount, amount)


CAPTURE = capturing.capture


def taking_silence_for_a_no(payment_id: int, *, now: Any) -> None:
    try:
        CAPTURE(payment_id, now=now)
    except Unreachable as silence:
        capturing.fail_capture(payment_id=payment_id, reason=str(silence), now=now)


REFUND = pretend.Pretend.refund


def refunding_twice(self: Any, refund: Any) -> SeenRefund:
    seen = REFUND(self, refund)
    refund.attempts += 1
    with suppress(Declined):
        REFUND(self, refund)
    refund.attempts -= 1
    return seen


def refunding_nothing(_: Any, refund: Any) -> SeenRefund:
    return SeenRefund(RefundStatus.DONE, f"nothing for {refund}")


def doing_what_is_done(message: Message) -> None:
    note_sent(message, now=timezone.now())
    with suppress(Exception):
        worker._handlers[message.kind](message)


def noting_no_failure(*, refund_id: int, attempt: int, seen: SeenRefund, now: Any) -> None:
    with patch(refunding, "taking", lambda *_, **__: NOTHING):
        NOTE_REFUND(refund_id=refund_id, attempt=attempt, seen=seen, now=now)


NOTE_REFUND = refunding.note_refund


def forgetting(*kinds: str) -> AbstractContextManager[Any]:
    """Return a patch by which a worker does nothing about these kinds of messages."""
    return mock.patch.dict(worker._handlers, dict.fromkeys(kinds, lambda message: None))


# By what is wrong.
FAULTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "seats are not kept for whoever pays": partial(
        patch, starting, "keep_for_payment", keeping_no_seats
    ),
    "overdue payments are never looked up": partial(forgetting, steps.FINISH, steps.RECONCILE),
    "a hold that changed meanwhile is sold": partial(patch, finishing, "_of", lambda one: ()),
    "a notice that comes twice is stored twice": partial(patch, notices, "store", storing_each),
    "seats are sold and their money is not noted": partial(
        patch, finishing, "taking", lambda *_, **__: NOTHING
    ),
    "a promise is not captured": partial(patch, pretend.Pretend, "capture", capturing_nothing),
    "no answer is taken for a no": partial(patch, handlers, "capture", taking_silence_for_a_no),
    "the provider is asked inside a transaction": partial(
        patch, handlers, "capture", one_transaction(capturing.capture)
    ),
    "a promise that is not kept stays in the books": partial(
        patch, capturing, "_correct", lambda *_: None
    ),
    "a promise for lost seats is not let go": partial(
        patch, finishing, "release", releasing_nothing
    ),
    "tickets that were given back are not settled": partial(patch, post, "settling", lambda *_: []),
    "a refund is sent twice": partial(patch, pretend.Pretend, "refund", refunding_twice),
    "a refund is not sent": partial(
        mock.patch.multiple,
        pretend.Pretend,
        refund=refunding_nothing,
        look_up_refund=refunding_nothing,
    ),
    "a refund that failed counts as sent": partial(
        patch, refunding, "note_refund", noting_no_failure
    ),
    "a show is called off and its bookings stay": partial(forgetting, calling_off.CANCEL),
    "a worker notes first and does then": partial(patch, worker, "_do", doing_what_is_done),
}
