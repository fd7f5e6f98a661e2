"""Who gets a seat: whoever claims it, unless it is let go and somebody waits for it.

The seat goes from hand to hand under one lock. Anyone who wants a seat whose hold has expired is
refused while somebody waits for it, and that refusal makes the offer: so nobody overtakes the
waitlist, whether or not anyone watches the show. An offer stays in the log, used or missed: nobody
is skipped silently.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256

from django.conf import settings

from booking import metrics
from booking.buyers import Buyer
from booking.errors import NamedSeat, SeatTaken
from booking.models import Hold, ShowSeat, State, WaitlistEntry
from booking.rules import OFFER_TIME
from booking.selectors.holds import hash_of
from booking.selectors.taken import taken
from booking.selectors.waitlist import waitlist_address
from booking.services import ledger, post
from booking.services.board import Board
from booking.services.ledger import SeatsBecome
from foundation.db.statements import run
from foundation.db.transactions import after_rollback, one_transaction
from foundation.errors import Refusal
from foundation.instants import ago


def refuse(refused: Refusal | None, board: Board) -> None:
    """Raise why a claim can't stand, if it can't.

    Once the operation is rolled back, expired seats that somebody waits for are offered to them,
    and SeatTaken gets to say since when the seats are.
    """
    if refused is None:
        return
    if board.awaited:
        after_rollback(partial(expire_holds, show_id=board.show.pk, now=board.now))
    if isinstance(refused, SeatTaken):
        after_rollback(partial(_say_since_when, refused, board))
    raise refused


def _say_since_when(refused: SeatTaken, board: Board) -> None:
    lost: list[NamedSeat] = refused.members["seats"]
    since = taken(board.show.pk, board.of([seat.seat_number for seat in lost]), board.now)
    refused.members["taken"] = since
    labels = {seat.seat_number: seat.label for seat in lost}
    times = [(labels[one.seat_number], ago(one.seconds_ago)) for one in since]
    if len(lost) == 1:
        for label, when in times:
            refused.detail = f"Seat {label} was taken {when}."
    elif times:
        each = ", ".join(f"{label} {when}" for label, when in times)
        refused.detail = f"{refused.detail.rstrip('.')}: {each}."


def let_go(seats: Sequence[ShowSeat], now: datetime) -> list[SeatsBecome]:
    """Return what becomes of locked seats let go: offered to whoever waits first, or free.

    Nobody waits for a seat of a show that was called off.
    """
    if not seats:
        return []
    # Locked, since whoever waits may be deleted at this moment: then the next gets the offer.
    waiting = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).waiting()
    waiting = waiting.filter(show_seat__in=seats, show_seat__show__cancelled_at=None)
    waiting = waiting.order_by("joined_at", "pk")
    waiting = waiting.select_related("user")
    first: dict[int, WaitlistEntry] = {}
    for entry in waiting:
        first.setdefault(entry.show_seat_id, entry)
    offered = [_offer(first[seat.pk], seat, now) for seat in seats if seat.pk in first]
    free = [seat for seat in seats if seat.pk not in first]
    return [*offered, SeatsBecome(free, State.AVAILABLE)] if free else offered


@one_transaction
def expire_holds(*, show_id: int, now: datetime) -> list[int]:
    """Free the seats of the show whose holds have expired, and return their numbers.

    Those that somebody waits for are offered. Seats that somebody else has locked are passed over:
    whoever it is decides about them, or the next call frees them. Any number of processes may call
    this at once.
    """
    seats = list(
        ShowSeat.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(show_id=show_id, state=State.HELD, held_until__lte=now)
        .order_by("seat_number")
    )
    if seats:
        metrics.once_committed(metrics.EXPIRED, len({seat.hold_id for seat in seats}))
        ledger.write(show_id, let_go(seats, now), now)
    return [seat.seat_number for seat in seats]


def offer_token(entry: WaitlistEntry) -> str:
    """Return the token of the hold that an entry's offer is, for its owner alone."""
    message = f"offer\n{entry.pk}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, sha256).hexdigest()


def _offer(entry: WaitlistEntry, seat: ShowSeat, now: datetime) -> SeatsBecome:
    metrics.once_committed(metrics.OFFERED)
    entry.offered_at = now
    entry.save(update_fields=["offered_at"])
    hold = Hold.objects.create(
        show_id=seat.show_id,
        token_hash=hash_of(offer_token(entry)),
        user_id=entry.user_id,
        client=f"offer:{entry.pk}",  # no client's own: it counts against nobody's number of holds
        is_offer=True,
        terms=entry.terms,
        seat_numbers=[seat.seat_number],
        most_seats=1,
        created_at=now,
        expires_at=now + OFFER_TIME,
    )
    if told := post.letter(post.OFFERED, Buyer(entry.user), now, entry=entry.pk):
        run(*told)
    address = hash_of(waitlist_address(seat.show_id, entry.user_id))
    return SeatsBecome([seat], State.HELD, hold, address)
