"""What a moviegoer selects to hold: seats by number, or the best ones, found and locked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from booking.errors import JustLetGo, SeatTaken, UnknownSeats
from booking.models import Show
from booking.prices import Types
from booking.seating.blocks import nearest_blocks
from booking.seating.claim import (
    Best,
    Claim,
    best_choice,
    chosen,
    named,
    refusal,
)
from booking.seating.kinds import ADULT
from booking.services import offers
from booking.services.board import (
    GAPS_ALLOWED,
    Board,
    finding_free,
    free_among,
    lock_board,
    locking_choice,
    locking_seats,
)
from foundation.db.statements import Row, Statement
from foundation.db.transactions import Overtaken
from foundation.errors import refuses

Selection = Sequence[int] | Best


def count_of(selection: Selection) -> int:
    return selection.count if isinstance(selection, Best) else len(selection)


def check_selection(selection: Selection) -> None:
    """Refuse what no show could fulfil. Raises what `booking.seating.claim.chosen` does."""
    chosen(range(1, selection.count + 1) if isinstance(selection, Best) else selection)


def types_of(types: Types, wanted: Collection[int]) -> dict[int, str]:
    """Return the types of ticket that are no adult's. Raises UnknownSeats for other seats."""
    if others := sorted(types.keys() - set(wanted)):
        numbers = ", ".join(map(str, others))
        raise UnknownSeats(f"No seat numbered {numbers} is among those chosen.")
    return {number: code for number, code in sorted(types.items()) if code != ADULT}


def looking_at(
    show_id: int, selection: Selection, now: datetime, *, own: frozenset[int]
) -> tuple[list[Statement], Statement]:
    """Return what locks the choice of the best seats, if it is one, and what looks at the show.

    The look locks seats that are named, and those of one's own that are given up for them, or reads
    which ones the best can be of. Its rows are `found` for `lock_selected`.
    """
    if isinstance(selection, Best):
        locks = locking_choice(show_id, selection.count - len(own), now)
        return locks, finding_free(show_id, now)
    return [], locking_seats(show_id, {*selection, *own}, only=GAPS_ALLOWED)


@refuses(best_choice, lock_board, refusal, JustLetGo)
def lock_selected(
    show: Show,
    selection: Selection,
    found: Sequence[Row],
    now: datetime,
    *,
    holds: frozenset[int],
    own: frozenset[int],
    live: frozenset[int],
    resting: Mapping[int, datetime],
) -> tuple[Claim, Board]:
    """Lock the seats selected, and the `own` ones given up for them; refuse what can't stand.

    The best ones can be of those own ones that are `live`, and are none of the `resting` ones. A
    booking by number may take some of them between their choice and their lock. Then the operation
    is redone: blocks locked one after the other could wait for others in a circle.
    """
    is_best = isinstance(selection, Best)
    if isinstance(selection, Best):
        empty = Board(show, now)
        empty.free = free_among(found)
        numbers = best_choice(empty, selection, own=live, without=resting)
    else:
        numbers = frozenset(selection)
    claim = Claim(numbers, holds=holds, given_up=own, resting=resting)
    board = lock_board(show, claim, now, found=() if is_best else found)
    refused = refusal(claim, board)
    if refused and is_best:
        raise Overtaken("the best seats were taken")
    if isinstance(refused, SeatTaken):
        nearest = next(nearest_blocks(board.house, board.free, claim.wanted), ())
        refused.members["alternative"] = named(nearest)
    offers.refuse(refused, board)
    return claim, board
