"""The books of a show, checked: what was sold, what the map says, what the log says."""

import json
from collections import Counter
from typing import Any
from unittest import TestCase

from django.db import connection

from booking import chain
from booking.models import SeatChange, SeatMap, State, Ticket
from booking.selectors import seat_map
from booking.selectors.audit import audit
from booking.selectors.seat_map import SeatStates


def sold_seats(show_id: int) -> list[int]:
    """Return the numbers of the seats of all live tickets, in order."""
    sold = Ticket.objects.filter(show_id=show_id, cancelled_at=None)
    return sorted(sold.values_list("seat_number", flat=True))


def sold_twice(seat_numbers: list[int]) -> list[int]:
    """Return which of the sold seats have more than one live ticket."""
    return [number for number, count in Counter(seat_numbers).items() if count > 1]


def replayed_states(log: list[SeatChange], capacity: int) -> str:
    """Return the states that replaying the whole log gives."""
    letters = [State.AVAILABLE.value] * capacity
    for entry in log:
        for seat_number, letter, *_ in entry.changes:
            letters[seat_number - 1] = letter
    return "".join(letters)


def map_of(show_id: int) -> tuple[int, str, dict[int, int]]:
    """Return the version of the show's seat map, its states, and until when seats are held."""
    current = seat_map.states(show_id)
    return current.version, current.states, current.held_until


def check_chain(test: TestCase, show_id: int) -> list[SeatChange]:
    """Assert that each entry has the digest that follows from the one before; return the log."""
    own = SeatMap.objects.get(pk=show_id)
    digest = own.genesis
    log = list(SeatChange.objects.filter(show_id=show_id).order_by("version"))
    for entry in log:
        digest = chain.link(digest, entry.version, entry.text)
        test.assertEqual(entry.digest, digest, entry)
    test.assertEqual(own.digest, digest)
    test.assertEqual(own.counted_version, own.version)
    return log


def check_books(test: TestCase, show_id: int) -> SeatStates:
    """Assert that the books of a show agree, also by an audit; return the seat map."""
    current = check_ledger(test, show_id)
    test.assertEqual(audit_lines(show_id), [])
    return current


def audit_lines(show_id: int) -> list[str]:
    """Return what the product's own audit finds wrong with a show."""
    report = audit(show_id)
    assert report is not None
    return list(report.lines)


def check_ledger(test: TestCase, show_id: int) -> SeatStates:
    """Assert that tickets, seat map, version and log of a show agree, and that it is chained.

    Return the seat map.
    """
    sold, current = sold_seats(show_id), seat_map.states(show_id)
    test.assertEqual(sold_twice(sold), [])
    booked = [n for n, letter in enumerate(current.states, 1) if letter == State.BOOKED]
    test.assertEqual(booked, sold)
    log = check_chain(test, show_id)
    test.assertEqual([entry.version for entry in log], list(range(1, current.version + 1)))
    test.assertEqual(replayed_states(log, current.capacity), current.states)
    return current


def rewrite_log(show_id: int, version: int, changes: list[Any]) -> None:
    """Alter an entry as a forger would: give it and all that follow digests that fit again."""
    digest = SeatChange.objects.get(show=show_id, version=version - 1).digest
    log = SeatChange.objects.filter(show=show_id, version__gte=version).order_by("version")
    with connection.cursor() as cursor:
        for entry in log:
            if entry.version == version:
                entry.changes = changes
            digest = chain.link(digest, entry.version, entry.text)
            cursor.execute(
                "UPDATE booking_seatchange SET changes = %s, digest = %s WHERE id = %s",
                [json.dumps(entry.changes), digest, entry.pk],
            )
        cursor.execute(
            "UPDATE booking_seatmap SET digest = %s WHERE show_id = %s", [digest, show_id]
        )
