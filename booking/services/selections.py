"""What a moviegoer selects to hold: seats by number, or the best ones, found and locked."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from booking.errors import JustLetGo, SeatTaken
from booking.models import Show
from booking.seating.blocks import nearest_blocks
from booking.seating.claim import Best, Claim, best_choice, chosen, named, refusal
from booking.services import offers
from booking.services.board import Board, lock_board
from foundation.db.locks import lock
from foundation.db.transactions import Overtaken
from foundation.errors import refuses

Selection = Sequence[int] | Best


def count_of(selection: Selection) -> int:
    return selection.count if isinstance(selection, Best) else len(selection)


def check_selection(selection: Selection) -> None:
    """Refuse what no show could fulfil. Raises what `booking.seating.claim.chosen` does."""
    chosen(range(1, selection.count + 1) if isinstance(selection, Best) else selection)


@refuses(best_choice, lock_board, refusal, JustLetGo)
def lock_selected(
    show: Show,
    selection: Selection,
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
    numbers = _choose(show, selection, now, own=live, without=resting)
    claim = Claim(numbers, holds=holds, given_up=own, resting=resting)
    board = lock_board(show, claim, now)
    refused = refusal(claim, board)
    if refused and isinstance(selection, Best):
        raise Overtaken("the best seats were taken")
    if isinstance(refused, SeatTaken):
        nearest = nearest_blocks(board.house, board.free, claim.wanted)
        refused.members["alternative"] = named(nearest[0]) if nearest else []
    offers.refuse(refused, board)
    return claim, board


def _choose(
    show: Show,
    selection: Selection,
    now: datetime,
    *,
    own: Collection[int],
    without: Collection[int],
) -> frozenset[int]:
    """Return the numbers of the seats selected.

    One at a time chooses the best ones, until it commits, since all want the same; where there are
    none, nobody queues for them.
    """
    if not isinstance(selection, Best):
        return frozenset(selection)
    best_choice(Board(show, now), selection, own=own, without=without)
    lock(f"best seats of show {show.pk}")
    return best_choice(Board(show, now), selection, own=own, without=without)
