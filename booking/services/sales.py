"""Selling seats."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from booking import metrics
from booking.buyers import Buyer
from booking.errors import HoldChanged, HoldEnded, HoldExpired, HoldNotFound, ShowStarted
from booking.models import Booking, Hold, State, Ticket
from booking.prices import ADULTS, Types, known_types, tickets_for
from booking.rules import GRACE
from booking.seating.claim import Claim, chosen, refusal
from booking.selectors.holds import HOLD, hash_of
from booking.services import ledger, offers, post
from booking.services.board import open_board
from booking.services.bounds import check_tickets, counting_tickets_of
from booking.services.browser_holds import lock_hold_in
from booking.services.holds import END, finding_holds, lock_hold
from booking.services.ledger import SeatsBecome
from booking.services.selections import types_of
from booking.terms import agreed
from foundation.db.statements import Columns, Statement, instant, run
from foundation.db.transactions import one_transaction
from foundation.errors import refuses

# No vowels and no look-alikes: a reference spells no word and survives being read out aloud.
REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
BOOKING, TICKET = Columns(Booking), Columns(Ticket)


@one_transaction
@refuses(chosen, open_board, check_tickets, refusal, agreed)
def book_seats(
    *,
    show_id: int,
    seat_numbers: Sequence[int],
    user: AbstractBaseUser | None,
    now: datetime,
    terms: str | None = None,
    types: Types = ADULTS,
    at_counter: bool = False,
) -> Booking:
    """Sell these seats of the show to the user, all of them or none.

    Takes 1 to SEATS_AT_ONCE different seat numbers, the `types` of their tickets, and the `terms`
    that the user agreed to if they saw any (`booking.terms`). The counter sells any number of
    tickets, also without a user. Locks the account, the seats, then the seat map's version; logs
    one change and publishes it after the commit.
    """
    claim, is_bounded = Claim(chosen(seat_numbers)), not at_counter
    return _sell(
        show_id, claim, Buyer(user), now=now, terms=terms, types=types, is_bounded=is_bounded
    )


@one_transaction
@refuses(lock_hold, ShowStarted, check_tickets, agreed)
def book_hold(
    *,
    show_id: int,
    token: str,
    user: AbstractBaseUser,
    now: datetime,
    terms: str | None = None,
    types: Types | None = None,
) -> Booking:
    """Sell the very seats of a hold to the user, all of them or none.

    They agree to the `terms` if given, or else to those that the seats were held under. The tickets
    are of these `types` if given, or else of those of the hold.

    A hold that expired less than rules.GRACE ago is as good as a live one while its seats are free
    and nobody waits for them. Locks the hold, the account, the hold's seats, then the seat map's
    version; logs one change and publishes it after the commit. HoldExpired names the seats that
    somebody else has by now.
    """
    hold = lock_hold(token=token, user=user, now=now)
    if hold.show_id != show_id:
        raise HoldNotFound
    return _sell_hold(hold, Buyer(user), now=now, terms=terms, types=types)


@one_transaction
@refuses(HoldNotFound, HoldEnded, HoldExpired, ShowStarted, check_tickets, agreed)
def book_paid_hold(
    *,
    hold_id: int,
    buyer: Buyer,
    now: datetime,
    terms: str | None = None,
    also: Callable[[Booking], Sequence[Statement]],
) -> Booking:
    """Sell the very seats of a hold that is paid for, as a part of an operation.

    However long ago the hold ended: while its seats are free and nobody waits for them they are the
    buyer's. `also` returns what else is to be written in the same trip, for a booking with the
    tickets that it has `just_sold`. Locks and logs as `book_hold` does.
    """
    [rows] = run(finding_holds("id = %s", hold_id))
    if not rows:
        raise HoldNotFound
    hold = HOLD.instance(rows[0])
    if hold.is_booked:
        raise HoldEnded
    return _sell_hold(hold, buyer, now=now, terms=terms, pays_online=True, also=also)


@one_transaction
@refuses(book_seats, book_hold, HoldChanged)
def book_in_browser(
    *,
    show_id: int,
    browser: str,
    seat_numbers: Sequence[int],
    buyer: Buyer,
    now: datetime,
    terms: str | None = None,
    types: Types = ADULTS,
) -> Booking:
    """Sell the very seats that the browser holds; they must be those that are named.

    Nobody gets, or pays for, other seats than the page showed, or other `types` of ticket: another
    tab may have changed them.
    Where the browser holds nothing, the seats are sold as `book_seats` does. Locks the browser,
    then what `book_hold` does.
    """
    wanted = chosen(seat_numbers)
    hold = lock_hold_in(browser_hash=hash_of(browser), show_id=show_id, user=buyer.user)
    if hold is None or hold.ended_at is not None:
        return _sell(show_id, Claim(wanted), buyer, now=now, terms=terms, types=types)
    if wanted != set(hold.seat_numbers):
        raise HoldChanged
    if hold.expires_at + GRACE <= now:
        raise HoldExpired
    return _sell_hold(hold, buyer, now=now, terms=terms, types=types)


def _sell_hold(
    hold: Hold, buyer: Buyer, *, now: datetime, terms: str | None, **how: Any
) -> Booking:
    claim = Claim(frozenset(hold.seat_numbers), holds=frozenset({hold.pk}), settled=True)
    terms = hold.terms if terms is None else terms
    return _sell(hold.show_id, claim, buyer, now=now, terms=terms, hold=hold, **how)


def _sell(
    show_id: int,
    claim: Claim,
    buyer: Buyer,
    *,
    now: datetime,
    terms: str | None,
    types: Types | None = None,
    hold: Hold | None = None,
    is_bounded: bool = True,
    pays_online: bool = False,
    also: Callable[[Booking], Sequence[Statement]] | None = None,
) -> Booking:
    counting = counting_tickets_of(buyer, show_id) if is_bounded else []
    board, counted = open_board(show_id, claim, now, before=counting)
    offers.refuse(refusal(claim, board), board)
    if is_bounded:
        check_tickets(counted, len(claim.wanted), is_guest=buyer.user is None)
    seats = board.of(claim.wanted)
    if types is None:
        types = known_types(board.show, hold.types) if hold else ADULTS
    types = types_of(types, claim.wanted)
    agreed(board.show, terms, seats, types)
    booking = Booking(
        user_id=None if buyer.user is None else buyer.user.pk,
        email="" if buyer.user else buyer.email,
        show=board.show,
        reference=_new_reference(),
        created_at=now,
        pays_online=pays_online,
    )
    # Whoever has paid gets their tickets, however many mails others had sent to the address.
    write = post.letter if pays_online else post.letter_asked_for
    metrics.once_committed(metrics.BOOKED)
    booking.just_sold = tickets_for(booking, seats, types)
    booking.receipt = ledger.write(
        show_id,
        [SeatsBecome(seats, State.BOOKED)],
        now,
        agreed=board.show,
        booking=booking,
        first=[
            *([_hold_row(hold, now)] if hold else []),
            BOOKING.insertion(booking),
            *map(TICKET.insertion, booking.just_sold),
            *(also(booking) if also else []),
            *write(post.BOOKED, buyer, now, booking=booking.pk),
        ],
    )
    return booking


def _hold_row(hold: Hold, now: datetime) -> Statement:
    """Return what ends a hold that is booked."""
    return Statement(END, [instant(now), True, hold.pk])


def _new_reference() -> str:
    """Return a new reference such as "K7MQ-4TXP": 27^8, some 280 thousand million, are possible."""
    number, letters = secrets.randbelow(len(REFERENCE_ALPHABET) ** 8), ""
    for _ in range(8):
        number, position = divmod(number, len(REFERENCE_ALPHABET))
        letters += REFERENCE_ALPHABET[position]
    return f"{letters[:4]}-{letters[4:]}"
