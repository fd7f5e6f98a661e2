"""Changing what was sold: cancelling tickets, also of a show called off, and exchanging seats.

All lock the booking, its seats and the wanted ones in seat order, then the seat map's version.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, F, QuerySet, When

from booking import metrics
from booking.errors import (
    AlreadyAdmitted,
    AlreadyCancelled,
    BookingNotFound,
    CompanionAlone,
    DuplicateSeats,
    NamedSeat,
    NoSeats,
    NoSuchTickets,
    NotYourBooking,
    ShowCancelled,
    ShowStarted,
    UnequalExchange,
)
from booking.models import Booking, Kind, Seat, State, Ticket
from booking.money_back import MoneyBack
from booking.prices import known_types, tickets_for, was_free
from booking.seating.claim import Claim, chosen, companion_alone, named, refusal
from booking.seating.house import accompanied
from booking.selectors.door import counting_admissions
from booking.selectors.refunds import refund_of
from booking.services import ledger, offers, post
from booking.services.board import Board, lock_board, lock_seats
from booking.services.ledger import SeatsBecome
from booking.terms import agreed
from foundation.db.statements import Statement
from foundation.db.transactions import one_transaction
from foundation.errors import refuses


@one_transaction
@refuses(
    BookingNotFound,
    NotYourBooking,
    AlreadyCancelled,
    ShowStarted,
    NoSeats,
    DuplicateSeats,
    NoSuchTickets,
    CompanionAlone,
    AlreadyAdmitted,
)
def cancel_booking(
    *,
    booking_id: int,
    user: AbstractBaseUser | None,
    now: datetime,
    seat_numbers: Sequence[int] | None = None,
    guest: str = "",
) -> Booking:
    """Cancel the booking's tickets for these seats, or all of them, and free the seats.

    The booking itself is cancelled with its last ticket. It must be the `user`'s, or that of the
    `guest` with this address, and the house's rules say what is kept of what was paid
    (`booking.selectors.refunds`); without either, staff cancel anybody's, and nothing is kept. A
    companion seat can't stay without its wheelchair space, at no time if it was free beside it.
    Logs one change and publishes it after the commit.
    """
    which = None if seat_numbers is None else chosen(seat_numbers, at_most=None)
    booking = _lock_booking(booking_id, user, guest, now)
    had = _tickets_had(booking)
    live = frozenset(had)
    given_up = live if which is None else _own_seats(which, live)
    if alone := companion_alone(live - given_up, Board(booking.show, now)):
        raise alone
    _keep_accompanied([had[number] for number in live - given_up])
    _refuse_if_in(booking, given_up)
    by_rule = user is not None or bool(guest)
    refund = refund_of(booking, now, seat_numbers=given_up, by_rule=by_rule)
    about = {"booking": booking.pk, "seats": sorted(given_up), "refund": refund.payload}
    write = post.letter_asked_for if by_rule else post.letter
    letter = write(post.CANCELLED, booking.buyer, now, **about)
    stays = live != given_up
    return _let_go(booking, given_up, now, refund=refund, letter=letter, stays=stays)


@one_transaction
@refuses(BookingNotFound)
def call_off_booking(*, booking_id: int, now: datetime) -> Booking:
    """Cancel a booking of a show that was called off, whoever has come in by it.

    What is cancelled already stays as it is. Logs one change and publishes it after the commit.
    """
    booking = _locked(booking_id)
    if booking.cancelled_at or not booking.show.cancelled_at:
        return booking
    refund = refund_of(booking, now, by_rule=False)
    about = {"booking": booking.pk, "refund": refund.payload}
    letter = post.letter(post.CALLED_OFF, booking.buyer, now, **about)
    live = frozenset(_tickets_had(booking))
    return _let_go(booking, live, now, refund=refund, letter=letter, stays=False)


def _let_go(
    booking: Booking,
    given_up: frozenset[int],
    now: datetime,
    *,
    refund: MoneyBack,
    letter: Sequence[Statement],
    stays: bool,
) -> Booking:
    """Cancel tickets of a locked booking, and the booking unless it stays, and free their seats."""
    seats = lock_seats(show_id=booking.show_id, seat_numbers=given_up)
    _cancel_tickets(booking, given_up, now, shares=refund.shares)
    if not stays:
        booking.cancelled_at = now
        booking.save(update_fields=["cancelled_at"])
    changes = offers.let_go(seats, now)
    metrics.once_committed(metrics.CANCELLED)
    booking.receipt = ledger.write(
        booking.show_id,
        changes,
        now,
        booking=booking,
        first=[*letter, *post.settling(booking, now)],
    )
    booking.money_back = refund
    return booking


@one_transaction
@refuses(cancel_booking, chosen, UnequalExchange, ShowCancelled, refusal, agreed)
def exchange_seats(
    *,
    booking_id: int,
    give: Sequence[int],
    take: Sequence[int],
    user: AbstractBaseUser | None,
    now: datetime,
    terms: str | None = None,
    guest: str = "",
) -> Booking:
    """Give seats of the booking for as many free ones of the same show; the reference stays.

    Whose it must be, `cancel_booking` says. The new tickets are of the types of those that they are
    for, in the order that they are named, and have the prices of their seats by the show's terms,
    which are the `terms` that they agreed to if they saw any. A type that is sold no more becomes
    an adult's.
    """
    given_up, wanted = chosen(give), chosen(take)
    if len(give) != len(take):
        raise UnequalExchange
    booking = _lock_booking(booking_id, user, guest, now)
    if booking.show.cancelled_at:
        raise ShowCancelled
    had = _tickets_had(booking)
    live = frozenset(had)
    claim = Claim(wanted, given_up=_own_seats(given_up, live), staying=live - given_up)
    board = lock_board(booking.show, claim, now)
    offers.refuse(refusal(claim, board), board)
    taken = board.of(wanted)
    types = {new: had[old].type for old, new in zip(give, take, strict=True)}
    types = known_types(booking.show, types)
    stay = [had[number] for number in live - given_up]
    staying = _keep_accompanied(stay, [one.seat for one in taken])
    agreed(booking.show, terms, taken, types, staying=staying)
    _refuse_if_in(booking, given_up)
    _cancel_tickets(booking, given_up, now)
    Ticket.objects.bulk_create(tickets_for(booking, taken, types, staying=staying))
    metrics.once_committed(metrics.EXCHANGED)
    about = {"booking": booking.pk, "seats": sorted(given_up)}
    booking.receipt = ledger.write(
        booking.show_id,
        [*offers.let_go(board.of(given_up), now), SeatsBecome(taken, State.BOOKED)],
        now,
        agreed=booking.show,
        booking=booking,
        first=[
            *post.letter_asked_for(post.EXCHANGED, booking.buyer, now, **about),
            *post.settling(booking, now),
        ],
    )
    return booking


def _lock_booking(
    booking_id: int, user: AbstractBaseUser | None, guest: str, now: datetime
) -> Booking:
    """Lock a booking that can still be changed: the user's or the guest's own if one is given."""
    booking = _locked(booking_id)
    if user is not None and booking.user_id != user.pk:
        raise NotYourBooking
    if guest and (booking.user_id is not None or booking.email != guest):
        raise NotYourBooking
    if booking.cancelled_at:
        raise AlreadyCancelled
    if now >= booking.show.starts_at:
        raise ShowStarted
    return booking


def _locked(booking_id: int) -> Booking:
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "show__movie", "show__auditorium", "show__seat_map")
        .filter(pk=booking_id)
        .first()
    )
    if booking is None:
        raise BookingNotFound
    return booking


def _tickets_had(booking: Booking) -> dict[int, Ticket]:
    """Return the booking's live tickets with their seats, by seat number."""
    tickets = Ticket.objects.filter(booking=booking, cancelled_at=None).select_related("seat")
    had = {ticket.seat_number: ticket for ticket in tickets}
    for ticket in had.values():
        ticket.show = booking.show
    return had


