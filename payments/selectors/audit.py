"""Whether payments agree with the box office's books, booking by booking."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db.models import Sum

from booking.models import Booking, Taking
from booking.selectors.money import CENT, accounts_of
from booking.services.post import SETTLE
from foundation.db.snapshot import snapshot
from foundation.outbox.models import Message
from payments.models import Payment, Refund
from payments.selectors.overdue import (
    overdue_payments,
    overdue_promises,
    unreleased_payments,
)

CHUNK = 500
# By then whatever is overdue was asked for several times.
TOO_LATE = timedelta(hours=2)
NOTHING = Decimal(0)
GOING_BACK = (Refund.State.ASKED, Refund.State.SENT, Refund.State.DONE)


def faults(now: datetime, *, after: datetime | None = None) -> Iterator[str]:
    """Return a line for each thing that can't be: money that nobody sold or owes anything for.

    Online, a booking has taken what was promised and not yet captured, and what was captured and
    did not go back. Nobody is owed anything of it that is not on its way, failed or disputed; what
    was paid in another way is for the box office to give back. All is read as it was at one moment,
    so people may go on paying; bookings of all shows, or of those that start after a moment.
    """
    bookings = Booking.objects.filter(show__starts_at__gt=after) if after else Booking.objects.all()
    with snapshot():
        yield from _too_late(now - TOO_LATE)
        ids = bookings.filter(payments__isnull=False).values_list("pk", flat=True)
        remaining = iter(sorted(set(ids.order_by())))
        while chunk := list(islice(remaining, CHUNK)):
            yield from _of_bookings(chunk)
        unknown = Taking.objects.filter(method=Taking.Method.ONLINE, booking__in=bookings)
        for taking in unknown.filter(booking__payments=None).order_by("pk"):
            yield f"booking {taking.booking_id}: {taking.amount} was taken online by no payment"


def _too_late(now: datetime) -> Iterator[str]:
    for said, found in (
        ("is under way after its time", overdue_payments(now)),
        ("was given up, and its provider has not agreed", unreleased_payments(now)),
        ("was promised, and is not taken", overdue_promises(now)),
    ):
        for payment in found:
            yield f"{payment} {said}"
    live = Payment.objects.filter(state__in=[Payment.State.AUTHORISED, Payment.State.CAPTURED])
    for payment in live.filter(booking=None):
        yield f"{payment} is {payment.state}, and nothing is sold for it"


def _of_bookings(ids: list[int]) -> Iterator[str]:
    had = defaultdict[int, Decimal](lambda: NOTHING)
    waiting = Message.objects.waiting().filter(kind=SETTLE).values_list("payload", flat=True)
    excused = {int(payload["booking"]) for payload in waiting}
    for payment in Payment.objects.filter(booking__in=ids).prefetch_related("refunds"):
        own = payment.booking_id or 0
        gone = [one for one in payment.refunds.all() if one.state in GOING_BACK]
        back = sum((one.amount for one in gone), NOTHING)
        if back > payment.captured:
            yield f"{payment}: {back} goes back of {payment.captured}"
        had[own] += payment.captured - back
        if payment.state == Payment.State.AUTHORISED:
            had[own] += payment.to_capture
            excused.add(own)  # what is being taken is settled after that
        if payment.disputed_at or len(gone) < len(payment.refunds.all()):
            excused.add(own)
    taken = dict(
        Taking.objects.filter(booking__in=ids, method=Taking.Method.ONLINE)
        .order_by()
        .values_list("booking")
        .annotate(sum=Sum("amount"))
    )
    accounts = accounts_of(Booking.objects.filter(pk__in=ids))
    for pk in ids:
        online = taken.get(pk, NOTHING).quantize(CENT)
        if online != had[pk]:
            yield f"booking {pk}: {online} was taken online, and payments have {had[pk]}"
        owed = min(-accounts[pk].due, online)
        if owed > 0 and pk not in excused:
            yield f"booking {pk}: {owed} is owed to its buyer, and not on its way"
