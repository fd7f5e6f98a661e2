"""Seats of several prices in one payment, and what comes back of each."""

from decimal import Decimal
from typing import Any

from django.test import TestCase
from django.utils import timezone

from booking.models import Booking, Hold, Ticket
from booking.services.amendments import cancel_booking
from booking.services.holds import change_hold, place_hold
from payments.models import Payment, Pretended, Refund
from payments.selectors.audit import faults
from tests import factories
from tests.payments.case import GUEST, Paying


class TypeTests(Paying, TestCase):
    def setUp(self) -> None:
        self.set_up(plan="PSSSS", by=factories.price_list())

    def children(self, hold: Hold, *seat_numbers: int) -> Hold:
        types = dict.fromkeys(seat_numbers, "child")
        return change_hold(
            token=hold.token,
            selection=hold.seat_numbers,
            types=types,
            user=None,
            now=timezone.now(),
        )

    def price(self, seat_number: int) -> Decimal:
        return Ticket.objects.get(seat_number=seat_number).price

    def test_each_seat_has_its_own_price_to_the_last_cent(self) -> None:
        hold = place_hold(
            show_id=self.show.pk,
            selection=[1, 2],
            types={2: "child"},
            client="address:1",
            user=None,
            now=timezone.now(),
        )
        payment = self.start(hold)
        self.use(payment)
        self.work()
        payment.refresh_from_db()
        premium, child = self.price(1), self.price(2)
        self.assertLess(child, premium)
        self.assertEqual((payment.amount, payment.captured), (premium + child,) * 2)
        booking = Booking.objects.get()
        for seat_number in (2, 1):
            cancel_booking(
                booking_id=booking.pk, user=None, now=timezone.now(), seat_numbers=[seat_number]
            )
            self.work()
        refunds = sorted(Refund.objects.values_list("amount", flat=True))
        self.assertEqual(refunds, [child, premium])
        self.assertEqual(list(faults(timezone.now())), [])

    def test_other_types_are_another_payment(self) -> None:
        hold = self.hold(2)
        first = self.start(hold)
        self.children(hold, 2)
        second = self.start(hold)
        self.assertLess(second.amount, first.amount)
        self.use(first)
        self.use(second)
        self.work()
        [booking] = Booking.objects.all()
        self.assertEqual((booking.total, booking.email), (second.amount, GUEST.email))
        self.assertEqual(Pretended.objects.get(payment_id=first.pk).status, "cancelled")

    def test_types_that_the_page_did_not_show_are_not_paid(self) -> None:
        def pay(seats: str) -> Any:
            form = {"seats": seats, "email": GUEST.email}
            return self.client.post(f"/shows/{self.show.pk}/pay/pretend/", form)

        self.assertEqual(pay("2:child,3").status_code, 302)
        self.assertEqual(Payment.objects.get().ticket_types, {"2": "child"})
        self.assertEqual(pay("2,3").status_code, 409)
        self.assertEqual(Payment.objects.count(), 1)
