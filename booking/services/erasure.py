"""What becomes of somebody's seats and bookings when their account is erased."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, Value
from django.db.models.functions import Replace

from booking.models import Booking, Hold, SeatChange, WaitlistEntry
from booking.services.holds import give_back
from foundation.db.locks import client_of_user
from foundation.db.transactions import one_transaction
from foundation.idempotency.models import StoredAnswer
from foundation.outbox.services import forget


@one_transaction
def let_go_of_everything(*, user: AbstractBaseUser, now: datetime) -> None:
    """Give back all that the user holds or waits for, and forget answers and mails to them.

    Expired holds and offers are holds like others. Locks the holds, and for each of them its seats,
    then the seat map's version; logs and publishes a change for each. The caller has locked the
    user, so nothing new is held meanwhile. Raises TooMuchContention.
    """
    WaitlistEntry.objects.filter(user_id=user.pk).delete()
    holds = Hold.objects.select_for_update(of=("self",), no_key=True)
    for hold in holds.filter(user_id=user.pk, ended_at=None).order_by("show_id", "pk"):
        give_back(hold, now)
    StoredAnswer.objects.filter(client=client_of_user(user.pk)).delete()
    forget(client_of_user(user.pk))


@one_transaction
def hand_over_bookings(*, user: AbstractBaseUser, to: AbstractBaseUser) -> None:
    """Make all bookings of the user another account's."""
    Booking.objects.filter(user_id=user.pk).update(user_id=to.pk)


@one_transaction
def rename_in_notes(*, username: str, to: str) -> None:
    """Write another name where staff's notes in the log say who blocked or unblocked a seat."""
    notes = Q(note__startswith=f"blocked by {username}:") | Q(note=f"unblocked by {username}")
    renamed = Replace("note", Value(f"blocked by {username}"), Value(f"blocked by {to}"))
    SeatChange.objects.filter(notes).update(note=renamed)
