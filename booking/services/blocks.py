"""Taking seats out of sale, and putting them back."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from booking.errors import NotBlocked
from booking.models import State
from booking.seating.claim import Claim, chosen, named, refusal
from booking.services import ledger, offers
from booking.services.board import open_board
from booking.services.ledger import SeatsBecome
from foundation.db.transactions import one_transaction
from foundation.errors import refuses


@one_transaction
@refuses(chosen, open_board, refusal)
def block_seats(
    *,
    show_id: int,
    seat_numbers: Sequence[int],
    reason: str,
    staff: AbstractBaseUser,
    now: datetime,
) -> None:
    """Take these free seats out of sale, all or none; anyone waiting for one goes on waiting."""
    claim = Claim(chosen(seat_numbers, at_most=None), out_of_sale=True)
    board, _ = open_board(show_id, claim, now)
    offers.refuse(refusal(claim, board), board)
    ledger.write(
        show_id,
        [SeatsBecome(board.of(claim.wanted), State.BLOCKED)],
        now,
        note=f"blocked by {staff.get_username()}: {reason}",
    )


@one_transaction
@refuses(chosen, open_board, NotBlocked)
def unblock_seats(
    *, show_id: int, seat_numbers: Sequence[int], staff: AbstractBaseUser, now: datetime
) -> None:
    """Put these blocked seats back on sale, all or none, offering them to whoever waits first."""
    claim = Claim(chosen(seat_numbers, at_most=None), out_of_sale=True)
    board, _ = open_board(show_id, claim, now)
    seats = board.of(claim.wanted)
    others = named(seat for seat in seats if seat.state != State.BLOCKED)
    if others:
        labels = ", ".join(seat.label for seat in others)
        raise NotBlocked(f"{labels}: not blocked.", seats=others)
    note = f"unblocked by {staff.get_username()}"
    ledger.write(show_id, offers.let_go(seats, now), now, note=note)
