"""One guest, many times at once; and an account that claims what a guest is booking."""

from unittest import mock

from django.test import override_settings, tag

from booking.buyers import Buyer
from booking.models import Booking
from booking.rules import TICKETS_OF_ACCOUNT
from booking.services.sales import book_in_browser
from cinema.accounts.models import User
from cinema.confirming import confirm_and_claim
from tests import factories
from tests.concurrency.hold_case import DONE, ROUNDS, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers

ADA = "ada@example.org"
REFUSED = "too_many_tickets"


@tag("race")
@override_settings(THROTTLES=False)
class GuestRaceTests(HoldRaceTestCase):
    def book(self, show_id: int, *seat_numbers: int) -> Booking:
        return book_in_browser(
            show_id=show_id,
            browser=f"browser {seat_numbers}",
            seat_numbers=seat_numbers,
            buyer=Buyer(email=ADA),
            now=self.now,
        )

    def sold_at_once(self, racers: Racers) -> list[str]:
        """Let one guest ask for three seats twelve times at once; return what became of each."""
        show_id = self.new_show("S" * 36)
        groups = [range(first, first + 3) for first in range(1, 37, 3)]
        outcomes = self.race(
            racers, *(lambda group=group: self.book(show_id, *group) for group in groups)
        )
        check_books(self, show_id)
        return sorted(outcomes)

    def test_tickets_of_a_guest_stay_bounded(self) -> None:
        with Racers(12) as racers:

            @each_round
            def _() -> None:
                sold = TICKETS_OF_ACCOUNT // 3
                self.assertEqual(self.sold_at_once(racers), [DONE] * sold + [REFUSED] * (12 - sold))

    def test_without_the_lock_of_the_address_they_would_not(self) -> None:
        """Show that the test above sees what the lock prevents."""
        self.enterContext(mock.patch("booking.services.bounds.locking_name", return_value=[]))
        with Racers(12) as racers:
            sold = [self.sold_at_once(racers).count(DONE) for _ in range(2 * ROUNDS)]

        self.assertGreater(max(sold), TICKETS_OF_ACCOUNT // 3)

    def test_one_of_two_accounts_claims_an_address_with_all_its_bookings(self) -> None:
        with Racers(4) as racers:

            @each_round
            def _() -> None:
                User.objects.update(confirmed_email="")
                show_id = self.new_show("SSSSSSSS")
                users = [factories.user(email=ADA) for _ in range(2)]
                before = self.book(show_id, 1)
                outcomes = self.race(
                    racers,
                    *(
                        lambda user=user: confirm_and_claim(user_id=user.pk, email=ADA)
                        for user in users
                    ),
                    lambda: self.book(show_id, 3),
                    lambda: self.book(show_id, 5),
                )

                self.assertEqual(outcomes, [DONE] * 4)
                [owner] = User.objects.filter(confirmed_email=ADA)
                self.assertEqual(Booking.objects.get(pk=before.pk).user_id, owner.pk)
                for booking in Booking.objects.filter(show=show_id):
                    self.assertIn((booking.user_id, booking.email), [(owner.pk, ""), (None, ADA)])
                check_books(self, show_id)
