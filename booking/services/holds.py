"""Holding seats for somebody who has yet to decide, and letting go of them.

Every operation on a hold locks the hold's row first, then the client whose it is, then its seats in
seat order, then the seat map's version.
"""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError

from booking import metrics
from booking.errors import (
    HoldEnded,
    HoldExpired,
    HoldNotFound,
    NotYourHold,
    ShowStarted,
    TokenUsed,
)
from booking.models import Hold, Show, ShowSeat, State
from booking.prices import Types, known_types
from booking.rules import GRACE, HOLD_TIME, LONGEST_HOLD_TIME
from booking.seating.claim import Best, chosen
from booking.selectors.holds import HOLD, hash_of
from booking.selectors.over import deleting_old_holds
from booking.services import ledger, offers
from booking.services.board import lock_seats, open_show
from booking.services.bounds import check_hold, counting_holds
from booking.services.ledger import SeatsBecome
from booking.services.selections import (
    Selection,
    check_selection,
    count_of,
    lock_selected,
    looking_at,
    types_of,
)
from booking.terms import agreed
from foundation.db.locks import client_of_user, locking_name, row_lock
from foundation.db.sequences import drawing_id
from foundation.db.statements import Statement, instant, placeholders, run
from foundation.db.transactions import one_transaction
from foundation.errors import refuses

OFFERED = (
    "user_id = %s AND is_offer AND ended_at IS NULL AND expires_at > %s AND id IN ("
    "SELECT hold_id FROM booking_showseat WHERE show_id = %s"
)
END = "UPDATE booking_hold SET ended_at = %s, is_booked = %s WHERE id = %s"
SEATS_OF = "SELECT seat_number FROM booking_showseat WHERE hold_id = %s"


@one_transaction
@refuses(chosen, open_show, check_hold, lock_selected, agreed, TokenUsed)
def place_hold(
    *,
    show_id: int,
    selection: Selection,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
    token: str | None = None,
    terms: str | None = None,
    types: Types | None = None,
) -> Hold:
    """Hold seats of the show for HOLD_TIME, all of them or none: those named, or the best ones.

    `client` is the account that holds them, or without a `user` the address; what it may hold is
    bounded (`booking.services.bounds`). A secret `token` may be given, the `terms` that they saw
    (`booking.terms`), and the `types` of the tickets to be. The hold has its token, which is kept
    nowhere else. Locks the client, the seats, then the seat map's version; logs one change and
    publishes it after the commit.
    SeatTaken and LeavesGap name an `alternative` where there is one.
    """
    hold = new_hold(show_id, client=client, user=user, now=now, token=token)
    return fill(hold, selection, user=user, now=now, terms=terms, types=types)


@one_transaction
@refuses(
    *(HoldNotFound, HoldEnded, NotYourHold, HoldExpired),
    *(chosen, ShowStarted, check_hold, lock_selected, agreed),
)
def change_hold(
    *,
    token: str,
    selection: Selection,
    user: AbstractBaseUser | None,
    now: datetime,
    terms: str | None = None,
    types: Types | None = None,
) -> Hold:
    """Let the hold have exactly these seats instead, or the best ones, or change nothing.

    That is activity, so the hold is renewed for HOLD_TIME, up to LONGEST_HOLD_TIME after its first
    seat. A hold that expired less than GRACE ago is taken up again if its seats are still free. A
    seat that is offered to the user (`booking.services.offers`) comes into the hold when it is
    named. With that, and when somebody signed in, the hold becomes one of the account's. Without
    `types`, seats that stay have those that they had.
    """
    hold = lock_hold(token=token, user=user, now=now)
    return fill(hold, selection, user=user, now=now, terms=terms, types=types)


def new_hold(
    show_id: int,
    *,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
    token: str | None = None,
    browser_hash: str = "",
) -> Hold:
    """Return a hold without seats, not saved, to `fill`."""
    token = token or new_token()
    hold = Hold(
        show_id=show_id,
        token_hash=hash_of(token),
        browser_hash=browser_hash,
        user_id=user.pk if user else None,
        client=client,
        seat_numbers=[],
        created_at=now,
        expires_at=now,
    )
    hold.token = token
    return hold


def fill(
    hold: Hold,
    selection: Selection,
    *,
    user: AbstractBaseUser | None,
    now: datetime,
    terms: str | None,
    types: Types | None = None,
) -> Hold:
    """Let a new hold, or a locked one, have exactly these seats, as a part of an operation.

    One that was released is taken up again. The end of a live one never comes nearer: somebody may
    be paying for it.
    """
    check_selection(selection)
    is_live, before = hold.ended_at is None and hold.expires_at > now, hold.client
    renewed = min(now + HOLD_TIME, hold.created_at + LONGEST_HOLD_TIME)
    renewed = max(renewed, hold.expires_at) if is_live else renewed
    if renewed <= now:
        raise HoldExpired
    offered = _lock_offers(hold, selection, user, now)
    own = _seats_of(hold)
    if hold.user_id is not None:
        hold.client = client_of_user(hold.user_id)
    is_another = not is_live or hold.client != before
    keys = frozenset(one.pk for one in (hold, *offered))
    drawing = [drawing_id(Hold)] if hold._state.adding else []
    locking, look = looking_at(hold.show_id, selection, now, own=own)
    reading = [*drawing, *locking_name(hold.client), *locking, *counting_holds(hold, now), look]
    show, [*counted, found] = open_show(hold.show_id, now, then=reading)
    lately = check_hold(
        counted, hold, count_of(selection), now, besides=keys, is_another=is_another
    )
    # The seats of an expired hold are free like others, unless somebody waits for them.
    live = own if is_live else frozenset[int]()
    claim, board = lock_selected(
        show, selection, found, now, holds=keys, own=own, live=live, resting=lately.resting
    )
    wanted = board.of(claim.wanted)
    given_up = [seat for seat in board.of(own - claim.wanted) if seat.hold_id == hold.pk]
    _take(hold, show, wanted, terms, types)
    hold.expires_at, hold.ended_at, hold.is_offer = renewed, None, False
    for offer in offered:
        end_hold(offer, now)
    changes = [*offers.let_go(given_up, now), SeatsBecome(wanted, State.HELD, hold)]
    if hold._state.adding:
        [[hold.pk]] = counted[0]
    try:
        first = _saving(hold, now)
        hold.receipt = ledger.write(hold.show_id, changes, now, agreed=show, first=first)
    except IntegrityError as error:
        if "token_hash" in str(error):  # its constraint's name; to redo it would be in vain
            raise TokenUsed from error
        raise
    return hold


