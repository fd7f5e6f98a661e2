"""Rewriting the history of the stage's show, as it happens when a backup is restored."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from booking.chain import Checkpoint
from booking.models import (
    Booking,
    Hold,
    KeptMap,
    SeatChange,
    SeatMap,
    ShowSeat,
    State,
    Ticket,
    WaitlistEntry,
)
from foundation.db.transactions import one_transaction


@dataclass(frozen=True)
class Undone:
    """The versions that were undone, both included, and the letters of the seats since then."""

    since: int
    until: int
    states: str


@dataclass
class _Past:
    """A seat map at an earlier version, replayed.

    `owners` says which booking had which seat, `sold` which seats it had ever had by then.
    """

    checkpoint: Checkpoint
    letters: dict[int, str]
    owners: dict[int, int | None]
    sold: set[tuple[int | None, int]]


@one_transaction
def undo(*, show_id: int, commits: int) -> Undone:
    """Put a show that is not listed back to where it was so many commits ago, and tell nobody.

    Log and seat map, seats and what was sold are as they were then. Where seats were held at that
    time, it goes back further: their holds may be over. Locks the seats, then the seat map.
    """
    rows = ShowSeat.objects.filter(show_id=show_id, show__is_listed=False).order_by("seat_number")
    seats = list(rows.select_for_update(of=("self",), no_key=True))
    own = SeatMap.objects.select_for_update(of=("self",), no_key=True)
    seat_map = own.get(pk=show_id, show__is_listed=False)
    log = list(SeatChange.objects.filter(show_id=show_id).order_by("version"))
    past = _past(seat_map, seats, log, seat_map.version - commits)
    _put_back_seats(show_id, seats, past)
    undone = log[past.checkpoint.version :]
    _put_back_bookings({change.booking_id for change in undone if change.booking_id}, past)
    newer = {"show_id": show_id, "version__gt": past.checkpoint.version}
    SeatChange.objects.filter(**newer).delete()
    KeptMap.objects.filter(**newer).delete()
    until, (seat_map.version, seat_map.digest) = seat_map.version, past.checkpoint
    seat_map.counted_version = seat_map.version
    seat_map.available = list(past.letters.values()).count(State.AVAILABLE.value)
    seat_map.save(update_fields=["version", "digest", "counted_version", "available"])
    states = "".join(past.letters[seat.seat_number] for seat in seats)
    return Undone(past.checkpoint.version + 1, until, states)


def _past(
    seat_map: SeatMap, seats: Sequence[ShowSeat], log: Sequence[SeatChange], wanted: int
) -> _Past:
    """Return the newest map without held seats that is not newer than the wanted version."""
    letters = {seat.seat_number: State.AVAILABLE.value for seat in seats}
    owners: dict[int, int | None] = {}
    sold: set[tuple[int | None, int]] = set()
    found = _Past(Checkpoint(0, seat_map.genesis), dict(letters), {}, set())
    for change in log[: max(0, wanted)]:
        for seat_number, letter, *_ in change.changes:
            letters[seat_number] = letter
            owners[seat_number] = change.booking_id if letter == State.BOOKED else None
            sold.add((owners[seat_number], seat_number))
        if State.HELD not in letters.values():
            found = _Past(change.checkpoint, dict(letters), dict(owners), set(sold))
    return found


def _put_back_seats(show_id: int, seats: Sequence[ShowSeat], past: _Past) -> None:
    for seat in seats:
        seat.state, seat.hold, seat.held_until = past.letters[seat.seat_number], None, None
    ShowSeat.objects.bulk_update(seats, ["state", "hold", "held_until"])
    WaitlistEntry.objects.filter(show_seat__in=seats).delete()
    Hold.objects.filter(show_id=show_id, ended_at=None).delete()


def _put_back_bookings(touched: set[int], past: _Past) -> None:
    """Let these bookings have the seats that they had; first those go that had none."""
    had = {booking_id: _seats_of(booking_id, past) for booking_id in touched}
    none = [booking_id for booking_id, seat_numbers in had.items() if not seat_numbers]
    Ticket.objects.filter(booking__in=none).delete()
    Booking.objects.filter(pk__in=none).delete()
    for booking_id, seat_numbers in had.items():
        tickets = Ticket.objects.filter(booking=booking_id)
        known = [number for owner, number in past.sold if owner == booking_id]
        new = ~Q(seat_number__in=known) | Q(cancelled_at=None)
        tickets.exclude(seat_number__in=seat_numbers).filter(new).delete()
        tickets.filter(seat_number__in=seat_numbers).update(cancelled_at=None)
        Booking.objects.filter(pk=booking_id).update(cancelled_at=None)


def _seats_of(booking_id: int, past: _Past) -> list[int]:
    return [seat_number for seat_number, owner in past.owners.items() if owner == booking_id]
