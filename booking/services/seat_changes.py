"""The steps that every write to a seat map shares: lock the seats, change them, log the change."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from booking import events
from booking.errors import NamedSeat, UnknownSeats
from booking.models import SeatChange, ShowSeat, State


def lock_seats(*, show_id: int, seat_numbers: Collection[int]) -> list[ShowSeat]:
    """Lock these seats of the show, in seat order, and return them.

    Every service takes its seats in this order, so two of them never wait for each other in a
    circle. NO KEY: tickets that refer to a seat's rows can still be inserted meanwhile.
    Raises UnknownSeats.
    """
    locked = list(
        ShowSeat.objects.select_for_update(of=("self",), no_key=True)
        .select_related("seat")
        .filter(show_id=show_id, seat_number__in=seat_numbers)
        .order_by("seat_number")
    )
    unknown = sorted(set(seat_numbers) - {show_seat.seat_number for show_seat in locked})
    if unknown:
        numbers = ", ".join(map(str, unknown))
        raise UnknownSeats(f"This show has no seat numbered {numbers}.")
    return locked


def change_seats(*, show_id: int, seats: Sequence[ShowSeat], state: State, now: datetime) -> None:
    """Give these locked seats this state, log it, and publish it after the commit.

    Call it last in a transaction: the version's row is the one lock that all writers of a show
    share, and from here on it is held until the commit.
    """
    ShowSeat.objects.filter(pk__in=[show_seat.pk for show_seat in seats]).update(state=state)
    changes = [[show_seat.seat_number, state.value] for show_seat in seats]
    version = _next_version(show_id)
    SeatChange.objects.create(show_id=show_id, version=version, changes=changes, at=now)

    # A function: when one fails, Django wants to log its name, and a partial has none.
    def publish() -> None:
        events.publish(show_id=show_id, version=version, changes=changes, at=now)

    transaction.on_commit(publish, robust=True)


def named(show_seats: Sequence[ShowSeat]) -> list[NamedSeat]:
    """Return the seats' numbers and labels."""
    return [NamedSeat(show_seat.seat_number, show_seat.seat.label) for show_seat in show_seats]


def _next_version(show_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE booking_seatmap SET version = version + 1 WHERE show_id = %s RETURNING version",
            [show_id],
        )
        return int(cursor.fetchone()[0])
