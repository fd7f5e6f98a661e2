"""Selling seats to guests, who are known by an e-mail address alone."""

from django.test import TestCase
from django.utils import timezone

from booking.buyers import Buyer
from booking.errors import HoldEnded, HoldExpired, HoldNotFound, TooManyTickets
from booking.models import Booking, Hold, Ticket
from booking.rules import GRACE, HOLD_TIME, TICKETS_OF_ACCOUNT
from booking.selectors.holds import hash_of
from booking.services.amendments import cancel_booking
from booking.services.browser_holds import set_hold
from booking.services.holds import place_hold
from booking.services.sales import book_in_browser, book_paid_hold, book_seats
from foundation.db.statements import Statement
from foundation.outbox.models import Message
from foundation.outbox.services import enqueueing
from tests import factories
from tests.ledger import check_books

ADA = Buyer(email="ada@example.org")


class GuestTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show = factories.show(plan="SSSSSSSSSS\n" * 5)

    def book(self, *seat_numbers: int, buyer: Buyer = ADA) -> Booking:
        return book_in_browser(
            show_id=self.show.pk,
            browser="of nobody",
            seat_numbers=seat_numbers,
            buyer=buyer,
            now=self.now,
        )

    def test_guest_books_and_is_told(self) -> None:
        booking = Booking.objects.get(pk=self.book(1, 2).pk)
        self.assertEqual((booking.user_id, booking.email), (None, "ada@example.org"))
        [message] = Message.objects.all()
        self.assertEqual(message.about, "guest:ada@example.org")
        self.assertEqual(message.payload, {"booking": booking.pk})
        check_books(self, self.show.pk)

    def test_guest_gets_what_the_browser_holds(self) -> None:
        held = set_hold(
            browser="b", show_id=self.show.pk, selection=[3], client="c", user=None, now=self.now
        )
        assert held is not None
        booking = book_in_browser(
            show_id=self.show.pk, browser="b", seat_numbers=[3], buyer=ADA, now=self.now
        )
        self.assertEqual(booking.email, "ada@example.org")
        self.assertTrue(Hold.objects.get(pk=held.pk).is_booked)

    def test_account_is_no_guest(self) -> None:
        user = factories.user()
        booking = Booking.objects.get(pk=self.book(1, buyer=Buyer(user, "ada@example.org")).pk)
        self.assertEqual((booking.user_id, booking.email), (user.pk, ""))

    def test_address_has_as_many_tickets_as_an_account(self) -> None:
        first, _ = self.book(*range(1, 11)), self.book(*range(11, TICKETS_OF_ACCOUNT + 1))
        with self.assertRaises(TooManyTickets) as refused:
            self.book(30)
        self.assertNotIn("you have", refused.exception.detail)  # nobody learns what somebody has
        self.book(31, buyer=Buyer(email="bob@example.org"))
        self.book(32, buyer=Buyer(factories.user()))
        cancel_booking(booking_id=first.pk, user=None, now=self.now, seat_numbers=[1])
        self.book(30)
        with self.assertRaises(TooManyTickets):
            self.book(40)

    def test_counter_sells_to_nobody_without_a_bound(self) -> None:
        sold = [
            book_seats(
                show_id=self.show.pk,
                seat_numbers=range(first, first + 10),
                user=None,
                now=self.now,
                at_counter=True,
            )
            for first in (1, 11, 21)
        ]
        self.assertEqual({(one.user_id, one.email) for one in sold}, {(None, "")})
        self.assertFalse(Message.objects.exists())


class PaidHoldTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show = factories.show()
        token = place_hold(
            show_id=self.show.pk, selection=[1, 2], client="c", user=None, now=self.now
        ).token
        self.hold = Hold.objects.get(token_hash=hash_of(token))
        self.late = self.hold.created_at + HOLD_TIME + 2 * GRACE

    def sell(self, hold_id: int | None = None) -> Booking:
        def also(booking: Booking) -> list[Statement]:
            about = {"booking": booking.pk, "total": f"{booking.total}"}
            return [enqueueing("test.paid", about, now=self.late)]

        return book_paid_hold(
            hold_id=self.hold.pk if hold_id is None else hold_id,
            buyer=ADA,
            now=self.late,
            also=also,
        )

    def test_seats_are_sold_long_after_the_hold_and_more_is_written_with_them(self) -> None:
        booking = Booking.objects.get(pk=self.sell().pk)
        self.assertTrue(booking.pays_online)
        self.assertEqual(Ticket.objects.filter(booking=booking).count(), 2)
        told = Message.objects.get(kind="test.paid")
        self.assertEqual(told.payload, {"booking": booking.pk, "total": "20.00"})
        check_books(self, self.show.pk)

    def test_seats_that_somebody_has_are_not_and_nothing_is_written(self) -> None:
        book_seats(show_id=self.show.pk, seat_numbers=[2], user=factories.user(), now=self.late)
        with self.assertRaises(HoldExpired) as refused:
            self.sell()
        self.assertIn("A2", refused.exception.detail)
        self.assertFalse(Message.objects.exists())

    def test_hold_is_booked_once(self) -> None:
        self.sell()
        with self.assertRaises(HoldEnded):
            self.sell()
        with self.assertRaises(HoldNotFound):
            self.sell(self.hold.pk + 1)
