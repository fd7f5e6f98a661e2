"""Twenty clients at a hundred seats: whatever they see, some legal order must explain."""

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest import mock

from django.db import connection
from django.test import SimpleTestCase, tag
from django.utils import timezone

from booking.services.amendments import cancel_booking
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_hold, book_seats
from foundation.errors import Refusal
from tests import factories
from tests.histories import Operation, Outcome, is_legal, unexplained_seats
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers, without_row_locks

CLIENTS = 20
SEATS = 100
OPERATIONS = 5_000
OPERATIONS_TO_FIND_A_BUG = 1_000
# Most requests are for a few seats: that is where clients meet.
HOT_SEATS = 8
LOST_ANSWERS = 0.02
FAIL_AT_COMMIT = """
CREATE FUNCTION fail_sometimes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF random() < 0.03 THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER fail_sometimes AFTER INSERT ON booking_seatchange
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_sometimes()
"""


class Client:
    """Holds, releases, books and cancels seat by seat, and writes down what it saw."""

    def __init__(self, number: int, show_id: int, user: Any) -> None:
        self.number = number
        self.show_id = show_id
        self.user = user
        self.dice = random.Random(number)
        self.history: list[Operation] = []
        self.tokens: dict[int, str] = {}
        self.booked: dict[int, int] = {}

    def act(self) -> None:
        if self.booked and self.dice.random() < 0.5:
            seat, booking_id = self.booked.popitem()
            self.do("cancel", seat, cancel_booking, booking_id=booking_id, user=self.user)
        elif self.tokens and self.dice.random() < 0.7:
            self.use_token(*self.tokens.popitem())
        else:
            hot = self.dice.random() < 0.7
            seat = self.dice.randint(1, HOT_SEATS if hot else SEATS)
            if seat not in self.booked and seat not in self.tokens:
                self.take(seat)

    def take(self, seat: int) -> None:
        if self.dice.random() < 0.3:
            booking = self.do(
                "book", seat, book_seats, show_id=self.show_id, seat_numbers=[seat], user=self.user
            )
            if booking:
                self.booked[seat] = booking.pk
            return
        token = f"{self.number}-{len(self.history)}-{self.dice.random()}"
        placed = self.do(
            "hold",
            seat,
            place_hold,
            show_id=self.show_id,
            selection=[seat],
            client=token,
            user=None,
            token=token,
            may_lose_answer=True,
        )
        if placed or self.history[-1].outcome is Outcome.UNKNOWN:
            self.tokens[seat] = token

    def use_token(self, seat: int, token: str) -> None:
        if self.dice.random() < 0.5:
            self.do("release", seat, release_hold, token=token, user=None)
            return
        booking = self.do(
            "book hold", seat, book_hold, show_id=self.show_id, token=token, user=self.user
        )
        if booking:
            self.booked[seat] = booking.pk

    def do(
        self,
        kind: str,
        seat: int,
        operation: Callable[..., Any],
        *,
        may_lose_answer: bool = False,
        **arguments: Any,
    ) -> Any:
        """Call a service and note when it was called, when it answered, and what."""
        invoked = time.perf_counter_ns()
        answer = None
        with suppress(Refusal):
            answer = operation(now=timezone.now(), **arguments)
        responded = time.perf_counter_ns()
        outcome = Outcome.FAIL if answer is None else Outcome.OK
        if may_lose_answer and self.dice.random() < LOST_ANSWERS:
            outcome, answer = Outcome.UNKNOWN, None
        self.history.append(Operation(self.number, seat, kind, invoked, responded, outcome))
        return answer


@tag("race")
class HistoriesTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="S" * SEATS)
        self.clients = [Client(number, self.show.pk, factories.user()) for number in range(CLIENTS)]

    def run_clients(self, operations: int) -> list[Operation]:
        def work(number: int) -> None:
            client = self.clients[number]
            while len(client.history) < operations // CLIENTS:
                client.act()

        with Racers(CLIENTS) as racers:
            racers.race(work)
        return [operation for client in self.clients for operation in client.history]

    def test_every_history_has_a_legal_order(self) -> None:
        retries = self.inject_failures()

        history = self.run_clients(OPERATIONS)

        self.assertGreaterEqual(len(history), OPERATIONS)
        self.assertEqual(unexplained_seats(history), [])
        check_books(self, self.show.pk)
        seen = Counter((operation.kind, operation.outcome) for operation in history)
        self.assertGreater(min(seen[kind, Outcome.OK] for kind in ("book", "cancel", "hold")), 100)
        self.assertGreater(seen["hold", Outcome.FAIL], 100)
        self.assertGreater(seen["hold", Outcome.UNKNOWN], 10)
        self.assertGreater(retries.call_count, 30)

    def test_a_missing_lock_is_found(self) -> None:
        """Show that the search sees what the locks prevent."""
        with without_row_locks():
            history = self.run_clients(OPERATIONS_TO_FIND_A_BUG)

        self.assertNotEqual(unexplained_seats(history), [])

    def inject_failures(self) -> mock.Mock:
        """Let some transactions fail when they commit, as lost locks do, and so be redone."""
        with connection.cursor() as cursor:
            cursor.execute(FAIL_AT_COMMIT)
        self.addCleanup(_fail_no_more)
        logger = self.enterContext(mock.patch("foundation.db.transactions.logger"))
        return logger.info


def _fail_no_more() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION fail_sometimes CASCADE")


class IsLegalTests(SimpleTestCase):
    """The search itself, on histories small enough to judge by eye."""

    def history(self, *rows: tuple[int, str, int, int, Outcome]) -> list[Operation]:
        return [
            Operation(client, 1, kind, invoked, responded, outcome)
            for client, kind, invoked, responded, outcome in rows
        ]

    def test_one_winner_at_a_time_is_legal(self) -> None:
        self.assertTrue(
            is_legal(
                self.history(
                    (1, "hold", 0, 9, Outcome.OK),
                    (2, "hold", 1, 3, Outcome.FAIL),
                    (1, "release", 10, 12, Outcome.OK),
                    (2, "book", 11, 14, Outcome.OK),
                )
            )
        )

    def test_two_winners_are_not(self) -> None:
        self.assertFalse(
            is_legal(self.history((1, "hold", 0, 9, Outcome.OK), (2, "hold", 1, 3, Outcome.OK)))
        )

    def test_a_refusal_without_a_winner_is_not(self) -> None:
        self.assertFalse(is_legal(self.history((1, "hold", 0, 9, Outcome.FAIL))))

    def test_an_effect_before_its_invocation_is_not(self) -> None:
        self.assertFalse(
            is_legal(self.history((1, "hold", 0, 1, Outcome.FAIL), (2, "hold", 2, 3, Outcome.OK)))
        )

    def test_a_lost_answer_may_have_happened_or_not(self) -> None:
        for outcome in (Outcome.OK, Outcome.FAIL):
            with self.subTest(outcome=outcome):
                self.assertTrue(
                    is_legal(
                        self.history((1, "hold", 0, 1, Outcome.UNKNOWN), (2, "hold", 2, 3, outcome))
                    )
                )
