"""Keeping the seats of a hold for somebody who pays for them elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser

from booking.buyers import Buyer
from booking.errors import HoldChanged, HoldExpired, HoldNotFound, NotYourHold
from booking.models import Hold, Show, ShowSeat, State
from booking.prices import Types, bill_of, known_types
from booking.rules import GRACE, LONGEST_HOLD_TIME, PAYING_TIME
from booking.seating.claim import Claim, refusal
from booking.selectors.holds import HOLD, hash_of
from booking.services import ledger, offers
from booking.services.board import open_board
from booking.services.bounds import check_tickets, counting_tickets_of
from booking.services.browser_holds import lock_hold_in
from booking.services.holds import finding_holds, tie
from booking.services.ledger import SeatsBecome
from booking.terms import agreed
from foundation.db.statements import Statement, run
from foundation.errors import refuses


@dataclass(frozen=True)
class Payable:
    """A locked hold, its show and locked seats, and what they cost under its terms."""

    hold: Hold
    show: Show
    seats: list[ShowSeat]
    total: Decimal


@dataclass(frozen=True)
class WhichHold:
    """A hold by its token, or as the one that a browser has at a show.

    Where a page showed its seats, it must have these `seat_numbers` and `types` still. `terms` are
    those that its buyer saw; without, they agree to those that it was held under.
    """

    token: str = ""
    browser: str = ""
    show_id: int | None = None
    seat_numbers: Sequence[int] | None = None
    types: Types | None = None
    terms: str | None = None


@refuses(HoldNotFound, NotYourHold, HoldChanged)
def lock_hold_to_pay(which: WhichHold, user: AbstractBaseUser | None) -> Hold:
    """Lock a hold, which may be over by now, and tie it to the user."""
    if which.show_id is not None:
        browser_hash = hash_of(which.browser)
        found = lock_hold_in(browser_hash=browser_hash, show_id=which.show_id, user=user)
    else:
        [rows] = run(finding_holds("token_hash = %s", hash_of(which.token)))
        found = HOLD.instance(rows[0]) if rows else None
    if found is None:
        raise HoldNotFound
    if which.seat_numbers is not None and set(which.seat_numbers) != set(found.seat_numbers):
        raise HoldChanged
    if which.types is not None and which.types != found.types:
        raise HoldChanged
    tie(found, user)
    return found


@refuses(open_board, refusal, check_tickets, agreed, HoldExpired)
def payable(hold: Hold, buyer: Buyer, now: datetime, *, terms: str | None = None) -> Payable:
    """Return what a locked hold, which was not booked or released, comes to for this buyer.

    All that a booking would be refused for is refused here already: nobody is sent to pay in vain.
    Locks the buyer and the seats.
    """
    if hold.expires_at + GRACE <= now:
        raise HoldExpired
    claim = Claim(frozenset(hold.seat_numbers), holds=frozenset({hold.pk}), settled=True)
    counting = counting_tickets_of(buyer, hold.show_id)
    board, counted = open_board(hold.show_id, claim, now, before=counting)
    offers.refuse(refusal(claim, board), board)
    check_tickets(counted, len(claim.wanted), is_guest=buyer.user is None)
    seats = board.of(claim.wanted)
    types = known_types(board.show, hold.types)
    hold.terms = agreed(board.show, hold.terms if terms is None else terms, seats, types)
    hold.types = types
    total = bill_of(board.show, [one.seat for one in seats], types).total
    return Payable(hold, board.show, seats, total)


def paying_until(hold: Hold, now: datetime) -> datetime:
    """Return until when the hold's seats can be kept for a payment that begins now."""
    return min(now + PAYING_TIME, hold.created_at + LONGEST_HOLD_TIME + PAYING_TIME)


def keep_for_payment(
    found: Payable, *, until: datetime, now: datetime, first: Sequence[Statement]
) -> None:
    """Hold the seats until then, as the end of an operation; the statements go first."""
    hold = found.hold
    hold.expires_at = max(hold.expires_at, until)
    ledger.write(
        hold.show_id,
        [SeatsBecome(found.seats, State.HELD, hold)],
        now,
        agreed=found.show,
        first=[HOLD.update(hold), *first],
    )
