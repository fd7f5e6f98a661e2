"""Money is taken once, to the cent that is due, and given back to the cent that is owed."""

import uuid
from decimal import Decimal
from typing import Any
from unittest import mock

from django.db.models import Sum
from django.test import TestCase
from django.utils import timezone

from booking.errors import BookingNotFound, NotDue, TakenOnline, TakingNotFound
from booking.models import Booking, Taking, Ticket
from booking.selectors.money import account_of, accounts_of
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from booking.services.takings import reverse_taking, take_money, taking
from foundation.db.statements import run
from foundation.idempotency.services import KeyReused
from tests import factories

CASH, CARD = Taking.Method.CASH, Taking.Method.CARD


class MoneyCase(TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.now = timezone.now()
        self.show = factories.show(plan="SSSPP")
        self.clerk = factories.user(username="clerk")
        self.booking = self.book(1, 2)

    def book(self, *seat_numbers: int) -> Booking:
        buyer = factories.user()
        return book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, user=buyer, now=self.now)

    def cancel(self, *seat_numbers: int) -> None:
        cancel_booking(
            booking_id=self.booking.pk, user=None, now=self.now, seat_numbers=seat_numbers
        )

    def take(self, amount: str, **options: Any) -> Taking:
        options.setdefault("booking_id", self.booking.pk)
        options.setdefault("key", uuid.uuid4())
        options.setdefault("method", CASH)
        return take_money(amount=Decimal(amount), by=self.clerk, now=self.now, **options)

    def due(self) -> Decimal:
        return account_of(Booking.objects.get(pk=self.booking.pk)).due

    def taken(self) -> dict[str, Decimal]:
        """Return the sum of what was taken, by method."""
        sums = Taking.objects.order_by().values_list("method").annotate(Sum("amount"))
        return {method: total.quantize(Decimal("0.01")) for method, total in sums}


class AccountTests(MoneyCase):
    def test_live_tickets_and_what_is_kept_of_others_are_owed(self) -> None:
        self.assertEqual(account_of(self.booking).owed, Decimal("20.00"))
        self.cancel(1)
        self.assertEqual(self.due(), Decimal("10.00"))
        Ticket.objects.filter(seat_number=1).update(kept=Decimal("2.50"))
        self.assertEqual(self.due(), Decimal("12.50"))

    def test_bookings_are_accounted_for_in_two_queries(self) -> None:
        other = self.book(4)
        self.take("15.05")
        self.take("0.10")
        with self.assertNumQueries(2):
            accounts = accounts_of([self.booking, other])
        self.assertEqual(
            {pk: (account.owed, account.paid) for pk, account in accounts.items()},
            {
                self.booking.pk: (Decimal("20.00"), Decimal("15.15")),
                other.pk: (Decimal("13.00"), Decimal(0)),
            },
        )

    def test_booking_from_before_takings_were_noted_is_settled(self) -> None:
        Booking.objects.update(is_accounted=False)
        self.assertEqual(self.due(), 0)
        exchange_seats(
            booking_id=self.booking.pk,
            give=[1],
            take=[4],
            user=self.booking.user,
            now=self.now,
        )
        self.assertEqual(self.due(), 0)
        with self.assertRaises(NotDue):
            self.take("20.00")


