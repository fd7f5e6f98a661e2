"""A rush: 250 people want the best two seats of a hall of 300, all at the same moment."""

from collections import Counter
from typing import Any
from unittest import mock

from booking.errors import SeatTaken, ShowFull
from booking.models import Hold
from booking.seating.claim import Best, refusal
from booking.services.holds import place_hold
from booking.services.sales import book_hold, book_seats
from tests import factories
from tests.concurrency.hold_case import DONE, HoldRaceTestCase
from tests.ledger import check_books
from tests.racing import Racers

PEOPLE, SEATS = 250, 300
# Pairs fill it without leaving a single seat.
ROW = "S" * 20


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

    def rush(self, people: int, seats: int) -> Counter[str]:
        """Let everybody hold the best two seats and book them, and return what became of them."""
        self.show_id = self.new_show("\n".join([ROW] * (seats // 20)))
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
        outcomes = self.rush(PEOPLE, SEATS)

        winners = SEATS // 2
        self.assertEqual(outcomes, {DONE: winners, "no_seats_together": PEOPLE - winners})
        self.assertEqual(self.states(self.show_id), "b" * SEATS)
        held = [number for hold in Hold.objects.all() for number in hold.seat_numbers]
        self.assertEqual(sorted(held), list(range(1, SEATS + 1)))
        self.assertEqual((self.lost_blocks, self.retries.call_count), (0, 0))

    def test_without_the_lock_of_the_choice_blocks_are_lost(self) -> None:
        """Show that the test above sees what the lock prevents."""
        with mock.patch("booking.services.selections.lock"):
            self.rush(50, 60)

        self.assertGreater(self.lost_blocks, 0)

    def test_bookings_by_number_meanwhile_cost_nobody_a_block(self) -> None:
        """They take seats of the block that somebody has chosen and not locked yet."""
        self.show_id = self.new_show("\n".join([ROW] * 6))
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
