"""What comes back for tickets that are given back: by rule, of what was paid, and to the cent."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, Show, Taking
from booking.money_back import MoneyBack
from booking.rules import FREE_CANCELLATION_UNTIL, KEPT_SHARE
from booking.selectors.money import account_of
from booking.selectors.refunds import refund_in_words, refund_of, what_comes_back
from booking.services.amendments import cancel_booking
from booking.services.calling_off import cancel_show, move_show
from booking.services.sales import book_seats
from foundation.instants import moment_in_words
from foundation.outbox.models import Message
from tests import factories
from tests.booking.services.test_calling_off import work

NOW = timezone.now()
ONLINE, CASH = Taking.Method.ONLINE, Taking.Method.CASH


class MoneyBackTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(price="10.01")
        self.user = factories.user(confirmed_email="ada@example.org")
        self.early = self.show.starts_at - FREE_CANCELLATION_UNTIL - timedelta(seconds=1)
        self.late = self.show.starts_at - FREE_CANCELLATION_UNTIL

    def book(self, *seat_numbers: int, **paid: str) -> Booking:
        booking = book_seats(
            show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=NOW
        )
        if ONLINE in paid:
            Booking.objects.filter(pk=booking.pk).update(pays_online=True)
        for method, amount in paid.items():
            Taking.objects.create(booking=booking, amount=Decimal(amount), method=method, at=NOW)
        return Booking.objects.get(pk=booking.pk)

    def cancel(self, booking: Booking, now: datetime, *seats: int, **changed: Any) -> MoneyBack:
        named = {"seat_numbers": seats} if seats else {}
        arguments = {"booking_id": booking.pk, "user": self.user, "now": now} | named | changed
        back = cancel_booking(**arguments).money_back
        assert back is not None
        return back

    def due(self, booking: Booking) -> Decimal:
        return account_of(booking).due


class RuleTests(MoneyBackTestCase):
    def test_all_comes_back_until_shortly_before_the_start(self) -> None:
        booking = self.book(1, 2, cash="20.02")
        back = self.cancel(booking, self.early)
        self.assertEqual(back, MoneyBack(counter=Decimal("20.02")))
        self.assertEqual(self.due(booking), Decimal("-20.02"))

    def test_share_is_kept_after_that_in_whole_cents(self) -> None:
        self.assertEqual(KEPT_SHARE, 50)
        booking = self.book(1, 2, cash="20.02")
        back = self.cancel(booking, self.late)
        self.assertEqual(back, MoneyBack(counter=Decimal("10.02"), kept=Decimal("10.00")))
        kept = list(booking.tickets.values_list("kept", flat=True))
        self.assertEqual(kept, [Decimal("5.00")] * 2)
        self.assertEqual(self.due(booking), Decimal("-10.02"))

    def test_cancelled_one_by_one_the_same_comes_back(self) -> None:
        booking = self.book(1, 2, 3, cash="30.03")
        backs = [self.cancel(booking, self.late, seat) for seat in (1, 2, 3)]
        self.assertEqual([one.counter for one in backs], [Decimal("5.01")] * 3)
        self.assertEqual(self.due(booking), Decimal("-15.03"))

    def test_who_has_paid_nothing_owes_nothing(self) -> None:
        booking = self.book(1, 2)
        self.assertEqual(self.cancel(booking, self.late, 1), MoneyBack())
        self.assertEqual(self.due(booking), Decimal("10.01"))
        self.assertEqual(self.cancel(booking, self.late, 2), MoneyBack())
        self.assertEqual(self.due(booking), 0)

    def test_nobody_pays_more_for_giving_back(self) -> None:
        booking = self.book(1, 2, cash="12.01")  # 2.00 of the second ticket
        back = self.cancel(booking, self.late, 1)
        self.assertEqual(back, MoneyBack(kept=Decimal("2.00")))
        self.assertEqual(self.due(booking), 0)

    def test_what_was_paid_before_there_were_takings_nobody_knows(self) -> None:
        booking = self.book(1)
        Booking.objects.filter(pk=booking.pk).update(is_accounted=False)
        self.assertEqual(self.cancel(booking, self.late), MoneyBack())

    def test_nothing_is_kept_where_staff_cancel(self) -> None:
        booking = self.book(1, cash="10.01")
        back = self.cancel(booking, self.late, user=None)
        self.assertEqual(back, MoneyBack(counter=Decimal("10.01")))

    def test_nothing_is_kept_where_the_show_moved_since(self) -> None:
        before, now = self.book(1, cash="10.01"), self.late
        move_show(
            show_id=self.show.pk, starts_at=self.show.starts_at + timedelta(minutes=1), now=now
        )
        after = self.book(2, cash="10.01")
        Booking.objects.filter(pk=after.pk).update(created_at=now + timedelta(seconds=1))
        self.assertEqual(self.cancel(before, now + timedelta(minutes=2)).kept, 0)
        self.assertEqual(self.cancel(after, now + timedelta(minutes=2)).kept, Decimal("5.00"))

    def test_nothing_is_kept_of_a_show_called_off(self) -> None:
        booking = self.book(1, 2, cash="20.02")
        cancel_show(show_id=self.show.pk, now=self.late)
        work(self.late)
        self.assertEqual(self.due(booking), Decimal("-20.02"))

    def test_what_was_paid_online_goes_back_online_and_is_to_be_settled(self) -> None:
        booking = self.book(1, 2, online="10.01", cash="10.01")
        back = self.cancel(booking, self.early)
        self.assertEqual(back, MoneyBack(online=Decimal("10.01"), counter=Decimal("10.01")))
        settling = Message.objects.get(kind="payments.settle")
        self.assertEqual(settling.payload, {"booking": booking.pk})

    def test_what_was_paid_here_is_not_to_be_settled(self) -> None:
        self.cancel(self.book(1, cash="10.01"), self.early)
        self.assertEqual(Message.objects.filter(kind="payments.settle").count(), 0)

    def test_called_off_it_is_to_be_settled_with_each_booking(self) -> None:
        booking = self.book(1, online="10.01")
        cancel_show(show_id=self.show.pk, now=self.late)
        Message.objects.exclude(kind="booking.call_off").update(failed_at=NOW)
        work(self.late)
        settling = Message.objects.get(kind="payments.settle")
        self.assertEqual(settling.payload, {"booking": booking.pk})

    def test_what_is_owed_already_does_not_come_back_twice(self) -> None:
        booking = self.book(1, 2, cash="20.02")
        self.cancel(booking, self.early, 1)
        self.assertEqual(self.cancel(booking, self.early, 2).counter, Decimal("10.01"))


class WordsTests(MoneyBackTestCase):
    def test_it_is_said_before(self) -> None:
        booking = self.book(1, 2, cash="20.02")
        last = moment_in_words(self.late)
        self.assertEqual(
            what_comes_back(booking, self.early),
            f"All that you paid comes back: €20.02. From {last} on, 50 % of the price is kept.",
        )
        self.assertEqual(
            what_comes_back(booking, self.late),
            "It is shortly before the start: €10.02 of €20.02 comes back.",
        )
        self.assertEqual(what_comes_back(self.book(3), self.late), "")
        Show.objects.update(moved_at=NOW + timedelta(seconds=1))
        booking = Booking.objects.get(pk=booking.pk)
        said = "All that you paid comes back: €20.02."
        self.assertEqual(what_comes_back(booking, self.late), said)

    def test_reading_of_what_was_just_booked_asks_nothing(self) -> None:
        booking = book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.user, now=NOW)
        with self.assertNumQueries(0):
            self.assertEqual(refund_of(booking, self.late), MoneyBack())

    def test_it_is_said_on_pages_and_in_the_mail(self) -> None:
        booking = self.book(1, 2, cash="20.02")
        work()
        mail.outbox.clear()
        self.client.force_login(self.user)
        path = f"/bookings/{booking.reference}/"
        for page in (path, "/bookings/"):
            self.assertContains(self.client.get(page), "All that you paid comes back: €20.02.")
        answer = self.client.post(f"{path}cancel/", {"some": "", "seats": [1]}, follow=True)
        said = "The box office gives you €10.01 back."
        self.assertContains(answer, said)
        work()
        [sent] = mail.outbox
        self.assertIn(said, sent.body)

    def test_words(self) -> None:
        amount = Decimal(5)
        self.assertEqual(
            refund_in_words(MoneyBack(online=amount, kept=amount)),
            "€5.00 is on its way back, as it was paid. "
            "€5.00 is kept, as it was shortly before the start.",
        )
        self.assertEqual(refund_in_words(MoneyBack()), "")
        self.assertEqual(MoneyBack.of_payload({}), MoneyBack())
