"""What bookings owe, and what has been paid for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, QuerySet, Sum, When

from booking.models import Booking, Taking, Ticket

CENT = Decimal("0.01")
ONLINE = Taking.Method.ONLINE
# What a ticket costs: its price while it is live, and what is kept of it once it was cancelled.
OWED = Case(When(cancelled_at=None, then=F("price")), default=F("kept"))


@dataclass(frozen=True)
class Account:
    """What a booking owes and has paid."""

    owed: Decimal
    paid: Decimal

    @property
    def due(self) -> Decimal:
        """What is still to be paid; what is less than 0 is owed to the buyer."""
        return self.owed - self.paid

    @property
    def due_back(self) -> Decimal:
        """What is owed to the buyer."""
        return -self.due


def account_of(booking: Booking) -> Account:
    """Return what the booking owes and has paid, in two queries."""
    return accounts_of([booking])[booking.pk]


def accounts_of(bookings: Iterable[Booking]) -> dict[int, Account]:
    """Return what each booking owes and has paid, by its id, in two queries for all of them.

    Of one that is not `is_accounted` nobody knows what was paid: it counts as settled.
    """
    known = {booking.pk: booking.is_accounted for booking in bookings}
    owed = _sums(Ticket.objects.filter(booking__in=known), OWED)
    paid = _sums(Taking.objects.filter(booking__in=known), F("amount"))
    nothing = Decimal(0)
    return {
        pk: Account(owed.get(pk, nothing), (paid if is_accounted else owed).get(pk, nothing))
        for pk, is_accounted in known.items()
    }


def paid_online(bookings: Iterable[Booking]) -> dict[int, Decimal]:
    """Return what was paid online and did not go back, by booking, in a query for all of them."""
    return _sums(Taking.objects.filter(booking__in=bookings, method=ONLINE), F("amount"))


def _sums(rows: QuerySet[Any], amount: Any) -> dict[int, Decimal]:
    """Return the sum of an amount by booking; SQLite adds up in floats, hence the rounding."""
    sums = rows.order_by().values_list("booking").annotate(total=Sum(amount))
    return {pk: total.quantize(CENT) for pk, total in sums}
