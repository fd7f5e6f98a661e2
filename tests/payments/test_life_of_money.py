"""The money of a show is where its tickets are, whatever happens; and each fault would be found."""

import os
from random import Random

from django.test import TestCase, tag
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.chance import by_lot
from tests.payments.faults import FAULTS
from tests.payments.life_of_money import HAPPENING, LifeOfMoney

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "15"))
STEPS = 30
# So many lives are lived in search of a fault, at most; always the same ones. First come those in
# which some fault was found when this was written.
LIVES = 30
TELLING = (0, 1, 8, 11, 12, 27)


class LifeOfMoneyTests(TestCase):
    def setUp(self) -> None:
        LifeOfMoney.test = self

    def test_money_is_where_the_tickets_are(self) -> None:
        run_state_machine_as_test(
            LifeOfMoney,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None
            ),
        )

    @tag("once")
    def test_each_fault_is_found(self) -> None:
        for number in TELLING:  # as things are, nothing is wrong in these
            live(number)
        for name, fault in FAULTS.items():
            with self.subTest(name), fault(), self.assertRaises(AssertionError):
                for number in sorted(range(LIVES), key=lambda each: each not in TELLING):
                    live(number)


def live(number: int) -> None:
    """Live one life by lot, from beginning to end."""
    lot = Random(number)
    life = LifeOfMoney()
    try:
        life.begin(by_lot(lot))
        for _ in range(STEPS):
            life.happen(lot.choice(HAPPENING), by_lot(lot))
    finally:
        life.teardown()
