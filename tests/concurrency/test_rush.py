"""A rush: 250 people want the best two seats of a hall, all at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from django.db import connection, connections, transaction

from booking.errors import NoSeatsTogether, SeatTaken, ShowFull
from booking.models import Hold, SeatChange
from booking.seating.claim import Best, refusal
from booking.services.board import locking_choice
from booking.services.holds import place_hold
from booking.services.sales import book_hold, book_seats
from foundation.db.statements import run
from tests import factories
from tests.concurrency.hold_case import DONE, HoldRaceTestCase
from tests.ledger import check_books
from tests.racing import LONGEST_SECONDS, Racers, somebody_waits
from tests.waiting import until

PEOPLE, SEATS = 250, 300
BIG_HALL = "\n".join(["S" * 100] * 50)
# Pairs fill it without leaving a single seat.
ROW = "S" * 20
QUEUE = 12
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def rows(count: int) -> str:
    return "\n".join([ROW] * count)


def waiting() -> int:
    """Return how many wait for a lock of the kind that a choice of the best seats takes."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        [count] = cursor.fetchone()
    return int(count)


class RushTests(HoldRaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.retries = self.enterContext(mock.patch("foundation.db.transactions.logger")).info
        self.lost_blocks = 0

        def counting(*args: Any) -> Any:
            refused = refusal(*args)
            self.lost_blocks += isinstance(refused, SeatTaken | ShowFull)
            return refused

        self.enterContext(mock.patch("booking.services.selections.refusal", counting))

    def rush(self, people: int, plan: str) -> Counter[str]:
        """Let everybody hold the best two seats and book them, and return what became of them."""
        self.show_id = self.new_show(plan)
        users = [factories.user() for _ in range(people)]

        def hold_and_book(number: int) -> None:
            user = users[number]
            placed = place_hold(
                show_id=self.show_id,
                selection=Best(2),
                client=f"user:{user.pk}",
                user=user,
                now=self.now,
            )
            book_hold(show_id=self.show_id, token=placed.token, user=user, now=self.now)

        with Racers(people) as racers:
            outcomes = self.race(
                racers, *(lambda number=number: hold_and_book(number) for number in range(people))
            )
        check_books(self, self.show_id)
        return Counter(outcomes)

    def test_each_gets_a_block_until_the_hall_is_sold(self) -> None:
        outcomes = self.rush(PEOPLE, rows(SEATS // 20))

        winners = SEATS // 2
        self.assertEqual(outcomes, {DONE: winners, "no_seats_together": PEOPLE - winners})
        self.assertEqual(self.states(self.show_id), "b" * SEATS)
        held = [number for hold in Hold.objects.all() for number in hold.seat_numbers]
        self.assertEqual(sorted(held), list(range(1, SEATS + 1)))
        self.assertEqual((self.lost_blocks, self.retries.call_count), (0, 0))

    def test_in_a_hall_of_5000_everybody_gets_a_block(self) -> None:
        outcomes = self.rush(60, BIG_HALL)

        self.assertEqual(outcomes, {DONE: 60})
        self.assertEqual(self.states(self.show_id).count("b"), 120)
        self.assertEqual((self.lost_blocks, self.retries.call_count), (0, 0))

    def test_without_the_lock_of_the_choice_blocks_are_lost(self) -> None:
        """Show that the test above sees what the lock prevents."""
        with mock.patch("booking.services.board.locking_name", return_value=[]):
            self.rush(50, rows(3))

        self.assertGreater(self.lost_blocks, 0)

    def test_bookings_by_number_meanwhile_cost_nobody_a_block(self) -> None:
        """They take seats of the block that somebody has chosen and not locked yet."""
        self.show_id = self.new_show(rows(6))
        users = [factories.user() for _ in range(30)]

        def book_or_hold(number: int) -> None:
            user = users[number]
            if number % 2:
                seats = [60 + number, 61 + number]
                book_seats(show_id=self.show_id, seat_numbers=seats, user=user, now=self.now)
                return
            client = f"user:{user.pk}"
            place_hold(
                show_id=self.show_id, selection=Best(2), client=client, user=user, now=self.now
            )

        with Racers(30) as racers:
            outcomes = self.race(
                racers, *(lambda number=number: book_or_hold(number) for number in range(30))
            )

        self.assertEqual(outcomes[::2], [DONE] * 15)
        self.assertLessEqual(set(outcomes[1::2]), {DONE, "seat_taken"})
        check_books(self, self.show_id)


class QueueTests(HoldRaceTestCase):
    """Somebody chooses the best seats of a show, and takes a while over it."""

    def setUp(self) -> None:
        super().setUp()
        self.show_id = self.new_show(rows(2))

    def choose(self) -> None:
        """Lock the choice, in a transaction that is under way."""
        run(*locking_choice(self.show_id, 0, self.now))

    def elsewhere(self, pool: ThreadPoolExecutor, act: Callable[[], Any]) -> Any:
        """Return what comes of it on another connection, which waits for a lock for a second."""

        def on_own_connection() -> Any:
            try:
                return act()
            finally:
                connections.close_all()

        return pool.submit(on_own_connection)

    def test_who_comes_first_is_served_first(self) -> None:
        chosen = threading.Event()

        def come(number: int) -> None:
            if number == 0:
                with transaction.atomic():
                    self.choose()
                    chosen.set()
                    until(lambda: waiting() == QUEUE, LONGEST_SECONDS)
                return
            chosen.wait(LONGEST_SECONDS)
            until(lambda: waiting() == number - 1, LONGEST_SECONDS)
            self.hold(self.show_id, selection=Best(2), client=f"person {number}")

        with Racers(QUEUE + 1) as racers:
            racers.race(come)

        blocks = [
            [number for number, *_ in entry.changes]
            for entry in SeatChange.objects.filter(show=self.show_id).order_by("version")
        ]
        came = [
            Hold.objects.get(client=f"{self.show_id}:person {number}").seat_numbers
            for number in range(1, QUEUE + 1)
        ]
        self.assertEqual(blocks, came)

    def test_seats_by_number_wait_for_nobodys_choice(self) -> None:
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            self.choose()
            for act in (
                lambda: self.hold(self.show_id, 1),
                lambda: book_seats(
                    show_id=self.show_id, seat_numbers=[2], user=self.user, now=self.now
                ),
            ):
                self.assertTrue(self.elsewhere(pool, act).result())

    def test_the_best_wait(self) -> None:
        """Show that the test above sees somebody who waits."""
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                self.choose()
                act = self.elsewhere(pool, lambda: self.hold(self.show_id, selection=Best(2)))
                until(somebody_waits, LONGEST_SECONDS)
                self.assertFalse(act.done())
            self.assertTrue(act.result())

    def test_where_too_few_are_left_nobody_queues(self) -> None:
        show_id = self.show_id = self.new_show("SSS")
        self.hold(show_id, 1, 2)
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            self.choose()
            act = self.elsewhere(pool, lambda: self.hold(show_id, selection=Best(2), client="b"))
            with self.assertRaises(NoSeatsTogether):
                act.result()
