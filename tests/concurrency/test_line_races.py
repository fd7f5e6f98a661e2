"""Who waits in line against who comes anew, on real commits."""

from typing import Any
from unittest import mock

from booking.models import Hold, PlaceInLine, ShowSeat
from booking.services.holds import HOLD_TIME, release_hold
from booking.services.line import join_line
from booking.services.turns import expire_holds
from tests.concurrency.hold_case import DONE, ROUNDS, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers


class LineRaceTests(HoldRaceTestCase):
    def test_next_in_line_against_a_new_hold(self) -> None:
        with Racers(5) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                token = self.hold(show_id, 1)
                join_line(show_id=show_id, seat_number=1, user=self.user, now=self.now)

                outcomes = self.race(
                    racers,
                    lambda: release_hold(token=token, user=None, now=self.now),
                    *(
                        lambda client=client: self.hold(show_id, 1, client=client)
                        for client in "bcde"
                    ),
                )

                self.assertEqual(outcomes, [DONE, *["seat_taken"] * 4])
                self.assertEqual(Hold.objects.latest("pk").user, self.user)
                self.assertIsNotNone(PlaceInLine.objects.latest("pk").turn_at)
                check_books(self, show_id)

    def overtake(self, racers: Racers) -> Any:
        """Let four want a seat whose hold has just expired unswept, and return who has it then."""
        show_id = self.new_show()
        self.hold(show_id, 1)
        join_line(show_id=show_id, seat_number=1, user=self.user, now=self.now)
        later = self.now + HOLD_TIME

        self.race(
            racers,
            lambda: expire_holds(show_id=show_id, now=later),
            *(
                lambda client=client: self.hold(show_id, 1, client=client, now=later)
                for client in "bcde"
            ),
        )

        check_books(self, show_id)
        seat = ShowSeat.objects.select_related("hold").get(show=show_id, seat_number=1)
        return seat.hold and seat.hold.user

    def test_next_in_line_against_new_holds_after_an_expiry(self) -> None:
        with Racers(5) as racers:
            winners = [self.overtake(racers) for _ in range(ROUNDS)]

        self.assertEqual(winners, [self.user] * ROUNDS)

    def test_without_the_look_at_the_line_a_new_hold_overtakes_it(self) -> None:
        """Show that the race above sees what the look at the line prevents."""
        self.enterContext(mock.patch("booking.services.choices.awaited", lambda *_: frozenset()))
        with Racers(5) as racers:
            winners = {self.overtake(racers) for _ in range(5 * ROUNDS)}

        self.assertIn(None, winners)
