"""What comes back for tickets that are given back, and what is kept of them, by rule."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from booking.models import Booking, Taking, Ticket
from booking.money_back import NOTHING, MoneyBack
from booking.prices import money
from booking.rules import FREE_CANCELLATION_UNTIL, KEPT_SHARE
from booking.selectors.money import CENT, Account
from foundation.instants import moment_in_words


def refund_in_words(refund: MoneyBack) -> str:
    """Return what becomes of the money, for people; nothing where there is none."""
    sentences = []
    if refund.online:
        sentences.append(f"{money(refund.online)} is on its way back, as it was paid.")
    if refund.counter:
        sentences.append(f"The box office gives you {money(refund.counter)} back.")
    if refund.kept:
        sentences.append(f"{money(refund.kept)} is kept, as it was shortly before the start.")
    return " ".join(sentences)


def what_comes_back(booking: Booking, now: datetime) -> str:
    """Return what a buyer has to know before they cancel; nothing where nothing was paid."""
    refund = refund_of(booking, now)
    if refund.kept:
        paid = refund.total + refund.kept
        return f"It is shortly before the start: {money(refund.total)} of {money(paid)} comes back."
    if not refund.total:
        return ""
    said = f"All that you paid comes back: {money(refund.total)}."
    if _is_another_show(booking):
        return said
    last = moment_in_words(booking.show.starts_at - FREE_CANCELLATION_UNTIL)
    return f"{said} From {last} on, {KEPT_SHARE} % of the price is kept."


def is_free(booking: Booking, now: datetime) -> bool:
    """Tell whether nothing is kept of tickets that are given back now."""
    is_early = now < booking.show.starts_at - FREE_CANCELLATION_UNTIL
    return is_early or _is_another_show(booking)


def _is_another_show(booking: Booking) -> bool:
    """Tell whether the show is not what was booked: called off, or moved."""
    show = booking.show
    has_moved = show.moved_at is not None and show.moved_at > booking.created_at
    return bool(show.cancelled_at) or has_moved


def refund_of(
    booking: Booking,
    now: datetime,
    *,
    seat_numbers: Collection[int] | None = None,
    by_rule: bool = True,
) -> MoneyBack:
    """Return what comes back if these live tickets of the booking, or all, are given back now.

    Without `by_rule` nothing is kept. Asks for tickets and takings in two queries, but for a
    booking that was read `with_money`, and for one that was just made and is to be paid later.
    """
    if booking.just_sold is not None and not booking.pays_online:
        return MoneyBack()
    known = vars(booking)
    every: list[Ticket] = known.get("every_ticket") or list(_every_ticket().filter(booking=booking))
    takings = known["every_taking"] if "every_taking" in known else list(booking.takings.all())
    live = [ticket for ticket in every if ticket.cancelled_at is None]
    gone = [one for one in live if seat_numbers is None or one.seat_number in seat_numbers]
    keeps = by_rule and not is_free(booking, now)
    return _refund(booking, every, gone, takings if booking.is_accounted else [], keeps=keeps)


def refund_now(booking: Booking, now: datetime) -> MoneyBack | None:
    """Return what comes back if all of the booking is cancelled now; None where it can't be."""
    if booking.cancelled_at or now >= booking.show.starts_at:
        return None
    return refund_of(booking, now)


def with_money(found: "QuerySet[Booking]") -> "QuerySet[Booking]":
    """Return these bookings ready for `refund_of` and `account_with_money`, in two queries more."""
    return found.prefetch_related(*_money())


def account_with_money(booking: Booking) -> Account:
    """Return what a booking owes and has paid, and make it ready for `refund_of`.

    That takes two queries as `with_money`, and none for one just made that is to be paid later.
    """
    if booking.just_sold is not None and not booking.pays_online:
        return Account(booking.total, NOTHING)
    prefetch_related_objects([booking], *_money())
    known = vars(booking)
    owed = _owed(known["every_ticket"])
    return Account(owed, _paid(known["every_taking"]) if booking.is_accounted else owed)


def _refund(
    booking: Booking,
    every: Iterable[Ticket],
    gone: Collection[Ticket],
    takings: Collection[Taking],
    *,
    keeps: bool,
) -> MoneyBack:
    """Return what comes back. What is kept is of what was paid, so nobody ever pays for going."""
    paid = _paid(takings)
    online = sum((one.amount for one in takings if one.method == Taking.Method.ONLINE), NOTHING)
    owed = _owed(every)
    given_up = sum((ticket.price for ticket in gone), NOTHING)
    left = max(NOTHING, paid - owed + given_up)
    shares = {}
    for ticket in gone if keeps else ():
        shares[ticket.pk] = min(share_of(ticket.price), left)
        left -= shares[ticket.pk]
    back = left - max(NOTHING, paid - owed)  # what was owed to the buyer before is not for these
    by_provider = min(back, max(NOTHING, online)) if booking.pays_online else NOTHING
    return MoneyBack(by_provider, back - by_provider, sum(shares.values(), NOTHING), shares)


def _owed(tickets: Iterable[Ticket]) -> Decimal:
    return sum((one.kept if one.cancelled_at else one.price for one in tickets), NOTHING)


def _paid(takings: Iterable[Taking]) -> Decimal:
    return sum((one.amount for one in takings), NOTHING)


def share_of(price: Decimal) -> Decimal:
    """Return what is kept of a price, in whole cents."""
    return (price * KEPT_SHARE / 100).quantize(CENT, ROUND_DOWN)


def _money() -> "list[Prefetch[Any]]":
    """All tickets of a booking, and all its takings."""
    return [
        Prefetch("tickets", _every_ticket(), to_attr="every_ticket"),
        Prefetch("takings", Taking.objects.all(), to_attr="every_taking"),
    ]


def _every_ticket() -> "QuerySet[Ticket]":
    return Ticket.objects.order_by("seat_number", "pk")
