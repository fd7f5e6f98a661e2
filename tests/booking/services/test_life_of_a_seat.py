"""A show's seats against a model of them, in every order of steps that Hypothesis thinks of."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import TestCase
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from booking.rules import GRACE, HOLD_TIME, LONGEST_HOLD_TIME
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats, unblock_seats
from booking.services.earlier_maps import earlier_map
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.offers import expire_holds
from booking.services.sales import book_hold, book_seats
from foundation.errors import Refusal
from tests import factories
from tests.ledger import check_books, check_ledger

SEATS = 6
EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "15"))
STEPS = 50

choices = st.lists(st.integers(1, SEATS), min_size=1, max_size=3, unique=True)
picks = st.integers(0, 1000)


@dataclass
class ModelHold:
    token: str
    seats: set[int]
    created_at: datetime
    expires_at: datetime
    ended: bool = False


@dataclass
class ModelBooking:
    pk: int
    seats: set[int]


@dataclass
class Model:
    """What should be true: who has which seat."""

    now: datetime = datetime(2030, 5, 1, 12, tzinfo=UTC)
    holder: dict[int, ModelHold] = field(default_factory=dict)
    booked: dict[int, ModelBooking] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    holds: list[ModelHold] = field(default_factory=list)
    bookings: list[ModelBooking] = field(default_factory=list)
    version: int = 0

    @property
    def states(self) -> str:
        return "".join(self.letter(number) for number in range(1, SEATS + 1))

    def letter(self, number: int) -> str:
        if number in self.blocked:
            return "x"
        if number in self.booked:
            return "b"
        return "h" if number in self.holder else "a"

    def is_free(self, number: int, hold: ModelHold | None = None) -> bool:
        holder = self.holder.get(number)
        if holder is not None:
            return holder is hold or holder.expires_at <= self.now
        return self.letter(number) == "a"

    def all_free(self, seats: list[int] | set[int], hold: ModelHold | None = None) -> bool:
        return all(self.is_free(number, hold) for number in seats)

    def let_go(self, hold: ModelHold) -> set[int]:
        own = {number for number, holder in self.holder.items() if holder is hold}
        for number in own:
            del self.holder[number]
        return own

    def sell(self, booking: ModelBooking, seats: list[int] | set[int]) -> None:
        for number in seats:
            self.holder.pop(number, None)
            self.booked[number] = booking
        booking.seats |= set(seats)

    def take_back(self, booking: ModelBooking, seats: list[int] | set[int]) -> None:
        for number in list(seats):
            del self.booked[number]
            booking.seats.discard(number)


class LifeOfASeat(RuleBasedStateMachine):
    test: TestCase

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.user = factories.user()
        self.show = factories.show(plan="S" * SEATS, starts_at=self.model.now + timedelta(days=30))
        self.clients = 0

    def attempt(self, allowed: bool, operation: Any, **arguments: Any) -> Any:
        """Do it where the model allows it, and be refused by name where it does not."""
        if "show_id" not in arguments and operation in (book_seats, book_hold):
            arguments["show_id"] = self.show.pk
        if allowed:
            return operation(now=self.model.now, **arguments)
        with self.test.assertRaises(Refusal):
            operation(now=self.model.now, **arguments)
        return None

    @rule(seats=choices)
    def place_hold(self, seats: list[int]) -> None:
        self.clients += 1
        placed = self.attempt(
            self.model.all_free(seats),
            place_hold,
            show_id=self.show.pk,
            selection=seats,
            client=f"address:{self.show.pk}.{self.clients}",
            user=None,
        )
        if placed:
            now = self.model.now
            hold = ModelHold(placed.token, set(seats), now, now + HOLD_TIME)
            self.model.holds.append(hold)
            self.model.holder |= dict.fromkeys(seats, hold)
            self.model.version += 1

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks, seats=choices)
    def change_hold(self, pick: int, seats: list[int]) -> None:
        model, hold = self.model, self.model.holds[pick % len(self.model.holds)]
        allowed = (
            not hold.ended
            and model.now < hold.expires_at + GRACE
            and model.now < hold.created_at + LONGEST_HOLD_TIME
            and model.all_free(seats, hold)
        )
        if self.attempt(allowed, change_hold, token=hold.token, selection=seats, user=None):
            model.let_go(hold)
            hold.expires_at = min(model.now + HOLD_TIME, hold.created_at + LONGEST_HOLD_TIME)
            hold.seats = set(seats)
            model.holder |= dict.fromkeys(seats, hold)
            model.version += 1

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks)
    def release_hold(self, pick: int) -> None:
        hold = self.model.holds[pick % len(self.model.holds)]
        if self.attempt(not hold.ended, release_hold, token=hold.token, user=None):
            hold.ended = True
            self.model.version += bool(self.model.let_go(hold))

    @rule()
    def expire_holds(self) -> None:
        expired = sorted(
            number
            for number, hold in self.model.holder.items()
            if hold.expires_at <= self.model.now
        )
        freed = expire_holds(show_id=self.show.pk, now=self.model.now)
        self.test.assertEqual(freed, expired)
        for number in expired:
            del self.model.holder[number]
        self.model.version += bool(expired)

    @precondition(lambda self: self.model.holds)
    @rule(pick=picks)
    def book_hold(self, pick: int) -> None:
        model, hold = self.model, self.model.holds[pick % len(self.model.holds)]
        allowed = (
            not hold.ended
            and model.now < hold.expires_at + GRACE
            and model.all_free(hold.seats, hold)
        )
        booking = self.attempt(allowed, book_hold, token=hold.token, user=self.user)
        if booking:
            hold.ended = True
            self.sold(booking.pk, hold.seats)

    @rule(seats=choices)
    def book_seats(self, seats: list[int]) -> None:
        booking = self.attempt(
            self.model.all_free(seats), book_seats, seat_numbers=seats, user=self.user
        )
        if booking:
            self.sold(booking.pk, seats)

    def sold(self, pk: int, seats: list[int] | set[int]) -> None:
        booking = ModelBooking(pk, set())
        self.model.bookings.append(booking)
        self.model.sell(booking, seats)
        self.model.version += 1

    @precondition(lambda self: self.model.bookings)
    @rule(pick=picks)
    def cancel_booking(self, pick: int) -> None:
        booking = self.model.bookings[pick % len(self.model.bookings)]
        if self.attempt(bool(booking.seats), cancel_booking, booking_id=booking.pk, user=self.user):
            self.model.take_back(booking, booking.seats)
            self.model.version += 1

    @precondition(lambda self: self.model.bookings)
    @rule(pick=picks, seats=choices)
    def cancel_tickets(self, pick: int, seats: list[int]) -> None:
        booking = self.model.bookings[pick % len(self.model.bookings)]
        if self.attempt(
            set(seats) <= booking.seats,
            cancel_booking,
            booking_id=booking.pk,
            seat_numbers=seats,
            user=self.user,
        ):
            self.model.take_back(booking, seats)
            self.model.version += 1

    @precondition(lambda self: self.model.bookings)
    @rule(pick=picks, give=choices, take=choices)
    def exchange_seats(self, pick: int, give: list[int], take: list[int]) -> None:
        booking = self.model.bookings[pick % len(self.model.bookings)]
        allowed = (
            len(give) == len(take) and set(give) <= booking.seats and self.model.all_free(take)
        )
        if self.attempt(
            allowed, exchange_seats, booking_id=booking.pk, give=give, take=take, user=self.user
        ):
            self.model.take_back(booking, give)
            self.model.sell(booking, take)
            self.model.version += 1

    @rule(seats=choices)
    def block_seats(self, seats: list[int]) -> None:
        allowed = self.model.all_free(seats)
        self.attempt(
            allowed,
            block_seats,
            show_id=self.show.pk,
            seat_numbers=seats,
            reason="cleaning",
            staff=self.user,
        )
        if allowed:
            for number in seats:
                self.model.holder.pop(number, None)
            self.model.blocked |= set(seats)
            self.model.version += 1

    @rule(seats=choices)
    def unblock_seats(self, seats: list[int]) -> None:
        allowed = set(seats) <= self.model.blocked
        self.attempt(
            allowed, unblock_seats, show_id=self.show.pk, seat_numbers=seats, staff=self.user
        )
        if allowed:
            self.model.blocked -= set(seats)
            self.model.version += 1

    @rule(seconds=st.sampled_from([1, 60, 119, 120, 299, 480, 1200]))
    def wait(self, seconds: int) -> None:
        self.model.now += timedelta(seconds=seconds)

    @invariant()
    def model_and_database_agree(self) -> None:
        current = check_ledger(self.test, self.show.pk)
        self.test.assertEqual(
            (current.version, current.states), (self.model.version, self.model.states)
        )
        self.test.assertEqual(
            current.held_until,
            {
                number: int(hold.expires_at.timestamp() * 1000)
                for number, hold in self.model.holder.items()
            },
        )
        free = seat_map.free(self.model.now).filter(show=self.show).count()
        self.test.assertEqual(
            free, sum(self.model.is_free(number) for number in range(1, SEATS + 1))
        )
        self.test.assertEqual(earlier_map(show_id=self.show.pk, at=current.version), current)

    def teardown(self) -> None:
        """Audit what this life has come to."""
        check_books(self.test, self.show.pk)


class LifeOfASeatTests(TestCase):
    def test_seats_do_what_the_model_says(self) -> None:
        LifeOfASeat.test = self
        run_state_machine_as_test(
            LifeOfASeat,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None
            ),
        )
