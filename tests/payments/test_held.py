"""Seats that somebody is paying for stay held, whatever their page sends meanwhile."""

from datetime import datetime, timedelta

from django.test import TestCase

from booking.models import Hold, ShowSeat
from booking.rules import LONGEST_HOLD_TIME, PAYING_TIME
from booking.services.browser_holds import set_hold
from booking.services.paying import WhichHold
from payments.models import Payment
from payments.services.starting import start_payment
from tests.ledger import check_books
from tests.payments.case import GUEST, Paying

MINUTE = timedelta(minutes=1)


class HeldTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up()

    def select(self, *seat_numbers: int, after: timedelta) -> Hold:
        hold = set_hold(
            browser="of Ada",
            show_id=self.show.pk,
            selection=seat_numbers,
            client="address:1",
            user=None,
            now=self.now + after,
        )
        assert hold is not None
        return hold

    def pay(self, *, after: timedelta) -> Payment:
        with self.at(self.now + after):
            return start_payment(
                WhichHold(browser="of Ada", show_id=self.show.pk),
                way="pretend",
                buyer=GUEST,
                client="address:1",
                now=self.now + after,
            )

    def held_until(self, seat_number: int) -> datetime | None:
        seat = ShowSeat.objects.select_related("hold").get(show=self.show, seat_number=seat_number)
        assert seat.hold is not None
        self.assertEqual(seat.held_until, seat.hold.expires_at)
        return seat.held_until

    def held(self) -> Hold:
        """Return a hold that is paid for from its nineteenth minute."""
        for minutes in (0, 7, 14, 18):
            hold = self.select(1, after=minutes * MINUTE)
        self.assertEqual(hold.expires_at, self.now + LONGEST_HOLD_TIME)
        payment = self.pay(after=19 * MINUTE)
        self.assertEqual(payment.until, self.now + 19 * MINUTE + PAYING_TIME)
        return hold

    def test_selection_sent_again_does_not_shorten_the_hold(self) -> None:
        hold = self.held()
        self.select(1, after=19.5 * MINUTE)
        self.assertEqual(self.held_until(1), self.now + 19 * MINUTE + PAYING_TIME)
        check_books(self, self.show.pk)
        self.assertIsNone(Hold.objects.get(pk=hold.pk).ended_at)

    def test_past_the_longest_hold_the_seats_are_still_their_own(self) -> None:
        hold = self.held()
        again = self.select(1, after=LONGEST_HOLD_TIME + 2 * MINUTE)
        self.assertEqual((again.pk, again.ended_at), (hold.pk, None))
        other = self.select(2, after=LONGEST_HOLD_TIME + 3 * MINUTE)
        self.assertEqual(other.pk, hold.pk)
        self.assertEqual(self.held_until(2), self.now + 19 * MINUTE + PAYING_TIME)
        check_books(self, self.show.pk)

    def test_hold_that_nobody_pays_for_lasts_no_longer_than_any(self) -> None:
        for minutes in (0, 7, 14, 19):
            hold = self.select(1, after=minutes * MINUTE)
        self.assertEqual(hold.expires_at, self.now + LONGEST_HOLD_TIME)
        another = self.select(2, after=LONGEST_HOLD_TIME)
        self.assertNotEqual(another.pk, hold.pk)
