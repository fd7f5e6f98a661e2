"""The hold that a browser has at a show, by the secret in its cookie.

A browser has one hold at a show at most. Each operation locks the browser first and then looks for
its hold: so a selection that is sent again waits for the first sending, finds what that one did,
and does no harm. For REST after a hold was given back or lapsed it can be taken up again, as long
as it could have lasted: anyone who clicks a seat off and on again keeps the hold.
"""

from contextlib import suppress
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.models import Hold
from booking.prices import Types
from booking.rules import HOLD_TIME, LONGEST_HOLD_TIME, REST
from booking.selectors.holds import HOLD, hash_of, hold_in
from booking.services.holds import (
    change_hold,
    end_hold,
    fill,
    finding_holds,
    give_back,
    new_hold,
    place_hold,
    tie,
)
from booking.services.selections import Selection
from foundation.db.locks import locking_name
from foundation.db.statements import run
from foundation.db.transactions import one_transaction
from foundation.errors import Refusal, refuses

# By the browser's index and never by the show's (see `COUNT_TICKETS`).
NEWEST_IN_BROWSER = (
    "browser_hash = %s AND show_id + 0 = %s ORDER BY ended_at DESC NULLS FIRST, id DESC LIMIT 1"
)


@one_transaction
@refuses(place_hold, change_hold)
def set_hold(
    *,
    browser: str,
    show_id: int,
    selection: Selection,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
    terms: str | None = None,
    types: Types | None = None,
) -> Hold | None:
    """Let the browser hold exactly these seats of the show, or the best ones, or none.

    What a request that came later has set meanwhile stays. Locks the browser, its hold, the client,
    the seats, then the seat map's version; logs one change and publishes it after the commit.
    """
    browser_hash = hash_of(browser)
    hold = lock_hold_in(browser_hash=browser_hash, show_id=show_id, user=user)
    if hold is not None and _was_set_after(hold, now):
        return hold if hold.ended_at is None else None
    if not selection:
        if hold is not None and hold.ended_at is None:
            give_back(hold, now)
        return None
    if hold is not None and not _goes_on(hold, now):
        if hold.ended_at is None:
            end_hold(hold, hold.expires_at)
        hold = None
    if hold is None:
        hold = new_hold(show_id, client=client, user=user, now=now, browser_hash=browser_hash)
    return fill(hold, selection, user=user, now=now, terms=terms, types=types)


def take_offer(
    *,
    browser: str,
    show_id: int,
    seat_number: int,
    client: str,
    user: AbstractBaseUser | None,
    now: datetime,
) -> tuple[Hold | None, bool]:
    """Let the browser have the seat that is offered to the user, and return its hold then.

    Also tells whether the seat is offered to the user at all. A browser without a hold gets that of
    the offer. To one that has a hold the seat comes, unless the hold has no room for it, may not
    have it, or would end before the offer does.
    """
    hold = hold_in(browser=browser, show_id=show_id, user=user)
    live = hold if hold and hold.expires_at > now else None
    if live and seat_number in live.seat_numbers:
        return live, True
    offer = _offer_to(user, show_id, seat_number, now)
    if offer is None:
        return live, False
    if live is None:
        return _adopt(offer, browser_hash=hash_of(browser), now=now), True
    if live.created_at + LONGEST_HOLD_TIME >= offer.expires_at:
        selection = sorted({*live.seat_numbers, seat_number})
        # Nothing here was shown: the seat comes only while the show is what the hold is for.
        with suppress(Refusal):
            live = set_hold(
                browser=browser,
                show_id=show_id,
                selection=selection,
                client=client,
                user=user,
                now=now,
                terms=live.terms,
            )
    return live, True


def _offer_to(
    user: AbstractBaseUser | None, show_id: int, seat_number: int, now: datetime
) -> Hold | None:
    if user is None:
        return None
    offers = Hold.objects.filter(user_id=user.pk, is_offer=True, ended_at=None, expires_at__gt=now)
    return offers.filter(show_id=show_id, show_seats__seat_number=seat_number).first()


@one_transaction
def _adopt(offer: Hold, *, browser_hash: str, now: datetime) -> Hold | None:
    """Make the offer the browser's hold, in place of one that has lapsed."""
    hold = lock_hold_in(browser_hash=browser_hash, show_id=offer.show_id, user=offer.user)
    if hold is not None and hold.ended_at is None:
        if hold.expires_at > now:
            return hold
        end_hold(hold, hold.expires_at)
    offers = Hold.objects.filter(pk=offer.pk, is_offer=True, ended_at=None)
    return offers.get() if offers.update(browser_hash=browser_hash) else None


def lock_hold_in(*, browser_hash: str, show_id: int, user: AbstractBaseUser | None) -> Hold | None:
    """Lock the browser, then the hold that it has at the show or had last, and tie it to the user.

    Nobody finds there what is somebody else's; from then on the browser has lost it.
    """
    *_, rows = run(
        *locking_name(f"browser {browser_hash}"),
        finding_holds(NEWEST_IN_BROWSER, browser_hash, show_id),
    )
    if not rows:
        return None
    hold = HOLD.instance(rows[0])
    if hold.user_id is not None and (user is None or hold.user_id != user.pk):
        hold.browser_hash = ""
        hold.save(update_fields=["browser_hash"])
        return None
    tie(hold, user)
    return hold


def _was_set_after(hold: Hold, now: datetime) -> bool:
    """Tell whether a request set the hold that came later than now: ours had to wait."""
    if hold.ended_at is not None:
        return hold.ended_at > now
    return hold.expires_at > now + HOLD_TIME


def _goes_on(hold: Hold, now: datetime) -> bool:
    """Tell whether a hold is live, or ended so lately that it can be taken up again."""
    end = min(hold.expires_at, hold.ended_at or hold.expires_at)
    until = min(end + REST, hold.created_at + LONGEST_HOLD_TIME)
    return not hold.is_booked and now < max(end, until)