def _take(
    hold: Hold, show: Show, wanted: list[ShowSeat], terms: str | None, types: Types | None
) -> None:
    """Note which seats are held, for whom and under which terms; refuse what is not so."""
    numbers = [seat.seat_number for seat in wanted]
    if types is None:
        had = known_types(show, hold.types)
        types = {number: code for number, code in had.items() if number in numbers}
    types = types_of(types, numbers)
    hold.show, hold.terms = show, agreed(show, terms, wanted, types)
    hold.seat_numbers, hold.types = numbers, types
    hold.most_seats = max(hold.most_seats, len(wanted))


def _saving(hold: Hold, now: datetime) -> list[Statement]:
    """Count a hold, and return what saves it; with a new one, some go that were over long ago."""
    if hold._state.adding:
        metrics.once_committed(metrics.HELD)
        return [deleting_old_holds(now), HOLD.insertion(hold)]
    metrics.once_committed(metrics.CHANGED)
    return [HOLD.update(hold)]


def new_token() -> str:
    """Return a secret for a hold that nobody can guess."""
    return secrets.token_urlsafe(24)


def _seats_of(hold: Hold) -> frozenset[int]:
    if hold._state.adding:
        return frozenset()
    [rows] = run(Statement(SEATS_OF, [hold.pk]))
    return frozenset(seat_number for (seat_number,) in rows)


def _lock_offers(
    hold: Hold, selection: Selection, user: AbstractBaseUser | None, now: datetime
) -> list[Hold]:
    """Lock those of the user's offers at the show, besides the hold, whose seats are selected."""
    if user is None or isinstance(selection, Best):
        return []
    named = f"{OFFERED} AND seat_number IN ({placeholders(selection)})) ORDER BY id"
    values = [user.pk, instant(now), hold.show_id, *selection]
    [rows] = run(finding_holds(named, *values))
    return [offer for offer in map(HOLD.instance, rows) if offer.pk != hold.pk]


@one_transaction
@refuses(HoldNotFound, HoldEnded, NotYourHold)
def release_hold(*, token: str, user: AbstractBaseUser | None, now: datetime) -> Hold:
    """Give back all seats of the hold."""
    hold = lock_hold(token=token, user=user, now=now, expired=True)
    give_back(hold, now)
    return hold


@one_transaction
def end_hold_of_show(*, hold_id: int, now: datetime) -> None:
    """Give back all seats of a hold whose show was called off, if it has not ended yet."""
    [rows] = run(finding_holds("id = %s AND ended_at IS NULL", hold_id))
    for row in rows:
        give_back(HOLD.instance(row), now)


def give_back(hold: Hold, now: datetime) -> None:
    """End a locked hold, and let go of those of its seats that are still its own."""
    seats = lock_seats(show_id=hold.show_id, seat_numbers=hold.seat_numbers)
    end_hold(hold, now)
    metrics.once_committed(metrics.RELEASED)
    if own := [seat for seat in seats if seat.hold_id == hold.pk]:
        ledger.write(hold.show_id, offers.let_go(own, now), now)


@refuses(HoldNotFound, HoldEnded, NotYourHold, HoldExpired)
def lock_hold(
    *, token: str, user: AbstractBaseUser | None, now: datetime, expired: bool = False
) -> Hold:
    """Lock the token's hold and tie it to the user; if `expired`, also one past its GRACE."""
    [rows] = run(finding_holds("token_hash = %s", hash_of(token)))
    if not rows:
        raise HoldNotFound
    hold = HOLD.instance(rows[0])
    tie(hold, user)
    if hold.ended_at is not None:
        raise HoldEnded
    if not expired and hold.expires_at + GRACE <= now:
        raise HoldExpired
    return hold


def finding_holds(condition: str, *values: Any) -> Statement:
    """Return what finds and locks the holds of this condition in SQL."""
    return Statement(
        f"SELECT {HOLD.sql} FROM booking_hold WHERE {condition}{row_lock('booking_hold')}", values
    )


def tie(hold: Hold, user: AbstractBaseUser | None) -> None:
    """Make a locked hold the user's, once one is known. Raises NotYourHold."""
    if user is None or hold.user_id == user.pk:
        return
    if hold.user_id is not None:
        raise NotYourHold
    hold.user_id = user.pk
    run(Statement("UPDATE booking_hold SET user_id = %s WHERE id = %s", [user.pk, hold.pk]))


def end_hold(hold: Hold, now: datetime) -> None:
    """Note that the hold is over; nobody can use it any more."""
    hold.ended_at, hold.is_booked = now, False
    run(Statement(END, [instant(now), False, hold.pk]))
