"""A companion is free for a wheelchair space of one's own, also after what was booked changes."""

from datetime import timedelta
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from booking.errors import CompanionAlone
from booking.models import Booking, Ticket
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from booking.services.shows import change_show
from booking.terms import TermsChanged
from tests import factories
from tests.ledger import check_books

SOON = timedelta(minutes=30)
TOMORROW = timedelta(days=1)


class FreeCompanionTests(TestCase):
    def book(self, plan: str, *seats: int, starts_in: timedelta, price: str = "10.00") -> Booking:
        self.now = timezone.now()
        self.show = factories.show(
            plan=plan, starts_at=self.now + starts_in, by=factories.price_list(), price=price
        )
        self.addCleanup(check_books, self, self.show.pk)
        self.user = factories.user()
        return book_seats(show_id=self.show.pk, seat_numbers=seats, user=self.user, now=self.now)

    def cancel(self, booking: Booking, *seats: int) -> None:
        cancel_booking(booking_id=booking.pk, user=self.user, now=self.now, seat_numbers=seats)

    def exchange(self, booking: Booking, give: int, take: int, terms: str | None = None) -> None:
        exchange_seats(
            booking_id=booking.pk,
            give=[give],
            take=[take],
            user=self.user,
            now=self.now,
            terms=terms,
        )

    def sold(self) -> dict[int, Decimal]:
        tickets = Ticket.objects.filter(cancelled_at=None).order_by("seat_number")
        return dict(tickets.values_list("seat_number", "price"))

    def test_the_space_is_not_given_back_alone_in_the_last_hour_either(self) -> None:
        booking = self.book("WCSS", 1, 2, starts_in=SOON)
        with self.assertRaises(CompanionAlone) as refused:
            self.cancel(booking, 1)
        self.assertEqual([seat.label for seat in refused.exception.members["seats"]], ["A2"])
        with self.assertRaises(CompanionAlone):
            self.exchange(booking, 1, 4)
        self.assertEqual(self.sold(), {1: Decimal(10), 2: Decimal(0)})
        self.cancel(booking, 1, 2)

    def test_nor_one_of_two_spaces_for_two_of_them(self) -> None:
        booking = self.book("CWCWS", 1, 2, 3, 4, starts_in=TOMORROW)
        with self.assertRaises(CompanionAlone):
            self.cancel(booking, 4)
        self.cancel(booking, 3, 4)
        self.assertEqual(self.sold(), {1: Decimal(0), 2: Decimal(10)})

    def test_companion_who_pays_may_stay_in_the_last_hour(self) -> None:
        booking = self.book("CWCS", 1, 2, 3, starts_in=SOON)
        self.assertEqual(self.sold(), {1: Decimal(0), 2: Decimal(10), 3: Decimal(10)})
        self.cancel(booking, 1, 2)
        self.assertEqual(self.sold(), {3: Decimal(10)})

    def test_where_all_is_free_of_charge_nobody_is_free_for_a_space(self) -> None:
        booking = self.book("WCSS", 1, 2, starts_in=SOON, price="0.00")
        self.cancel(booking, 1)
        self.assertEqual(self.sold(), {2: Decimal(0)})

    def test_space_of_a_companion_that_stays_makes_no_other_one_free(self) -> None:
        booking = self.book("CWCSS", 2, 3, 4, starts_in=TOMORROW)
        self.exchange(booking, 4, 1)
        self.assertEqual(self.sold(), {1: Decimal(10), 2: Decimal(10), 3: Decimal(0)})

    def test_one_that_stays_moves_on_to_its_other_space(self) -> None:
        booking = self.book("CWCWS", 2, 3, 4, 5, starts_in=TOMORROW)
        self.exchange(booking, 5, 1)
        self.assertEqual(list(self.sold().values()), [0, 10, 0, 10])

    def test_companion_who_pays_uses_up_no_space(self) -> None:
        booking = self.book("CWCSS", 1, 2, 3, starts_in=TOMORROW)
        self.exchange(booking, 1, 4)
        self.exchange(booking, 4, 1)
        self.assertEqual(self.sold(), {1: Decimal(0), 2: Decimal(10), 3: Decimal(10)})

    def test_bill_of_an_exchange_is_what_it_comes_to(self) -> None:
        booking = self.book("WCSS", 1, 3, starts_in=TOMORROW)
        change_show(show_id=self.show.pk, now=self.now, price=Decimal("12.00"))
        with self.assertRaises(TermsChanged) as refused:
            self.exchange(booking, 3, 2, terms="0" * 16)
        self.assertEqual(refused.exception.bill.total, Decimal(0))
        self.exchange(booking, 3, 2, terms=refused.exception.terms)
        self.assertEqual(self.sold()[2], refused.exception.bill.total)

    def test_bill_of_an_exchange_is_by_types_of_ticket(self) -> None:
        booking = self.book("SSS", 1, starts_in=TOMORROW)
        Ticket.objects.update(type="child")
        with self.assertRaises(TermsChanged) as refused:
            self.exchange(booking, 1, 2, terms="0" * 16)
        self.assertEqual(refused.exception.bill.total, Decimal("7.00"))
