"""Groups that overlap: all or none, no deadlock, and the log tells what happened."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from unittest import mock

from django.test import tag
from django.utils import timezone

from booking.models import Ticket
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from foundation.db import transactions
from foundation.errors import Refusal
from tests import factories
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers

WORKERS = 20
SECONDS = 15
SEATS = 60
OUTCOMES = {"booked", "cancelled", "seat_taken", "show_full", "too_many_tickets"}


@dataclass
class Shift:
    """What one worker did: outcomes by name, and the seats asked for by booking."""

    outcomes: Counter[str] = field(default_factory=Counter)
    sold: dict[int, list[int]] = field(default_factory=dict)


@tag("race")
class GroupsTests(PostgresTestCase):
    def setUp(self) -> None:
        self.publish = self.enterContext(mock.patch("booking.events.publish"))
        self.retries = self.enterContext(mock.patch.object(transactions, "logger")).info
        self.show = factories.show(plan="S" * SEATS)
        self.users = [factories.user() for _ in range(WORKERS)]

    def test_overlapping_groups_are_sold_all_or_none_and_once(self) -> None:
        with Racers(WORKERS) as workers:
            shifts = workers.race(self.work)

        outcomes = sum((shift.outcomes for shift in shifts), Counter())
        self.assertLessEqual(set(outcomes), OUTCOMES)
        self.assertGreater(outcomes["booked"], SEATS)
        self.assertGreater(outcomes["seat_taken"], SEATS)
        for shift in shifts:
            for booking_id, group in shift.sold.items():
                tickets = Ticket.objects.filter(booking=booking_id).order_by("seat_number")
                self.assertEqual(list(tickets.values_list("seat_number", flat=True)), group)
        check_books(self, self.show.pk)
        self.assertEqual(
            sorted(call.kwargs["entry"].version for call in self.publish.call_args_list),
            list(range(1, seat_map.checkpoint(self.show.pk).version + 1)),
        )
        self.assertEqual([c for c in self.retries.call_args_list if "deadlock" in str(c)], [])

    def work(self, number: int) -> Shift:
        """Book random groups of 2 to 6 seats and cancel some, for SECONDS."""
        dice = random.Random(number)
        user = self.users[number]
        shift = Shift()
        mine: list[int] = []
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if mine and dice.random() < 0.45:
                cancel_booking(booking_id=mine.pop(), user=user, now=timezone.now())
                shift.outcomes["cancelled"] += 1
                continue
            group = dice.sample(range(1, SEATS + 1), dice.randint(2, 6))
            try:
                booking = book_seats(
                    show_id=self.show.pk, seat_numbers=group, user=user, now=timezone.now()
                )
            except Refusal as error:
                shift.outcomes[error.code] += 1
            else:
                shift.outcomes["booked"] += 1
                shift.sold[booking.pk] = sorted(group)
                mine.append(booking.pk)
        return shift
