"""What one client may have of a show, so that nobody takes the hall from the others.

A client is an account, or an address with all who are not signed in there. Whoever counts its holds
or tickets locks it first, until the commit: of two requests at once, the second counts what the
first one got.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.buyers import Buyer
from booking.errors import (
    HeldEnough,
    TooManyHolds,
    TooManySeatsHeld,
    TooManyTickets,
)
from booking.models import Hold
from booking.rules import (
    HOLDING_TIME,
    HOLDING_WINDOW,
    LIVE_HOLDS_OF_ACCOUNT,
    LIVE_HOLDS_OF_ADDRESS,
    REST,
    SEATS_HELD,
    SHORTEST_HOLD_COUNTED,
    TICKETS_OF_ACCOUNT,
)
from booking.selectors.holds import HOLD
from foundation.db.locks import locking_name
from foundation.db.statements import Row, Statement, instant
from foundation.errors import refuses

# A buyer has few bookings and a show may have thousands. Its number as a sum is in no index, so the
# buyer's is used, also by a plan that was made, and kept, before PostgreSQL had counted any rows.
COUNT_TICKETS = (
    "SELECT count(*) FROM booking_booking "
    "JOIN booking_ticket ON booking_ticket.booking_id = booking_booking.id "
    "WHERE booking_booking.show_id + 0 = %s AND booking_ticket.cancelled_at IS NULL "
)
OF_ACCOUNT = "AND booking_booking.user_id = %s"
# By the index of guests' bookings, which has no others.
OF_GUEST = "AND booking_booking.email = %s AND booking_booking.email <> ''"
HOLDS_LATELY = (
    f"SELECT {HOLD.sql} FROM booking_hold WHERE client = %s AND expires_at > %s "
    "AND (show_id = %s OR ended_at IS NULL)"
)


def counting_tickets(user_id: int, show_id: int) -> Statement:
    """Return what counts the account's tickets; its rows come last to `check_tickets`."""
    return Statement(COUNT_TICKETS + OF_ACCOUNT, [show_id, user_id])


def counting_tickets_of(buyer: Buyer, show_id: int) -> list[Statement]:
    """Return what locks a buyer and counts their tickets, for `check_tickets`."""
    if buyer.user is None:
        counting = Statement(COUNT_TICKETS + OF_GUEST, [show_id, buyer.email])
    else:
        counting = counting_tickets(buyer.user.pk, show_id)
    return [*locking_name(buyer.client), counting]


@refuses(TooManyTickets)
def check_tickets(counted: Sequence[Sequence[Row]], wanted: int, *, is_guest: bool = False) -> None:
    """Refuse to sell more tickets to an account, or to a guest, than they may have."""
    [(had,)] = counted[-1]
    if had + wanted <= TICKETS_OF_ACCOUNT:
        return
    # Not how many: the address may be anybody's.
    bound = f"An e-mail address can have {TICKETS_OF_ACCOUNT} tickets for a show."
    if not is_guest:
        bound = f"An account can have {TICKETS_OF_ACCOUNT} tickets for a show, and you have {had}."
    raise TooManyTickets(f"{bound} The cinema's counter sells to larger groups.")


@dataclass(frozen=True)
class HeldLately:
    """What a client holds now and held lately: at the show, but for the `live` holds at all shows.

    `resting` says of the seats that it let go of when it can have them again: by the browser that
    held them, or without one. Others who share an address or account are not kept from them.
    """

    is_account: bool
    live: int
    seats: int
    time: timedelta
    resting: Mapping[int, datetime]

    @refuses(TooManyHolds, HeldEnough)
    def check_another(self) -> None:
        """Refuse one hold more."""
        if self.is_account and self.live >= LIVE_HOLDS_OF_ACCOUNT:
            raise TooManyHolds(
                f"You have {self.live} holds already: book or release one of them first."
            )
        if not self.is_account and self.live >= LIVE_HOLDS_OF_ADDRESS:
            raise TooManyHolds(
                f"Too many holds are under way from this address ({self.live}): sign in to hold "
                "seats on your own account."
            )
        if self.time >= HOLDING_TIME:
            raise HeldEnough(
                "Seats of this show were held "
                + ("for you" if self.is_account else "from your address")
                + " for so long that others have their turn now. Please book the seats you want, "
                "or come back in a while."
            )

    @refuses(TooManySeatsHeld)
    def check_seats(self, wanted: int) -> None:
        """Refuse more seats at once than a client may hold."""
        if self.seats + wanted <= SEATS_HELD:
            return
        if self.is_account:
            raise TooManySeatsHeld(
                f"You can hold {SEATS_HELD} seats of a show at once, and you hold {self.seats}: "
                "book or release some of them first."
            )
        raise TooManySeatsHeld(
            f"From one address, {SEATS_HELD} seats of a show can be held at once without an "
            f"account, and {self.seats} are: sign in to hold seats on your own account."
        )


def counting_holds(hold: Hold, now: datetime) -> list[Statement]:
    """Return what counts all that the hold's client has; its rows are for `check_hold`."""
    since = instant(now - HOLDING_WINDOW)
    tickets = [] if hold.user_id is None else [counting_tickets(hold.user_id, hold.show_id)]
    return [*tickets, Statement(HOLDS_LATELY, [hold.client, since, hold.show_id])]


@refuses(check_tickets, HeldLately.check_another, HeldLately.check_seats)
def check_hold(
    counted: Sequence[Sequence[Row]],
    hold: Hold,
    wanted: int,
    now: datetime,
    *,
    besides: Collection[int],
    is_another: bool,
) -> HeldLately:
    """Refuse to let a hold have so many seats where that is more than its client may have.

    Returns what else the client held lately; what is `besides` is not counted. An account may hold
    no more than it could book. The number of holds counts for a hold that is `another` than those
    that the client has.
    """
    *before, rows = counted
    if hold.user_id is not None:
        check_tickets(before, wanted)
    held = [one for one in map(HOLD.instance, rows) if one.pk not in besides]
    lately = _held_lately(held, hold, now)
    if is_another:
        lately.check_another()
    lately.check_seats(wanted)
    return lately


def _held_lately(held: Sequence[Hold], own: Hold, now: datetime) -> HeldLately:
    """Return what these holds come to, for a hold that would be one of them."""
    live, seats, time, resting = 0, 0, timedelta(0), dict[int, datetime]()
    for hold in held:
        is_live = hold.ended_at is None and hold.expires_at > now
        live += is_live
        if hold.show_id != own.show_id:
            continue
        end = min(hold.expires_at, hold.ended_at or hold.expires_at)
        began = max(hold.created_at, now - HOLDING_WINDOW)
        time += hold.most_seats * max(min(end, now) - began, SHORTEST_HOLD_COUNTED)
        if is_live:
            seats += len(hold.seat_numbers)
        elif end + REST > now and hold.browser_hash == own.browser_hash and not hold.is_booked:
            resting |= dict.fromkeys(hold.seat_numbers, end + REST)
    return HeldLately(own.user_id is not None, live, seats, time, resting)
