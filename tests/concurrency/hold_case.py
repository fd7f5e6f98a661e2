"""Shows whose seats are wanted by several at once."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from django.test import tag
from django.utils import timezone

from booking.selectors import seat_map
from booking.services.holds import (
    place_hold,
)
from foundation.errors import Refusal
from tests import factories
from tests.racing import PostgresTestCase, Racers

ROUNDS = 10
DONE = "done"


def each_round(play: Callable[[], None]) -> None:
    """Play it ROUNDS times."""
    for _ in range(ROUNDS):
        play()


@tag("race")
class HoldRaceTestCase(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.enterContext(mock.patch("foundation.db.transactions.logger"))
        self.now = timezone.now()
        self.user = factories.user()

    def new_show(self, plan: str = "SSSS") -> int:
        return factories.show(plan=plan).pk

    def hold(self, show_id: int, *seat_numbers: int, client: str = "a", **changed: Any) -> str:
        arguments: dict[str, Any] = {"selection": seat_numbers, "user": None, "now": self.now}
        client = f"{show_id}:{client}"
        return place_hold(show_id=show_id, client=client, **(arguments | changed)).token

    def race(self, racers: Racers, *acts: Callable[[], Any]) -> list[str]:
        """Let each act be done at once, and return what became of each: done, or the refusal."""

        def act(number: int) -> str:
            try:
                acts[number]()
            except Refusal as refusal:
                return refusal.code
            return DONE

        return racers.race(act)

    def states(self, show_id: int) -> str:
        return seat_map.states(show_id).states