@refuses(CompanionAlone)
def _keep_accompanied(staying: Sequence[Ticket], taken: Sequence[Seat] = ()) -> list[Seat]:
    """Return the seats that stay and matter for who comes free beside the seats taken.

    Refuses to leave one that was free without a wheelchair space of its own. A companion who pays
    needs none.
    """
    free = [one.seat for one in staying if was_free(one)]
    others = [one.seat for one in staying if one.seat.kind != Kind.COMPANION]
    beside = accompanied([*others, *taken], first=free)
    if alone := [seat for seat in free if seat.seat_number not in beside]:
        labels = ", ".join(seat.label for seat in alone)
        raise CompanionAlone(
            f"{labels} is free of charge beside a wheelchair space: give it back together with "
            "the space.",
            seats=named(alone),
        )
    return [*free, *others]


def _own_seats(named: frozenset[int], live: frozenset[int]) -> frozenset[int]:
    """Return the seats named, and refuse those that are not the booking's. Raises NoSuchTickets."""
    if others := sorted(named - live):
        numbers = ", ".join(map(str, others))
        raise NoSuchTickets(f"This booking has no ticket for seat number {numbers}.")
    return named


def _refuse_if_in(booking: Booking, seat_numbers: frozenset[int]) -> None:
    """Refuse to give back tickets that somebody has come in by. Raises AlreadyAdmitted."""
    tickets = _live_tickets(booking, seat_numbers)
    admitted = counting_admissions().filter(ticket__in=tickets).select_related("ticket__seat")
    if seats := [NamedSeat(one.ticket.seat_number, one.ticket.seat.label) for one in admitted]:
        labels = ", ".join(seat.label for seat in seats)
        raise AlreadyAdmitted(f"Somebody has come in with the ticket for {labels}.", seats=seats)


def _cancel_tickets(
    booking: Booking,
    seat_numbers: frozenset[int],
    now: datetime,
    *,
    shares: Mapping[int, Decimal] | None = None,
) -> None:
    """Cancel live tickets; `shares` say what is kept of which."""
    kept = [When(pk=ticket_id, then=share) for ticket_id, share in (shares or {}).items() if share]
    also = {"kept": Case(*kept, default=F("kept"))} if kept else {}
    _live_tickets(booking, seat_numbers).update(cancelled_at=now, **also)


def _live_tickets(booking: Booking, seat_numbers: frozenset[int]) -> QuerySet[Ticket]:
    return booking.tickets.filter(seat_number__in=seat_numbers, cancelled_at=None)
