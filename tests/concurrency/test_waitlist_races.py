"""Who waits on the waitlist against who comes anew, on real commits."""

import threading
from typing import Any
from unittest import mock

from django.db import DatabaseError, transaction

from booking.models import Hold, ShowSeat, WaitlistEntry
from booking.rules import HOLD_TIME, SEATS_AWAITED
from booking.services.holds import release_hold
from booking.services.offers import expire_holds
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.concurrency.hold_case import DONE, ROUNDS, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import LONGEST_SECONDS, Racers, somebody_waits, without_row_locks
from tests.waiting import until


class WaitlistRaceTests(HoldRaceTestCase):
    def test_next_on_the_waitlist_against_a_new_hold(self) -> None:
        with Racers(5) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                token = self.hold(show_id, 1)
                join_waitlist(show_id=show_id, seat_number=1, user=self.user, now=self.now)

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
                self.assertIsNotNone(WaitlistEntry.objects.latest("pk").offered_at)
                check_books(self, show_id)

    def overtake(self, racers: Racers) -> Any:
        """Let four want a seat whose hold has just expired unswept, and return who has it then."""
        show_id = self.new_show()
        self.hold(show_id, 1)
        join_waitlist(show_id=show_id, seat_number=1, user=self.user, now=self.now)
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

    def test_next_on_the_waitlist_against_new_holds_after_an_expiry(self) -> None:
        with Racers(5) as racers:
            winners = [self.overtake(racers) for _ in range(ROUNDS)]

        self.assertEqual(winners, [self.user] * ROUNDS)

    def test_without_the_look_at_the_waitlist_a_new_hold_overtakes_it(self) -> None:
        """Show that the race above sees what the look at the waitlist prevents."""
        self.enterContext(mock.patch("booking.services.board.Board.awaited", frozenset()))
        with Racers(5) as racers:
            winners = {self.overtake(racers) for _ in range(5 * ROUNDS)}

        self.assertIn(None, winners)

    def wait_for_eight_seats_at_once(self, racers: Racers) -> int:
        """Let one user wait for eight seats at the same moment, and return how many they got."""
        show_id = self.new_show("S" * 8)
        self.hold(show_id, *range(1, 9))
        outcomes = self.race(
            racers,
            *(
                lambda n=n: join_waitlist(
                    show_id=show_id, seat_number=n, user=self.user, now=self.now
                )
                for n in range(1, 9)
            ),
        )
        return outcomes.count(DONE)

    def test_places_of_one_user_stay_bounded(self) -> None:
        with Racers(8) as racers:
            places = [self.wait_for_eight_seats_at_once(racers) for _ in range(ROUNDS)]

        self.assertEqual(places, [SEATS_AWAITED] * ROUNDS)

    def test_without_the_lock_of_the_user_they_would_not(self) -> None:
        """Show that the test above sees what the lock prevents."""
        self.enterContext(mock.patch("booking.services.waitlist.lock"))
        with Racers(8) as racers:
            places = [self.wait_for_eight_seats_at_once(racers) for _ in range(5 * ROUNDS)]

        self.assertGreater(max(places), SEATS_AWAITED)

    def release_while_the_first_is_deleted(self) -> None:
        """Let go of a seat for which two wait, when the first of them is about to be gone."""
        show_id, first = self.new_show(), factories.user()
        token = self.hold(show_id, 1)
        for user in (first, self.user):
            join_waitlist(show_id=show_id, seat_number=1, user=user, now=self.now)
        nearly_gone = threading.Event()

        def delete() -> None:
            with transaction.atomic():
                first.delete()
                nearly_gone.set()
                until(somebody_waits)

        def release() -> None:
            nearly_gone.wait(LONGEST_SECONDS)
            release_hold(token=token, user=None, now=self.now)

        with Racers(2) as racers:
            self.race(racers, delete, release)

    def test_offer_of_somebody_who_is_being_deleted_goes_to_the_next(self) -> None:
        self.release_while_the_first_is_deleted()

        self.assertEqual(Hold.objects.get(is_offer=True).user, self.user)

    def test_without_the_lock_the_release_would_fail(self) -> None:
        """Show that the test above sees what the lock of the waitlist prevents."""
        with without_row_locks(), self.assertRaises(DatabaseError):
            self.release_while_the_first_is_deleted()
