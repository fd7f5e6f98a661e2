"""What one client may have of a show, asked for many times at once."""

from unittest import mock

from booking.rules import TICKETS_OF_ACCOUNT
from booking.services.sales import book_hold, book_seats
from tests.concurrency.hold_case import DONE, ROUNDS, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers

REFUSED = "too_many_tickets"


class TicketRaceTests(HoldRaceTestCase):
    """Twelve requests of one account want three seats each, every other one those of a hold."""

    def sold_at_once(self, racers: Racers) -> list[str]:
        """Let all twelve book at the same moment, and return what became of each."""
        show_id = self.new_show("S" * 36)
        groups = [range(first, first + 3) for first in range(1, 37, 3)]
        tokens = [self.hold(show_id, *group, client=str(group)) for group in groups[::2]]
        outcomes = self.race(
            racers,
            *(
                lambda token=token: book_hold(
                    show_id=show_id, token=token, user=self.user, now=self.now
                )
                for token in tokens
            ),
            *(
                lambda group=group: book_seats(
                    show_id=show_id, seat_numbers=group, user=self.user, now=self.now
                )
                for group in groups[1::2]
            ),
        )
        check_books(self, show_id)
        return sorted(outcomes)

    def test_tickets_of_an_account_stay_bounded(self) -> None:
        with Racers(12) as racers:

            @each_round
            def _() -> None:
                sold = TICKETS_OF_ACCOUNT // 3
                self.assertEqual(self.sold_at_once(racers), [DONE] * sold + [REFUSED] * (12 - sold))

    def test_without_the_lock_of_the_account_they_would_not(self) -> None:
        """Show that the test above sees what the lock prevents."""
        self.enterContext(mock.patch("booking.services.bounds.locking_name", return_value=[]))
        with Racers(12) as racers:
            sold = [self.sold_at_once(racers).count(DONE) for _ in range(2 * ROUNDS)]

        self.assertGreater(max(sold), TICKETS_OF_ACCOUNT // 3)
