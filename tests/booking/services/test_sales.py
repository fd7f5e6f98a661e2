from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from booking import errors
from booking.models import Booking, SeatChange, ShowSeat, Ticket
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking
from booking.services.sales import REFERENCE_ALPHABET, book_seats
from tests import factories
from tests.booking.services.last_step import failing_at_the_log
from tests.ledger import check_books, map_of, sold_seats, sold_twice

NOW = timezone.now()


class BookSeatsTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSP\nSSS")
        self.user = factories.user()

    def book(self, *seat_numbers: int, **changed: Any) -> Booking:
        arguments = {"show_id": self.show.pk, "user": self.user, "now": NOW} | changed
        return book_seats(seat_numbers=seat_numbers, **arguments)

    def assert_nothing_sold(self) -> None:
        self.assertEqual(Booking.objects.count(), 0)
        self.assertEqual(Ticket.objects.count(), 0)
        self.assertEqual(SeatChange.objects.count(), 0)
        self.assertEqual(map_of(self.show.pk), (0, "aaaaaa", {}))

    def test_booking_holds_a_ticket_per_seat_at_its_price(self) -> None:
        booking = self.book(3, 1)

        self.assertEqual(
            list(booking.tickets.values_list("seat_number", "price", "cancelled_at")),
            [(1, Decimal("10.00"), None), (3, Decimal("13.00"), None)],
        )
        self.assertEqual((booking.user, booking.created_at), (self.user, NOW))

    def test_booking_changes_the_map_and_logs_one_change(self) -> None:
        self.book(3, 1)

        self.assertEqual(map_of(self.show.pk), (1, "babaaa", {}))
        change = SeatChange.objects.get()
        self.assertEqual(
            (change.version, change.changes, change.at), (1, [[1, "b"], [3, "b"]], NOW)
        )

    def test_reference_is_readable(self) -> None:
        reference = self.book(1).reference

        self.assertRegex(reference, f"^[{REFERENCE_ALPHABET}]{{4}}-[{REFERENCE_ALPHABET}]{{4}}$")

    def test_change_is_published_after_the_commit_only(self) -> None:
        with mock.patch("booking.events.publish") as publish:
            with self.captureOnCommitCallbacks() as callbacks:
                self.book(2)
            publish.assert_not_called()
            for callback in callbacks:
                callback()

        entry = SeatChange.objects.get()
        publish.assert_called_once_with(
            show_id=self.show.pk, entry=entry.checkpoint, text=entry.text, offers=[]
        )

    def test_one_taken_seat_refuses_all_and_is_named(self) -> None:
        self.book(2)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.book(1, 2, 4)

        self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(2, "A2")])
        self.assertEqual(refused.exception.detail, "Seat A2 was taken a moment ago.")
        self.assertEqual(map_of(self.show.pk), (1, "abaaaa", {}))

    def test_full_show_says_so(self) -> None:
        self.book(1, 2, 3, 4, 5, 6)

        with self.assertRaises(errors.ShowFull) as refused:
            self.book(1)

        self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(1, "A1")])

    def test_bad_choices_are_refused_by_name(self) -> None:
        for seat_numbers, error in [
            ([], errors.NoSeats),
            ([1, 1], errors.DuplicateSeats),
            (list(range(1, 12)), errors.TooManySeats),
            ([1, 7], errors.UnknownSeats),
            ([0], errors.UnknownSeats),
            ([2**31], errors.UnknownSeats),
        ]:
            with self.subTest(seat_numbers=seat_numbers), self.assertRaises(error):
                self.book(*seat_numbers)
        self.assert_nothing_sold()

    def test_show_that_does_not_exist(self) -> None:
        for show_id in (self.show.pk + 1, 2**63):
            with self.subTest(show_id=show_id), self.assertRaises(errors.ShowNotFound):
                self.book(1, show_id=show_id)

    def test_show_that_starts_now_cannot_be_booked(self) -> None:
        with self.assertRaises(errors.ShowStarted):
            self.book(1, now=self.show.starts_at)
        self.assert_nothing_sold()

    def test_show_can_be_booked_until_its_start(self) -> None:
        booking = self.book(1, now=self.show.starts_at - timedelta(microseconds=1))

        self.assertEqual(booking.status, "confirmed")

    def test_failure_at_the_last_step_leaves_nothing(self) -> None:
        with failing_at_the_log(), self.assertRaises(IntegrityError):
            self.book(1, 2)
        self.assert_nothing_sold()


class CancelBookingTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSS")
        self.user = factories.user()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[2, 3], user=self.user, now=NOW
        )

    def cancel(self, **changed: Any) -> Booking:
        arguments = {"booking_id": self.booking.pk, "user": self.user, "now": NOW} | changed
        return cancel_booking(**arguments)

    def test_cancelling_frees_the_seats_and_keeps_the_booking(self) -> None:
        booking = self.cancel()

        self.assertEqual(booking.status, "cancelled")
        self.assertEqual(map_of(self.show.pk), (2, "aaaa", {}))
        self.assertEqual(
            list(booking.tickets.values_list("seat_number", "cancelled_at")), [(2, NOW), (3, NOW)]
        )

    def test_freed_seats_can_be_sold_again(self) -> None:
        self.cancel()
        book_seats(show_id=self.show.pk, seat_numbers=[2], user=factories.user(), now=NOW)

        self.assertEqual(map_of(self.show.pk), (3, "abaa", {}))
        self.assertEqual(check_books(self, self.show.pk).states, "abaa")

    def test_cancelling_twice_is_refused(self) -> None:
        self.cancel()

        with self.assertRaises(errors.AlreadyCancelled):
            self.cancel()
        self.assertEqual(seat_map.checkpoint(self.show.pk).version, 2)

    def test_somebody_elses_booking_is_refused(self) -> None:
        with self.assertRaises(errors.NotYourBooking):
            self.cancel(user=factories.user())
        self.assertEqual(map_of(self.show.pk), (1, "abba", {}))

    def test_staff_cancels_anybodys_booking(self) -> None:
        booking = cancel_booking(user=None, booking_id=self.booking.pk, now=NOW)

        self.assertEqual(booking.status, "cancelled")

    def test_booking_that_does_not_exist(self) -> None:
        with self.assertRaises(errors.BookingNotFound):
            self.cancel(booking_id=self.booking.pk + 1)

    def test_booking_of_a_show_that_started_cannot_be_cancelled(self) -> None:
        with self.assertRaises(errors.ShowStarted):
            self.cancel(now=self.show.starts_at)
        self.assertEqual(map_of(self.show.pk), (1, "abba", {}))


class DatabaseConstraintTests(TestCase):
    """What stands in the database behind the logic."""

    def setUp(self) -> None:
        self.show = factories.show(plan="SS")
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1], user=factories.user(), now=NOW
        )

    def sell_again(self) -> Ticket:
        with transaction.atomic():
            return Ticket.objects.create(
                booking=self.booking,
                show=self.show,
                seat=self.show.auditorium.seats.get(seat_number=1),
                seat_number=1,
                price=self.show.price,
            )

    def test_a_seat_cannot_have_two_live_tickets(self) -> None:
        with self.assertRaises(IntegrityError):
            self.sell_again()

    def test_a_cancelled_ticket_does_not_block_its_seat(self) -> None:
        self.booking.tickets.update(cancelled_at=NOW)

        self.assertEqual(self.sell_again().seat_number, 1)

    def test_a_show_cannot_have_a_seat_twice(self) -> None:
        first = ShowSeat.objects.filter(show=self.show).first()
        assert first is not None
        with self.assertRaises(IntegrityError), transaction.atomic():
            ShowSeat.objects.create(show=self.show, seat=first.seat, seat_number=first.seat_number)

    def test_a_seat_cannot_have_a_state_that_is_none(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            ShowSeat.objects.filter(show=self.show).update(state="q")

    def test_a_version_is_logged_once(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            SeatChange.objects.create(show=self.show, version=1, changes=[], at=NOW)

    def test_without_its_constraint_a_seat_is_sold_twice(self) -> None:
        """Show that it is the constraint that the first test meets."""
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX seat_sold_once")
        self.sell_again()

        self.assertEqual(sold_twice(sold_seats(self.show.pk)), [1])
