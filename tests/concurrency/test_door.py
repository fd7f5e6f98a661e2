"""Two doors, and the same tickets at both."""

import os
import random
import threading
from collections import Counter
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.db import connection
from django.test import tag
from django.utils import timezone

from booking.errors import AlreadyAdmitted, TicketCancelled
from booking.models import Admission, Ticket
from booking.services import admission
from booking.services.admission import admit, undo_admission
from booking.services.amendments import cancel_booking
from booking.services.sales import book_seats
from foundation.errors import Refusal
from tests import factories
from tests.concurrency.hold_case import each_round
from tests.racing import PostgresTestCase, Racers, without_row_locks

DOORS = 2
SCANS = 3
AT_ONCE = 20
# DOOR_TICKETS=500 makes it an evening.
TICKETS = int(os.environ.get("DOOR_TICKETS", "60"))
A_BOOKING = 5
CONSTRAINT = "ticket_admitted_once"
PATIENCE_SECONDS = 60


@tag("race")
class TwoDoorsTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="\n".join(["S" * A_BOOKING] * (TICKETS // A_BOOKING)))
        self.staff = [factories.user() for _ in range(DOORS)]
        self.buyer = factories.user()

    def sell(self, *seat_numbers: int) -> list[Ticket]:
        booking = book_seats(
            show_id=self.show.pk,
            seat_numbers=seat_numbers,
            user=self.buyer,
            now=timezone.now(),
            at_counter=True,
        )
        factories.paid(booking)
        return list(Ticket.objects.filter(booking=booking).order_by("seat_number"))

    def scan(self, door: int, ticket: Ticket) -> str:
        by = self.staff[door]
        try:
            admit(show_id=self.show.pk, code=ticket.code, by=by, now=timezone.now())
        except Refusal as refusal:
            return refusal.code
        return "admitted"

    def evening(self, doors: Racers) -> Counter[str]:
        """Show every ticket several times at every door, in another order at each."""
        tickets: list[Ticket] = []
        for first in range(1, TICKETS + 1, A_BOOKING):
            tickets += self.sell(*range(first, first + A_BOOKING))
        queues = [tickets * SCANS for _ in range(DOORS)]
        for number, queue in enumerate(queues):
            random.Random(number).shuffle(queue)

        def work(door: int) -> Counter[str]:
            return Counter(self.scan(door, ticket) for ticket in queues[door])

        return sum(doors.race(work), Counter[str]())

    def test_each_ticket_lets_in_once_however_often_it_is_shown(self) -> None:
        with Racers(DOORS) as doors:
            seen = self.evening(doors)
        again = TICKETS * (SCANS * DOORS - 1)
        self.assertEqual(seen, {"admitted": TICKETS, "already_admitted": again})
        self.assertEqual(Admission.objects.count(), TICKETS)
        by = Counter(Admission.objects.values_list("admitted_by", flat=True))
        self.assertEqual(set(by), {user.pk for user in self.staff})

    def test_of_twenty_at_once_one_comes_in(self) -> None:
        [ticket] = self.sell(1)
        with Racers(AT_ONCE) as doors:
            seen = Counter(doors.race(lambda number: self.scan(number % DOORS, ticket)))
        self.assertEqual(seen, {"admitted": 1, "already_admitted": AT_ONCE - 1})

    def same_ticket(self, doors: Racers) -> Counter[str]:
        [ticket] = self.sell(1)
        outcomes = Counter(doors.race(lambda door: self.scan(door, ticket)))
        self.forget()
        return outcomes

    def forget(self) -> None:
        Admission.objects.all().delete()
        cancel_booking(
            booking_id=Ticket.objects.latest("booking__created_at").booking_id,
            user=None,
            now=timezone.now(),
        )

    def test_without_the_lock_the_constraint_still_refuses(self) -> None:
        with without_row_locks(), deciding_together(), Racers(DOORS) as doors:
            self.assertEqual(self.same_ticket(doors), {"admitted": 1, "already_admitted": 1})

    def test_without_lock_and_constraint_two_come_in(self) -> None:
        """Show that this race is real, and that the test above would see it lost."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {CONSTRAINT}")
        self.addCleanup(_restore_constraint)
        with without_row_locks(), deciding_together(), Racers(DOORS) as doors:
            self.assertEqual(self.same_ticket(doors), {"admitted": 2})

    def test_of_admitting_and_cancelling_one_wins(self) -> None:
        with Racers(DOORS) as doors:

            @each_round
            def _() -> None:
                [ticket] = self.sell(1)

                def act(number: int) -> str:
                    if number == 0:
                        return self.scan(0, ticket)
                    try:
                        cancel_booking(booking_id=ticket.booking_id, user=None, now=timezone.now())
                    except AlreadyAdmitted as refusal:
                        return refusal.code
                    return "cancelled"

                outcome = tuple(doors.race(act))
                self.assertIn(
                    outcome,
                    {("admitted", AlreadyAdmitted.code), (TicketCancelled.code, "cancelled")},
                )
                if outcome[0] == "admitted":
                    self.forget()

    def test_undoing_and_admitting_leave_one_in_or_none(self) -> None:
        [ticket] = self.sell(1)
        with Racers(DOORS) as doors:

            @each_round
            def _() -> None:
                now = timezone.now()
                first = admit(show_id=self.show.pk, code=ticket.code, by=self.staff[0], now=now)

                def act(number: int) -> str:
                    if number == 0:
                        return self.scan(0, ticket)
                    undo_admission(admission_id=first.pk, by=self.staff[1], now=timezone.now())
                    return "undone"

                again, _ = doors.race(act)
                left = Admission.objects.filter(undone_at=None).count()
                self.assertEqual((again, left), (again, int(again == "admitted")))
                self.assertIn(again, {"admitted", "already_admitted"})
                Admission.objects.all().delete()


def deciding_together() -> AbstractContextManager[Any]:
    """Let both doors decide to admit before either writes, as it may be without locks."""
    together = threading.Barrier(DOORS)

    decided = admission._refusal

    def decide(ticket: Ticket) -> Refusal | None:
        refusal = decided(ticket)
        if refusal is None:
            together.wait(PATIENCE_SECONDS)
        return refusal

    return mock.patch.object(admission, "_refusal", decide)


def _restore_constraint() -> None:
    Admission.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNIQUE INDEX {CONSTRAINT} ON booking_admission (ticket_id) "
            "WHERE undone_at IS NULL AND conflict = ''"
        )
