"""Holding seats for somebody who has yet to decide, and letting go of them.

Every operation on a hold locks the hold's row first, then its seats in seat order, then the seat
map's version.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from booking.errors import (
    HoldEnded,
    HoldExpired,
    HoldNotFound,
    LeavesGap,
    NoSeatsTogether,
    NotYourHold,
    SeatTaken,
    ShowFull,
    TokenUsed,
    TooManyHolds,
    TooMuchContention,
)
from booking.models import Hold, Show, ShowSeat, State
from booking.selectors.holds import hash_of
from booking.services.choices import best_choice, check_choice, lock_choice, open_show
from booking.services.locks import lock_client
from booking.services.purge import KEPT_FOR, purge
from booking.services.seat_changes import Change, change_seats, lock_seats
from booking.services.transactions import one_transaction
from booking.services.turns import freed

HOLD_TIME = timedelta(minutes=8)
LONGEST_HOLD_TIME = timedelta(minutes=20)
GRACE = timedelta(minutes=2)
MAX_LIVE_HOLDS = 5
# People share an address: an office, a foyer.
MAX_LIVE_HOLDS_OF_ADDRESS = 20
BEST_ATTEMPTS = 10


@dataclass(frozen=True)
class PlacedHold:
    """A new hold and its token, which is kept nowhere else."""

    hold: Hold
    token: str


@dataclass(frozen=True)
class Best:
    """A wish for the best `count` seats together, with a wheelchair space if `accessible`."""

    count: int
    accessible: bool = False


def place_hold(
    *,
    show_id: int,
    wish: Sequence[int] | Best,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
    token: str | None = None,
) -> PlacedHold:
    """Hold seats of the show for HOLD_TIME, all of them or none: those named, or the best ones.

    `client` is the account that may have MAX_LIVE_HOLDS at a time, or without a `user` the address
    that may have MAX_LIVE_HOLDS_OF_ADDRESS; a secret `token` may be given. Locks the client, the
    seats, then the seat map's version; logs one change and publishes it after the commit. Raises
    NoSeats, TooManySeats, DuplicateSeats, UnknownSeats, ShowNotFound, ShowStarted, TooManyHolds,
    SeatTaken and LeavesGap (both with an offer), ShowFull, CompanionAlone, NoSeatsTogether,
    TokenUsed, TooMuchContention.
    """
    _check_wish(wish)
    return _place_hold(
        show_id=show_id,
        wish=wish,
        client=client,
        user=user,
        now=now,
        token=token or secrets.token_urlsafe(24),
    )


@one_transaction
def _place_hold(
    *,
    show_id: int,
    wish: Sequence[int] | Best,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
    token: str,
) -> PlacedHold:
    show = open_show(show_id, now)
    lock_client(client)
    _check_live_holds(client, user, now)
    seats, _ = _lock_wish(show, wish, now=now)
    _purge(now)
    try:
        hold = Hold.objects.create(
            show_id=show_id,
            token_hash=hash_of(token),
            user_id=user.pk if user else None,
            client=client,
            seat_numbers=[seat.seat_number for seat in seats],
            created_at=now,
            expires_at=now + HOLD_TIME,
        )
    except IntegrityError as error:  # nothing else of a hold is unique; to redo it would be in vain
        raise TokenUsed from error
    change_seats(show_id=show_id, changes=[Change(seats, State.HELD, hold)], now=now)
    return PlacedHold(hold, token)


def change_hold(
    *,
    token: str,
    wish: Sequence[int] | Best,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Hold:
    """Let the hold have exactly these seats instead, or the best ones, or change nothing.

    That is activity, so the hold is renewed for HOLD_TIME, up to LONGEST_HOLD_TIME after its first
    seat. A hold that expired less than GRACE ago is taken up again if its seats are still free. A
    seat that is held for the user in turn (`booking.services.turns`) comes into the hold when it is
    named. Raises what `place_hold` raises but TooManyHolds and TokenUsed, and HoldNotFound,
    HoldEnded, HoldExpired, NotYourHold.
    """
    _check_wish(wish)
    return _change_hold(token=token, wish=wish, user=user, now=now)


@one_transaction
def _change_hold(
    *,
    token: str,
    wish: Sequence[int] | Best,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Hold:
    hold = lock_hold(token=token, user=user, now=now)
    turns = _lock_turns(hold, wish, user, now)
    show = open_show(hold.show_id, now)
    renewed = min(now + HOLD_TIME, hold.created_at + LONGEST_HOLD_TIME)
    if renewed <= now:
        raise HoldExpired
    wanted, given_up = _lock_wish(show, wish, now=now, hold=hold, turns=turns)
    hold.seat_numbers = [seat.seat_number for seat in wanted]
    hold.expires_at = renewed
    hold.is_turn = False
    hold.save(update_fields=["seat_numbers", "expires_at", "is_turn"])
    for turn in turns:
        end_hold(turn, now)
    changes = [*freed(given_up, now), Change(wanted, State.HELD, hold)]
    change_seats(show_id=hold.show_id, changes=changes, now=now)
    return hold


def _lock_turns(
    hold: Hold, wish: Sequence[int] | Best, user: AbstractBaseUser | None, now: datetime
) -> list[Hold]:
    """Lock those of the user's turns at the show whose seats are wished for."""
    if user is None or isinstance(wish, Best):
        return []
    turns = Hold.objects.filter(
        show_id=hold.show_id, user_id=user.pk, is_turn=True, ended_at=None, expires_at__gt=now
    )
    named = turns.exclude(pk=hold.pk).filter(show_seats__seat_number__in=wish)
    return list(named.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _check_wish(wish: Sequence[int] | Best) -> None:
    check_choice(range(1, wish.count + 1) if isinstance(wish, Best) else wish)


def _lock_wish(
    show: Show,
    wish: Sequence[int] | Best,
    *,
    now: datetime,
    hold: Hold | None = None,
    turns: Sequence[Hold] = (),
) -> tuple[list[ShowSeat], list[ShowSeat]]:
    """Lock the seats wished for and those of the hold; return the former, then what is given up."""
    own = set[int]()
    if hold is not None:
        held = ShowSeat.objects.filter(hold=hold)
        own = set(held.values_list("seat_number", flat=True))
    if isinstance(wish, Best):
        wanted, locked = _lock_best(show, wish, now=now, hold=hold, own=own)
    else:
        wanted = set(wish)
        locked = lock_choice(
            show, wanted, now=now, hold=hold, turns=turns, giving_up=own, offer=True
        )
    return (
        [seat for seat in locked if seat.seat_number in wanted],
        [
            seat
            for seat in locked
            if seat.seat_number not in wanted and hold is not None and seat.hold_id == hold.pk
        ],
    )


def _lock_best(
    show: Show, best: Best, *, now: datetime, hold: Hold | None, own: set[int]
) -> tuple[set[int], list[ShowSeat]]:
    """Lock the best block, and the next best when somebody else gets it first.

    A lost block is let go again with its locks, so that blocks locked one after the other can't
    wait for others in a circle. Returns the block's numbers, and what is locked.
    """
    # The seats of an expired hold are free like others, unless somebody waits in line for them.
    live = own if hold is not None and hold.expires_at > now else ()
    for _ in range(BEST_ATTEMPTS):
        block = best_choice(show, best.count, accessible=best.accessible, now=now, own=live)
        if block is None:
            raise NoSeatsTogether(f"No {best.count} seats together are left.")
        numbers = {place.seat_number for place in block}
        with suppress(SeatTaken, ShowFull, LeavesGap), transaction.atomic():
            return numbers, lock_choice(show, numbers, now=now, hold=hold, giving_up=own)
    raise TooMuchContention


@one_transaction
def release_hold(*, token: str, user: AbstractBaseUser | None, now: datetime) -> Hold:
    """Give back all seats of the hold.

    Raises HoldNotFound, HoldEnded, NotYourHold, TooMuchContention.
    """
    hold = lock_hold(token=token, user=user, now=now, expired=True)
    seats = seats_still_held(hold)
    end_hold(hold, now)
    if seats:
        change_seats(show_id=hold.show_id, changes=freed(seats, now), now=now)
    return hold


def lock_hold(
    *, token: str, user: AbstractBaseUser | None, now: datetime, expired: bool = False
) -> Hold:
    """Lock the token's hold and tie it to the user, once one is known.

    Raises HoldNotFound, HoldEnded, NotYourHold, and HoldExpired when it expired more than GRACE ago
    unless `expired` holds are wanted.
    """
    hold = (
        Hold.objects.select_for_update(of=("self",), no_key=True)
        .filter(token_hash=hash_of(token))
        .first()
    )
    if hold is None:
        raise HoldNotFound
    if user is not None:
        if hold.user_id is None:
            hold.user_id = user.pk
            hold.save(update_fields=["user"])
        elif hold.user_id != user.pk:
            raise NotYourHold
    if hold.ended_at is not None:
        raise HoldEnded
    if not expired and hold.expires_at + GRACE <= now:
        raise HoldExpired
    return hold


def seats_still_held(hold: Hold) -> list[ShowSeat]:
    """Lock the hold's seats and return those that are still its own."""
    seats = lock_seats(show_id=hold.show_id, seat_numbers=hold.seat_numbers)
    return [seat for seat in seats if seat.hold_id == hold.pk]


def end_hold(hold: Hold, now: datetime) -> None:
    """Note that the hold is over; nobody can use it any more."""
    hold.ended_at = now
    hold.save(update_fields=["ended_at"])


def _check_live_holds(client: str, user: AbstractBaseUser | None, now: datetime) -> None:
    live = Hold.objects.filter(client=client, ended_at=None, expires_at__gt=now).count()
    if user is not None and live >= MAX_LIVE_HOLDS:
        raise TooManyHolds(f"You have {live} holds already: book or release one of them first.")
    if user is None and live >= MAX_LIVE_HOLDS_OF_ADDRESS:
        raise TooManyHolds(
            f"Too many holds are under way from this address ({live}): sign in to hold seats on "
            "your own account."
        )


def _purge(now: datetime) -> None:
    """Delete holds that were over long ago; the log keeps what was held, and until when."""
    old = Hold.objects.filter(expires_at__lte=now - KEPT_FOR).exclude(
        Exists(ShowSeat.objects.filter(hold=OuterRef("pk")))
    )
    purge(old.order_by("expires_at"))