class TakeMoneyTests(MoneyCase):
    def test_what_is_due_is_taken(self) -> None:
        taken = self.take("20.00", method=CARD)
        self.assertEqual(
            (taken.booking, taken.amount, taken.method, taken.by, taken.at),
            (self.booking, Decimal("20.00"), CARD, self.clerk, self.now),
        )
        self.assertEqual(self.due(), 0)

    def test_part_of_it_can_be_taken_in_another_way(self) -> None:
        self.take("5.00")
        self.take("15.00", method=CARD)
        self.assertEqual((self.due(), self.taken()), (0, {"cash": 5, "card": 15}))

    def test_nobody_takes_more_than_is_due_or_gives_back_what_is_not_owed(self) -> None:
        for amount in ("20.01", "-0.01", "0"):
            with self.subTest(amount), self.assertRaises(NotDue) as caught:
                self.take(amount)
            self.assertEqual(caught.exception.detail, "€20.00 is due.")
            self.assertEqual(caught.exception.members["due"], "20.00")
        self.take("20.00")
        for amount in ("0.01", "-0.01"):
            with self.subTest(amount), self.assertRaises(NotDue) as caught:
                self.take(amount)
            self.assertEqual(caught.exception.detail, "Nothing is due.")
        self.cancel(1)
        for amount in ("-10.01", "0.01"):
            with self.subTest(amount), self.assertRaises(NotDue) as caught:
                self.take(amount)
            self.assertEqual(caught.exception.detail, "€10.00 is owed to the buyer.")
        with self.assertRaises(BookingNotFound):
            self.take("1.00", booking_id=1)
        self.assertEqual(self.taken(), {"cash": 20})

    def test_same_key_takes_once(self) -> None:
        key = uuid.uuid4()
        first = self.take("5.00", key=key)
        self.assertEqual(self.take("5.00", key=key), first)
        other = self.book(4).pk
        for changed in ({"method": CARD}, {"booking_id": other}):
            with self.subTest(changed), self.assertRaises(KeyReused):
                self.take("5.00", key=key, **changed)
        with self.assertRaises(KeyReused):
            self.take("6.00", key=key)
        self.assertEqual(self.taken(), {"cash": 5})

    def test_other_services_note_money_in_a_statement_of_their_trip(self) -> None:
        key = uuid.uuid4()
        run(taking(self.booking, Decimal("7.30"), CARD, now=self.now, by=self.clerk, key=key))
        run(taking(self.booking, Decimal("-0.30"), Taking.Method.ONLINE, now=self.now))
        noted = Taking.objects.get(key=key)
        self.assertEqual(
            (noted.amount, noted.method, noted.at, noted.by),
            (Decimal("7.30"), CARD, self.now, self.clerk),
        )
        self.assertEqual(self.due(), Decimal("13.00"))


class GivingBackTests(MoneyCase):
    """Drawer and card terminal each have what was really paid through them."""

    def test_card_is_paid_and_cash_given_back(self) -> None:
        self.take("20.00", method=CARD)
        self.cancel(2)
        self.take("-10.00", method=CASH)
        self.assertEqual((self.due(), self.taken()), (0, {"card": 20, "cash": -10}))

    def test_cash_is_paid_and_given_back_to_the_card(self) -> None:
        self.take("20.00", method=CASH)
        self.cancel(1, 2)
        self.take("-20.00", method=CARD)
        self.assertEqual((self.due(), self.taken()), (0, {"cash": 20, "card": -20}))

    def test_what_was_noted_in_error_is_taken_back_once(self) -> None:
        wrong = self.take("20.00", method=CASH)
        reversal = reverse_taking(taking_id=wrong.pk, by=self.clerk, now=self.now)
        self.assertEqual((reversal.amount, reversal.method), (Decimal("-20.00"), CASH))
        self.assertEqual(reverse_taking(taking_id=wrong.pk, by=self.clerk, now=self.now), reversal)
        self.take("20.00", method=CARD)
        self.assertEqual((self.due(), self.taken()), (0, {"cash": 0, "card": 20}))

    def test_what_was_given_back_meanwhile_is_not_taken_back(self) -> None:
        taken = self.take("20.00")
        self.cancel(1, 2)
        self.take("-15.00")
        with self.assertRaises(NotDue):
            reverse_taking(taking_id=taken.pk, by=self.clerk, now=self.now)
        self.assertEqual((self.due(), self.taken()), (-5, {"cash": 5}))

    def test_giving_back_can_be_taken_back_as_well(self) -> None:
        self.take("20.00", method=CARD)
        self.cancel(1)
        wrong = self.take("-10.00", method=CASH)
        reverse_taking(taking_id=wrong.pk, by=self.clerk, now=self.now)
        self.assertEqual((self.due(), self.taken()), (-10, {"card": 20, "cash": 0}))

    def test_what_was_paid_online_is_for_the_provider(self) -> None:
        run(taking(self.booking, Decimal("20.00"), Taking.Method.ONLINE, now=self.now))
        online = Taking.objects.get()
        with self.assertRaises(TakenOnline):
            reverse_taking(taking_id=online.pk, by=self.clerk, now=self.now)
        with self.assertRaises(TakingNotFound):
            reverse_taking(taking_id=1, by=self.clerk, now=self.now)
