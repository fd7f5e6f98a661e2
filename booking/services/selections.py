"""What a moviegoer selects to hold: seats by number, or the best ones, found and locked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.errors import NoSeatsTogether, SeatTaken
from booking.models import Show
from booking.seating.blocks import best_blocks, gap_left_by, nearest_blocks, none_left
from booking.seating.claim import Claim, chosen, companion_alone, named, refusal
from booking.services import offers
from booking.services.board import Board, lock_board
from booking.services.bounds import HeldLately
from foundation.db.locks import lock
from foundation.db.transactions import Overtaken
from foundation.errors import refuses


@dataclass(frozen=True)
class Best:
    """A selection of the best `count` seats together, with a wheelchair space if `accessible`."""

    count: int
    accessible: bool = False


Selection = Sequence[int] | Best


def count_of(selection: Selection) -> int:
    return selection.count if isinstance(selection, Best) else len(selection)


def check_selection(selection: Selection) -> None:
    """Refuse what no show could fulfil. Raises what `booking.seating.claim.chosen` does."""
    chosen(range(1, selection.count + 1) if isinstance(selection, Best) else selection)


@refuses(NoSeatsTogether)
def choose(
    show: Show,
    selection: Selection,
    now: datetime,
    *,
    own: Collection[int],
    without: Collection[int],
) -> frozenset[int]:
    """Return the numbers of the seats selected.

    The best ones can be of their `own`, but not of those `without` which they shall be. One at a
    time chooses them, until it commits, since all want the same; where there are none, nobody
    queues for them.
    """
    if not isinstance(selection, Best):
        return frozenset(selection)
    _best_choice(Board(show, now), selection, own=own, without=without)
    lock(f"best seats of show {show.pk}")
    return _best_choice(Board(show, now), selection, own=own, without=without)


@refuses(lock_board, refusal, HeldLately.check_rested)
def lock_chosen(
    show: Show, selection: Selection, claim: Claim, now: datetime, *, lately: HeldLately
) -> Board:
    """Lock the seats of a claim on what was selected, and refuse it if it can't stand.

    A booking by number may take some of the best seats between their choice and their lock. Then
    the operation is redone: blocks locked one after the other could wait for others in a circle.
    """
    board = lock_board(show, claim, now)
    refused = refusal(claim, board)
    if refused and isinstance(selection, Best):
        raise Overtaken("the best seats were taken")
    if isinstance(refused, SeatTaken):
        nearest = nearest_blocks(board.house, board.free, claim.wanted)
        refused.members["alternative"] = named(nearest[0]) if nearest else []
    offers.refuse(refused, board)
    lately.check_rested(board.of(claim.wanted - claim.given_up), now)
    return board


def _best_choice(
    board: Board, best: Best, *, own: Collection[int], without: Collection[int]
) -> frozenset[int]:
    """Return the best block that the show's rules allow, as far as can be told without locks."""
    house, free = board.house, board.free | frozenset(own)
    allowed = free - frozenset(without)
    for block in best_blocks(house, best.count, allowed, accessible=best.accessible):
        numbers = frozenset(seat.seat_number for seat in block)
        if board.no_gaps and gap_left_by(house, free, numbers):
            continue
        if companion_alone(numbers, board) is None:
            return numbers
    rest = " Seats that you just let go of are for others first." if without else ""
    raise NoSeatsTogether(none_left(house, best.count, allowed, accessible=best.accessible) + rest)
