"""Erasing a person: from accounts, box office and admin at once."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import QuerySet, Value
from django.db.models.functions import Replace

from booking.models import Booking, Hold, WaitlistEntry
from booking.services.erasure import hand_over_bookings, let_go_of_everything, rename_in_notes
from booking.services.guests import forget_guest
from cinema.accounts.models import User
from foundation.db.transactions import one_transaction
from foundation.errors import UserNotFound
from foundation.outbox.services import forget
from payments.services.erasure import forget_guest_who_pays, forget_who_pays

ERASED = "erased account"


@dataclass(frozen=True)
class Outlook:
    """What erasing a user will do: how many of what is theirs stays, and how many goes."""

    username: str
    bookings: int
    to_come: int
    holds: int
    waitlist_entries: int

    def __str__(self) -> str:
        return f"{self.username}: {self.what_happens}"

    @property
    def what_happens(self) -> str:
        """Return it in sentences."""
        parts = [self._bookings()]
        if self.holds:
            parts.append(f"Held seats are released ({_count(self.holds, 'hold')}).")
        if self.waitlist_entries:
            parts.append(f"Waitlists are left ({_count(self.waitlist_entries, 'seat')}).")
        return " ".join(parts)

    def _bookings(self) -> str:
        if not self.bookings:
            return "The account is deleted."
        kept = f"{_count(self.bookings, 'booking')} kept without a name, {self.to_come} to come."
        return f"The account is erased; {kept}"


def outlook(user: User, *, now: datetime) -> Outlook:
    booked = Booking.objects.filter(user=user)
    return Outlook(
        username=user.get_username(),
        bookings=booked.count(),
        to_come=booked.filter(cancelled_at=None, show__starts_at__gt=now).count(),
        holds=Hold.objects.filter(user=user, ended_at=None, expires_at__gt=now).count(),
        waitlist_entries=WaitlistEntry.objects.waiting().filter(user=user).count(),
    )


@one_transaction
def erase_user(*, user_id: int, now: datetime, by: AbstractBaseUser | None = None) -> None:
    """Delete a user with all that is about them, and keep the books.

    Seats that they hold are released and their waitlist entries deleted; bookings, and what they
    did as staff, pass to a new account that has no name and lets nobody in. The old account's row
    goes in any case: whatever they have under way at this moment refers to it, so it can't be
    committed.
    The admin's log says that it was done, `by` whom. Locks the user, then what
    `let_go_of_everything` locks. Raises UserNotFound, TooMuchContention.
    """
    # Not NO KEY: rows that refer to the user wait for the end of this, and then find nobody.
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    if by is not None:
        _log(user, by)
    let_go_of_everything(user=user, now=now)
    forget_who_pays(user=user)
    forget(user.confirmed_email)
    if Booking.objects.filter(user=user).exists() or LogEntry.objects.filter(user=user).exists():
        _put_nobody_in_place_of(user, now)
    _log_entries_about(user).update(object_repr=ERASED)
    Session.objects.filter(pk__in=_sessions_of(user)).delete()
    user.delete()


@one_transaction
def erase_guest(*, email: str) -> int:
    """Forget the address of a guest, and keep the books; return how many bookings there are.

    What is paid for and not sold yet is not sold any more, however late the provider tells of it.
    Locks the payments under way, then what `forget_guest` locks. Raises TooMuchContention.
    """
    forget_guest_who_pays(email=email)
    return forget_guest(email=email)


def _put_nobody_in_place_of(user: User, now: datetime) -> None:
    nobody = User(username=f"erased-{secrets.token_hex(8)}", is_active=False, date_joined=now)
    nobody.set_unusable_password()
    nobody.save(force_insert=True)
    hand_over_bookings(user=user, to=nobody)
    LogEntry.objects.filter(user=user).update(user=nobody)
    before, after = user.get_username(), nobody.get_username()
    rename_in_notes(username=before, to=after)
    # Of the counter: "Sold A1 to ada: K7MQ-4TXP."
    sold = LogEntry.objects.filter(change_message__contains=f" to {before}: ")
    sold.update(
        change_message=Replace("change_message", Value(f" to {before}: "), Value(f" to {after}: "))
    )


def _log(user: User, by: AbstractBaseUser) -> None:
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=ERASED,
        action_flag=DELETION,
        change_message="Erased.",
    )


def _log_entries_about(user: User) -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )


def _sessions_of(user: User) -> list[str]:
    """Return the keys of the user's sessions: they have to be decoded to tell whose they are."""
    return [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
