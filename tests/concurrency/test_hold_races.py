"""The races of a seat's life, again and again on real commits: whoever wins, the books agree."""

from collections import Counter
from datetime import timedelta
from typing import Any

from booking.models import Booking
from booking.rules import HOLD_TIME
from booking.seating.claim import Best
from booking.services.amendments import exchange_seats
from booking.services.holds import change_hold, release_hold
from booking.services.offers import expire_holds
from booking.services.sales import book_hold, book_seats
from foundation.errors import Refusal
from foundation.idempotency.models import StoredAnswer
from foundation.idempotency.services import Sending, idempotent
from tests import factories
from tests.concurrency.hold_case import DONE, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers


class HoldRaceTests(HoldRaceTestCase):
    def test_expiry_against_booking(self) -> None:
        later = self.now + HOLD_TIME
        with Racers(3) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                token = self.hold(show_id, 1, 2)

                outcomes = self.race(
                    racers,
                    lambda: expire_holds(show_id=show_id, now=later),
                    lambda: book_hold(show_id=show_id, token=token, user=self.user, now=later),
                    lambda: expire_holds(show_id=show_id, now=later),
                )

                self.assertEqual(outcomes, [DONE] * 3)
                self.assertEqual(self.states(show_id), "bbaa")
                check_books(self, show_id)

    def test_release_against_take_over(self) -> None:
        later = self.now + HOLD_TIME
        seen: Counter[str] = Counter()
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                token = self.hold(show_id, 1, 2)

                outcomes = self.race(
                    racers,
                    lambda: release_hold(token=token, user=None, now=later),
                    lambda: self.hold(show_id, 2, 3, client="b", now=later),
                )

                self.assertEqual(outcomes, [DONE, DONE])
                seen[self.states(show_id)] += 1
                check_books(self, show_id)

        self.assertEqual(set(seen), {"ahha"})

    def test_two_selections_for_the_last_best_block(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show("SSS")

                outcomes = self.race(
                    racers,
                    lambda: self.hold(show_id, selection=Best(2)),
                    lambda: self.hold(show_id, selection=Best(2), client="b"),
                )

                self.assertEqual(sorted(outcomes), [DONE, "no_seats_together"])
                check_books(self, show_id)

    def test_selections_for_best_blocks_get_different_ones(self) -> None:
        with Racers(6) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show("SSSS\nSSSS\nSSSS")

                outcomes = self.race(
                    racers,
                    *(
                        lambda client=client: self.hold(show_id, selection=Best(2), client=client)
                        for client in "abcdef"
                    ),
                )

                self.assertEqual(outcomes, [DONE] * 6)
                self.assertEqual(self.states(show_id), "h" * 12)
                check_books(self, show_id)

    def test_fifty_sends_of_one_key_make_one_booking(self) -> None:
        show_id = self.new_show()

        def send(_: int) -> dict[str, Any]:
            return idempotent(
                Sending("user:1", "key", "body"),
                perform=lambda: book_seats(
                    show_id=show_id, seat_numbers=[1], user=self.user, now=self.now
                ),
                answer=lambda booking: {"reference": booking.reference},
                now=self.now,
            ).answer

        with Racers(50) as racers:
            answers = racers.race(send)

        reference = Booking.objects.get().reference
        self.assertEqual(answers, [{"reference": reference}] * 50)
        self.assertEqual(StoredAnswer.objects.count(), 1)
        check_books(self, show_id)

    def test_exchange_against_exchange(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                bookings = [
                    book_seats(show_id=show_id, seat_numbers=[n], user=self.user, now=self.now)
                    for n in (1, 2)
                ]

                def exchange(booking: Booking, give: int, take: int) -> None:
                    exchange_seats(
                        booking_id=booking.pk,
                        give=[give],
                        take=[take],
                        user=self.user,
                        now=self.now,
                    )

                outcomes = self.race(
                    racers,
                    lambda: exchange(bookings[0], 1, 2),
                    lambda: exchange(bookings[1], 2, 1),
                )

                self.assertEqual(outcomes, ["seat_taken", "seat_taken"])
                self.assertEqual(self.states(show_id), "bbaa")
                check_books(self, show_id)

    def test_two_exchanges_for_the_same_free_seat(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                bookings = [
                    book_seats(show_id=show_id, seat_numbers=[n], user=self.user, now=self.now)
                    for n in (1, 2)
                ]
                outcomes = self.race(
                    racers,
                    *(
                        lambda booking=booking, give=give: exchange_seats(
                            booking_id=booking.pk,
                            give=[give],
                            take=[3],
                            user=self.user,
                            now=self.now,
                        )
                        for give, booking in enumerate(bookings, 1)
                    ),
                )

                self.assertEqual(sorted(outcomes), [DONE, "seat_taken"])
                check_books(self, show_id)

    def test_changes_of_one_hold_follow_each_other(self) -> None:
        with Racers(4) as racers:

            @each_round
            def _() -> None:
                show_id = self.new_show()
                token = self.hold(show_id, 1)

                outcomes = self.race(
                    racers,
                    *(
                        lambda n=n: change_hold(token=token, selection=[n], user=None, now=self.now)
                        for n in (1, 2, 3, 4)
                    ),
                )

                self.assertEqual(outcomes, [DONE] * 4)
                self.assertEqual(self.states(show_id).count("h"), 1)
                check_books(self, show_id)

    def test_live_holds_of_a_client_stay_bounded(self) -> None:
        with Racers(12) as racers:
            show_id = self.new_show("S" * 12)
            outcomes = self.race(
                racers, *(lambda n=n: self.hold(show_id, n, user=self.user) for n in range(1, 13))
            )

        self.assertEqual(Counter(outcomes), {DONE: 5, "too_many_holds": 7})

    def test_no_gap_is_left_by_two_at_once(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                show_id = factories.show(plan="S" * 9, no_gaps=True).pk

                outcomes = self.race(
                    racers,
                    lambda: self.hold(show_id, 2, 3),
                    lambda: self.hold(show_id, 5, 6, client="b"),
                )

                self.assertEqual(sorted(outcomes), [DONE, "leaves_gap"])
                check_books(self, show_id)


class MomentTests(HoldRaceTestCase):
    def test_a_hold_blocks_until_the_clock_says_otherwise(self) -> None:
        show_id = self.new_show()
        self.hold(show_id, 1)
        just_before = self.now + HOLD_TIME - timedelta(milliseconds=1)

        with self.assertRaises(Refusal):
            self.hold(show_id, 1, client="b", now=just_before)
        self.hold(show_id, 1, client="b", now=self.now + HOLD_TIME)
