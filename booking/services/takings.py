"""Money that is taken for bookings, or given back."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import BookingNotFound, NotDue, TakenOnline, TakingNotFound
from booking.models import Booking, Taking
from booking.prices import money
from booking.selectors.money import account_of
from foundation.db.statements import Columns, Statement
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from foundation.idempotency.services import KeyReused

TAKING = Columns(Taking)
NOTHING = Decimal(0)


def taking(
    booking: Booking,
    amount: Decimal,
    method: str,
    *,
    now: datetime,
    by: AbstractBaseUser | None = None,
    key: UUID | None = None,
) -> Statement:
    """Return what notes that money was taken, or given back, by a service that locks the booking.

    It is for services that know by themselves what is right, and asks nothing.
    """
    return TAKING.insertion(
        Taking(
            booking=booking,
            amount=amount,
            method=method,
            at=now,
            by_id=by.pk if by else None,
            key=key,
        )
    )


@one_transaction
@refuses(BookingNotFound, NotDue, KeyReused)
def take_money(
    *,
    booking_id: int,
    amount: Decimal,
    method: str,
    by: AbstractBaseUser,
    now: datetime,
    key: UUID,
) -> Taking:
    """Note that staff took this amount for the booking, or gave it back if it is less than 0.

    Nobody takes more than is due, nor gives back more than is owed to the buyer: NotDue says what
    it is. The same key again gets the same taking. Locks the booking.
    """
    booking = lock_booking(booking_id)
    if known := Taking.objects.filter(key=key).first():
        if (known.booking_id, known.amount, known.method) != (booking_id, amount, method):
            raise KeyReused
        return known
    due = account_of(booking).due
    if amount == 0 or not min(due, NOTHING) <= amount <= max(due, NOTHING):
        raise NotDue(due_in_words(due), due=f"{due:.2f}")
    return _note(booking, amount, method, by, now, key)


@one_transaction
@refuses(TakingNotFound, TakenOnline, NotDue)
def reverse_taking(*, taking_id: int, by: AbstractBaseUser, now: datetime) -> Taking:
    """Note the opposite of what was noted in error, once, however often it is sent.

    What was paid online is for its provider to send back, and what was given back by now can't be
    taken back once more. Locks the booking.
    """
    wrong = Taking.objects.filter(pk=taking_id).first()
    if wrong is None:
        raise TakingNotFound
    if wrong.method == Taking.Method.ONLINE:
        raise TakenOnline
    booking = lock_booking(wrong.booking_id)
    key = key_of_reversal(wrong)
    if known := Taking.objects.filter(key=key).first():
        return known
    account = account_of(booking)
    if min(account.paid, NOTHING) > account.paid - wrong.amount:
        raise NotDue(due_in_words(account.due), due=f"{account.due:.2f}")
    return _note(booking, -wrong.amount, wrong.method, by, now, key)


def lock_booking(booking_id: int) -> Booking:
    """Lock a booking, whose money nobody changes until the end. Raises BookingNotFound."""
    found = Booking.objects.select_for_update(of=("self",), no_key=True)
    booking = found.filter(pk=booking_id).first()
    if booking is None:
        raise BookingNotFound
    return booking


def key_of_reversal(wrong: Taking) -> UUID:
    """Return the key of what takes a taking back: there is one such at most."""
    return uuid5(UUID(int=wrong.pk), "reversal")


def due_in_words(due: Decimal) -> str:
    """Return what is due, or owed to the buyer, as a sentence."""
    if due > 0:
        return f"{money(due)} is due."
    return f"{money(-due)} is owed to the buyer." if due else "Nothing is due."


def _note(
    booking: Booking, amount: Decimal, method: str, by: AbstractBaseUser, now: datetime, key: UUID
) -> Taking:
    return Taking.objects.create(
        booking=booking, amount=amount, method=method, at=now, by_id=by.pk, key=key
    )
