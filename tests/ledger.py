"""The books of a show, checked: what was sold, what the map says, what the log says."""

from collections import Counter
from unittest import TestCase

from booking.models import SeatChange, ShowSeat, State, Ticket
from booking.selectors import seat_map


def replayed_states(show_id: int) -> str:
    """Return the states that replaying the whole log gives."""
    letters = [State.AVAILABLE.value] * ShowSeat.objects.filter(show_id=show_id).count()
    for changes in SeatChange.objects.filter(show_id=show_id).values_list("changes", flat=True):
        for seat_number, letter, *_ in changes:
            letters[seat_number - 1] = letter
    return "".join(letters)


def seats_sold_twice(show_id: int) -> list[int]:
    """Return the numbers of the seats with more than one live ticket."""
    sold = Ticket.objects.filter(show_id=show_id, cancelled_at=None)
    counts = Counter(sold.values_list("seat_number", flat=True))
    return sorted(number for number, count in counts.items() if count > 1)


def check_books(test: TestCase, show_id: int) -> None:
    """Assert that tickets, seat map, version and log of a show agree."""
    test.assertEqual(seats_sold_twice(show_id), [])
    current = seat_map.states(show_id)
    booked = [n for n, letter in enumerate(current.states, 1) if letter == State.BOOKED]
    sold = Ticket.objects.filter(show_id=show_id, cancelled_at=None)
    test.assertEqual(booked, sorted(sold.values_list("seat_number", flat=True)))
    log = SeatChange.objects.filter(show_id=show_id).order_by("version")
    test.assertEqual(
        list(log.values_list("version", flat=True)), list(range(1, current.version + 1))
    )
    test.assertEqual(replayed_states(show_id), current.states)
