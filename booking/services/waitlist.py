"""The waitlist: whoever waits for a held seat is offered it, first come, first served.

An entry is for one held seat of one show. When that seat is let go, it is offered to the first on
the waitlist for a while instead (`booking.services.offers`); if that offer passes unused, the next
gets one, until nobody waits.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from booking.errors import AlreadyOnWaitlist, NotHeld, NotOnWaitlist, ShowNotFound, WaitlistFull
from booking.models import Hold, Show, ShowSeat, WaitlistEntry
from booking.rules import SEATS_AWAITED, WAITLIST_LENGTH
from booking.seating.claim import named
from booking.selectors.over import old_waitlist_entries
from booking.selectors.waitlist import entries_of
from booking.services.board import lock_seats, open_show
from booking.services.offers import expire_holds
from booking.terms import terms_of
from foundation.db.locks import client_of_user, lock
from foundation.db.purge import purge
from foundation.db.transactions import one_transaction
from foundation.errors import refuses


@one_transaction
@refuses(open_show, lock_seats, NotHeld, AlreadyOnWaitlist, WaitlistFull)
def join_waitlist(
    *, show_id: int, seat_number: int, user: AbstractBaseUser, now: datetime
) -> WaitlistEntry:
    """Put the user on the waitlist for a held seat.

    Locks the user, so that no two of their requests take the last place, then the seat.
    """
    show, _ = open_show(show_id, now)
    lock(client_of_user(user.pk))
    [seat] = lock_seats(show_id=show_id, seat_numbers=[seat_number])
    if seat.held_until is None or seat.held_until <= now:
        raise NotHeld(f"Seat {seat.label} is not held by anyone.", seats=named([seat]))
    if Hold.objects.filter(show_seats=seat, user_id=user.pk).exists():
        raise NotHeld(f"You hold seat {seat.label} yourself.", seats=named([seat]))
    waiting = WaitlistEntry.objects.waiting()
    if waiting.filter(show_seat=seat, user_id=user.pk).exists():
        raise AlreadyOnWaitlist(f"You are on the waitlist for seat {seat.label} already.")
    if waiting.filter(show_seat=seat).count() >= WAITLIST_LENGTH:
        raise WaitlistFull(f"{WAITLIST_LENGTH} people wait for seat {seat.label} already.")
    if waiting.filter(show_seat__show=show_id, user_id=user.pk).count() >= SEATS_AWAITED:
        raise WaitlistFull(f"You wait for {SEATS_AWAITED} seats of this show already.")
    purge(old_waitlist_entries(now))
    return WaitlistEntry.objects.create(
        show_seat=seat, user_id=user.pk, joined_at=now, terms=terms_of(show)
    )


@one_transaction
@refuses(lock_seats, NotOnWaitlist)
def leave_waitlist(
    *, show_id: int, seat_number: int, user: AbstractBaseUser, now: datetime
) -> WaitlistEntry:
    """Take the user off the waitlist for a seat."""
    [seat] = lock_seats(show_id=show_id, seat_numbers=[seat_number])
    entry = WaitlistEntry.objects.filter(
        show_seat=seat, user_id=user.pk, offered_at=None, left_at=None
    ).first()
    if entry is None:
        raise NotOnWaitlist(f"You are not on the waitlist for seat {seat.label}.")
    entry.left_at = now
    entry.save(update_fields=["left_at"])
    return entry


@refuses(ShowNotFound, expire_holds)
def waitlist_entries(
    *, show_id: int, user: AbstractBaseUser, now: datetime
) -> QuerySet[WaitlistEntry]:
    """Return what `entries_of` does, when every offer that is due to the user has been made.

    Rooms make offers as soon as they are due, but only while somebody watches the show; whoever
    asks instead of watching must not wait for a watcher.
    """
    if not Show.objects.filter(pk=show_id).exists():
        raise ShowNotFound
    due = ShowSeat.objects.filter(
        show_id=show_id,
        held_until__lte=now,
        waitlist__user_id=user.pk,
        waitlist__offered_at=None,
        waitlist__left_at=None,
    )
    if due.exists():
        expire_holds(show_id=show_id, now=now)
    return entries_of(user, show_id)
