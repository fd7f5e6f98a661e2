"""Letting people in, each ticket once.

All of it locks the booking first, as do cancelling and exchanging: of two who come at the same
moment, the second sees what the first has done. A unique constraint stands behind. Whoever has not
paid does so at the door, in the same step.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from booking.codes import ticket_id_in
from booking.errors import (
    AdmissionNotFound,
    AlreadyAdmitted,
    NamedSeat,
    OtherDay,
    OtherShow,
    SeveralTickets,
    ShowCancelled,
    ShowNotFound,
    ShowOver,
    TicketCancelled,
    TicketNotFound,
    Unpaid,
)
from booking.models import Admission, Booking, Show, Ticket
from booking.selectors.door import counting_admissions, sentence_of
from booking.selectors.money import account_of
from booking.services.takings import due_in_words, lock_booking, take_money, taking
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from foundation.errors import Refusal, refuses
from foundation.instants import moment_in_words


@one_transaction
@refuses(
    ShowNotFound,
    TicketNotFound,
    SeveralTickets,
    OtherShow,
    OtherDay,
    ShowOver,
    ShowCancelled,
    TicketCancelled,
    AlreadyAdmitted,
    Unpaid,
    take_money,
)
def admit(
    *,
    show_id: int,
    by: AbstractBaseUser,
    now: datetime,
    code: str | None = None,
    reference: str | None = None,
    seat_number: int | None = None,
    key: UUID | None = None,
    at: datetime | None = None,
    amount: Decimal | None = None,
    method: str = "",
) -> Admission:
    """Let in whoever shows this code, or has this reference, at the door of this show.

    Where something is due for the booking, its `amount` is taken first, and by which `method`; or
    else Unpaid says how much it is. With `at`, somebody was let in then, without asking: that is
    recorded whatever it contradicts, with the code of the refusal in `conflict`, and so is what
    they paid. The same `key` again gets what it got before. Locks the booking.
    """
    if not Show.objects.filter(pk=show_id, is_listed=True).exists():
        raise ShowNotFound
    named = _lock_by_code(code) if code else _lock_by_reference(reference or "", seat_number)
    ticket = _with_facts(named)
    if key and (known := Admission.objects.filter(ticket=ticket, key=key).first()):
        known.ticket = ticket
        return known
    came = min(at or now, now)
    _check_show(ticket, show_id, came)
    refusal = _refusal(ticket)
    if refusal and not at:
        raise refusal
    paid = uuid5(key, str(ticket.pk)) if key else uuid4()
    if at and amount is not None:
        run(taking(ticket.booking, amount, method, now=came, by=by, key=paid))
    elif not at:
        _settle(ticket, amount, method, by, now, paid)
    return Admission.objects.create(
        ticket=ticket,
        key=key,
        admitted_at=came,
        recorded_at=now,
        admitted_by_id=by.pk,
        conflict=refusal.code if refusal else "",
    )


@one_transaction
@refuses(AdmissionNotFound)
def undo_admission(*, admission_id: int, by: AbstractBaseUser, now: datetime) -> Admission:
    """Take back that somebody was let in; what is undone already stays so. Locks the booking."""
    found = Admission.objects.filter(pk=admission_id).values_list("ticket", "ticket__booking")
    for ticket_id, booking_id in found:
        lock_booking(booking_id)
        admission = Admission.objects.get(pk=admission_id)
        admission.ticket = _with_facts(ticket_id)
        if admission.undone_at is None:
            admission.undone_at, admission.undone_by_id = now, by.pk
            admission.save(update_fields=["undone_at", "undone_by"])
        return admission
    raise AdmissionNotFound


def _lock_by_code(code: str) -> int:
    """Lock the booking of the ticket that has this code, and return the ticket's id."""
    ticket = Ticket.objects.filter(pk=ticket_id_in(code) or 0).first()
    if ticket is None:
        raise TicketNotFound
    lock_booking(ticket.booking_id)
    return ticket.pk


def _lock_by_reference(reference: str, seat_number: int | None) -> int:
    """Lock a booking and return the id of its ticket for the seat, or of its only live one.

    A reference may be typed without its dash. Of several tickets for a seat, the live one counts.
    """
    plain = re.sub(r"[\s-]", "", reference).upper()
    booking = Booking.objects.filter(reference=f"{plain[:4]}-{plain[4:]}").first()
    if booking is None:
        raise TicketNotFound
    lock_booking(booking.pk)
    tickets = list(booking.tickets.select_related("seat").order_by("seat_number"))
    live = [ticket for ticket in tickets if ticket.cancelled_at is None]
    if seat_number is None:
        if len(live) > 1:
            raise SeveralTickets(seats=[NamedSeat(t.seat_number, t.seat.label) for t in live])
        candidates = live or tickets
    else:
        candidates = [t for t in live + tickets if t.seat_number == seat_number]
    if not candidates:
        raise TicketNotFound
    return candidates[0].pk


def _with_facts(ticket_id: int) -> Ticket:
    facts = ("seat", "booking", "show__movie", "show__auditorium")
    return Ticket.objects.select_related(*facts).get(pk=ticket_id)


def _check_show(ticket: Ticket, show_id: int, came: datetime) -> None:
    """Refuse the ticket of another show, or of one that is over."""
    show = ticket.show
    if ticket.show_id != show_id:
        here = Show.objects.get(pk=show_id)
        start = moment_in_words(show.starts_at)
        detail = f"This ticket is for {show.movie}, {start}, {show.auditorium}."
        is_same_day = _day(show.starts_at) == _day(here.starts_at)
        raise OtherShow(detail) if is_same_day else OtherDay(detail)
    if came >= show.film_ends_at:
        raise ShowOver


def _settle(
    ticket: Ticket, amount: Decimal | None, method: str, by: Any, now: datetime, key: UUID
) -> None:
    """Take what is due for the ticket's booking. Raises Unpaid unless all of it was given."""
    due = account_of(ticket.booking).due
    if due > 0 and amount != due:
        seats = [NamedSeat(ticket.seat_number, ticket.seat.label)]
        raise Unpaid(due_in_words(due), seats=seats, due=f"{due:.2f}")
    if amount is not None:
        booking_id = ticket.booking_id
        take_money(booking_id=booking_id, amount=amount, method=method, by=by, now=now, key=key)


def _day(moment: datetime) -> object:
    return timezone.localtime(moment).date()


def _refusal(ticket: Ticket) -> Refusal | None:
    """Return why nobody may come in by this ticket, or None."""
    seats = [NamedSeat(ticket.seat_number, ticket.seat.label)]
    if ticket.show.cancelled_at:
        return ShowCancelled(seats=seats)
    if ticket.cancelled_at:
        since = moment_in_words(ticket.cancelled_at)
        return TicketCancelled(
            f"The ticket for {ticket.seat.label} was given back on {since}.", seats=seats
        )
    if earlier := counting_admissions().filter(ticket=ticket).first():
        detail = sentence_of(earlier, ticket.seat.label)
        return AlreadyAdmitted(detail, seats=seats, admission=earlier.pk)
    return None
