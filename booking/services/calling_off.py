"""Calling shows off and moving them, so that everybody is told.

To call a show off is one short transaction: from its commit on nobody can hold, book, exchange or
come in. What follows for each booking is a message of the outbox, done by a worker in a transaction
of its own: so it survives a crash at any point, one booking's trouble keeps no other one from being
cancelled, and why one is left stands with its message. To call it off again takes up what failed.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from booking.errors import (
    AuditoriumNotFound,
    AuditoriumTaken,
    InvalidShow,
    OtherLayout,
    ShowCancelled,
    ShowNotFound,
    ShowOver,
)
from booking.models import Booking, Hold, Show, WaitlistEntry
from booking.selectors import catalogue
from booking.services.amendments import call_off_booking
from booking.services.holds import end_hold_of_show
from booking.services.shows import change_show, facts_logged
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from foundation.outbox.models import Message, MessageQuerySet
from foundation.outbox.services import enqueue, enqueue_all, send_again
from foundation.outbox.worker import handles

END_HOLDS = "show.end_holds"
CANCEL = "booking.call_off"
# A process of a release that can't call shows off sells them nonetheless: until the start it is
# looked so often for what it sold.
AGAIN = timedelta(hours=1)


@one_transaction
@refuses(ShowNotFound, ShowOver)
def cancel_show(*, show_id: int, now: datetime) -> Show:
    """Call a show off for good, until its film is over, or go on with that where it failed.

    Logs that as one version, which is published after the commit, and enqueues that each hold ends
    and each booking is cancelled. Locks those who wait for seats, who then wait no more, the show
    and its seat map.
    """
    waiting = WaitlistEntry.objects.waiting().filter(show_seat__show=show_id)
    locked = waiting.select_for_update(of=("self",), no_key=True).order_by("joined_at", "pk")
    entries = WaitlistEntry.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
    entries.update(left_at=now)
    with facts_logged(Show.objects.filter(pk=show_id), now):
        show = _show(show_id)
        if now >= show.film_ends_at:
            raise ShowOver
        if show.cancelled_at is None:
            show.cancelled_at = now
            show.set_room_free_at()
            show.save(update_fields=["cancelled_at", "room_free_at"])
        _enqueue(show_id, now)
    return show


@one_transaction
@refuses(
    *(ShowNotFound, AuditoriumNotFound, ShowOver, ShowCancelled),
    *(InvalidShow, AuditoriumTaken, OtherLayout),
)
def move_show(
    *,
    show_id: int,
    now: datetime,
    starts_at: datetime | None = None,
    auditorium_id: int | None = None,
) -> Show:
    """Give a show another time, or another auditorium with the same layout, until its film is over.

    Whoever booked keeps their seats, is told by mail, and can cancel free of charge. Does what
    `change_show` does.
    """
    if now >= _show(show_id).film_ends_at:
        raise ShowOver
    auditorium = None if auditorium_id is None else catalogue.auditorium(auditorium_id)
    if starts_at is not None and starts_at <= now:
        raise InvalidShow("A show moves to a time that is yet to come.")
    return change_show(show_id=show_id, now=now, starts_at=starts_at, auditorium=auditorium)


def errands(show_id: int) -> MessageQuerySet:
    """Return the messages that ask for a booking of the show to be cancelled."""
    return Message.objects.filter(kind=CANCEL, payload__show=show_id)


def _show(show_id: int) -> Show:
    show = Show.objects.select_related("movie", "auditorium").filter(pk=show_id).first()
    if show is None:
        raise ShowNotFound
    return show


def _enqueue(show_id: int, now: datetime) -> None:
    """Enqueue what there is to do, but for what waits to be done already."""
    send_again(errands(show_id), now=now)
    _enqueue_bookings(show_id, errands(show_id).waiting(), now)
    enqueue(END_HOLDS, {"show": show_id}, now=now)


def _enqueue_bookings(show_id: int, asked: MessageQuerySet, now: datetime) -> None:
    """Enqueue that each live booking is cancelled, but for those that it is asked for."""
    known = set(asked.values_list("payload__booking", flat=True))
    live = Booking.objects.filter(show_id=show_id, cancelled_at=None).order_by("pk")
    left = [key for key in live.values_list("pk", flat=True) if key not in known]
    enqueue_all(CANCEL, (({"show": show_id, "booking": key}, "") for key in left), now=now)


@handles(END_HOLDS)
def _end_holds(message: Message) -> None:
    holds = Hold.objects.filter(show_id=message.payload["show"], ended_at=None)
    for hold_id in holds.order_by("pk").values_list("pk", flat=True):
        end_hold_of_show(hold_id=hold_id, now=timezone.now())
    _look_again(message, now=timezone.now())


@one_transaction
def _look_again(message: Message, *, now: datetime) -> None:
    """Have cancelled what was sold since then, and look again later while anybody may sell."""
    show = _show(message.payload["show"])
    _enqueue_bookings(show.pk, errands(show.pk), now)
    others = Message.objects.waiting().filter(kind=END_HOLDS, payload__show=show.pk)
    if now < show.starts_at and not others.exclude(pk=message.pk).exists():
        enqueue(END_HOLDS, {"show": show.pk}, now=now + AGAIN)


@handles(CANCEL)
def _cancel(message: Message) -> None:
    call_off_booking(booking_id=message.payload["booking"], now=timezone.now())
