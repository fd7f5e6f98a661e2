"""Shows that are called off: nobody gets in or in line, and every booking ends, whatever fails."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from booking import errors
from booking.buyers import Buyer
from booking.models import Admission, Booking, Hold, SeatChange, Show, Ticket, WaitlistEntry
from booking.services import calling_off
from booking.services.admission import admit
from booking.services.amendments import call_off_booking, cancel_booking, exchange_seats
from booking.services.calling_off import cancel_show, errands
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.sales import book_hold, book_in_browser, book_seats
from booking.services.shows import change_movie, change_show, create_show
from booking.services.waitlist import join_waitlist
from booking.terms import facts_of
from foundation.errors import Refusal
from foundation.instants import milliseconds
from foundation.outbox import worker
from foundation.outbox.models import Message
from foundation.outbox.services import ATTEMPTS, LONGEST_WAIT
from tests import factories
from tests.ledger import check_books, map_of

NOW = timezone.now()


def entry_of(sent: Any) -> dict[str, str]:
    """Return the properties of the event in a mail's calendar file."""
    _, file, _ = sent.attachments[-1]
    lines = file.replace("\r\n ", "").splitlines()
    return dict(line.split(":", 1) for line in lines)


def work(now: datetime | None = None) -> None:
    """Do all that is due."""
    with mock.patch.object(timezone, "now", return_value=now or timezone.now()):
        while worker.do_next():
            pass


class CallingOffTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSSSSSSS\nSSSSSSSSSS")
        self.user = factories.user(confirmed_email="ada@example.org")

    def book(self, *seat_numbers: int, **changed: Any) -> Booking:
        arguments = {"user": self.user, "show_id": self.show.pk, "now": NOW} | changed
        return book_seats(seat_numbers=seat_numbers, **arguments)

    def call_off(self, now: datetime = NOW) -> Show:
        return cancel_show(show_id=self.show.pk, now=now)

    def live(self) -> int:
        return Booking.objects.filter(show=self.show, cancelled_at=None).count()


class CancelShowTests(CallingOffTestCase):
    def test_what_is_sold_by_a_process_that_does_not_know_is_cancelled_in_time(self) -> None:
        self.call_off()
        work()
        Show.objects.update(cancelled_at=None)
        sold = self.book(1)
        Show.objects.update(cancelled_at=NOW)
        later = timezone.now() + timedelta(hours=1, minutes=1)
        work(later)
        sold.refresh_from_db()
        self.assertEqual(sold.cancelled_at, later)
        work(later + timedelta(hours=2))
        self.assertEqual(errands(self.show.pk).count(), 1)
        self.assertEqual(Message.objects.waiting().get().kind, calling_off.END_HOLDS)
        work(self.show.starts_at)
        self.assertFalse(Message.objects.waiting().exists())

    def test_show_is_off_sale_with_its_commit(self) -> None:
        booking = self.book(1, 2)
        held = place_hold(show_id=self.show.pk, selection=[3], client="a", user=None, now=NOW)

        self.call_off()

        here: dict[str, Any] = {"show_id": self.show.pk, "now": NOW}
        mine: dict[str, Any] = {"user": self.user}
        refused = {
            "hold": lambda: place_hold(selection=[4], client="b", user=None, **here),
            "change": lambda: change_hold(token=held.token, selection=[4], user=None, now=NOW),
            "book a hold": lambda: book_hold(token=held.token, **here, **mine),
            "book": lambda: book_seats(seat_numbers=[4], **here, **mine),
            "wait": lambda: join_waitlist(seat_number=3, **here, **mine),
            "exchange": lambda: exchange_seats(
                booking_id=booking.pk, give=[1], take=[4], now=NOW, **mine
            ),
            "admit": lambda: admit(
                reference=booking.reference, seat_number=1, by=self.user, **here
            ),
            "change the show": lambda: change_show(no_gaps=True, **here),
        }
        for name, operation in refused.items():
            with self.subTest(name), self.assertRaises(errors.ShowCancelled):
                operation()
        check_books(self, self.show.pk)

    def test_log_says_since_when(self) -> None:
        before = facts_of(self.show)
        show = self.call_off()

        entry = SeatChange.objects.get(show=self.show)
        assert entry.facts is not None
        self.assertEqual(entry.facts["was"], before)
        self.assertNotIn("cancelled", before)
        self.assertEqual(entry.facts["now"]["cancelled"], milliseconds(NOW))
        self.assertNotEqual(entry.facts["now"]["terms"], before["terms"])
        self.assertEqual(show.cancelled_at, NOW)

    def test_every_booking_is_cancelled_and_holds_end(self) -> None:
        for number in (1, 2, 3):
            self.book(number, user=factories.user())
        place_hold(show_id=self.show.pk, selection=[4, 5], client="a", user=None, now=NOW)
        self.call_off()
        self.assertEqual(self.live(), 3)

        work()

        self.assertEqual(self.live(), 0)
        self.assertEqual(Ticket.objects.filter(cancelled_at=None).count(), 0)
        self.assertEqual(Hold.objects.filter(ended_at=None).count(), 0)
        self.assertEqual(set(map_of(self.show.pk)[1]), {"a"})
        check_books(self, self.show.pk)

    def test_who_waits_waits_no_more_and_is_offered_nothing(self) -> None:
        held = place_hold(show_id=self.show.pk, selection=[1], client="a", user=None, now=NOW)
        join_waitlist(show_id=self.show.pk, seat_number=1, user=self.user, now=NOW)
        self.call_off()
        self.assertEqual(WaitlistEntry.objects.waiting().count(), 0)

        # Somebody who joined at that very moment.
        WaitlistEntry.objects.update(left_at=None)
        release_hold(token=held.token, user=None, now=NOW)

        self.assertEqual(map_of(self.show.pk)[1][0], "a")
        self.assertEqual(WaitlistEntry.objects.get().offered_at, None)

    def test_each_buyer_gets_a_mail_of_their_own_and_a_calendar_entry(self) -> None:
        guest = Buyer(email="guest@example.org")
        users = [self.user, factories.user(confirmed_email="bob@example.org")]
        for number, user in enumerate(users, 1):
            self.book(number, user=user)
        here: dict[str, Any] = {"show_id": self.show.pk, "seat_numbers": [3], "now": NOW}
        book_in_browser(browser="b", buyer=guest, **here)
        work()
        before = {one.to[0]: entry_of(one) for one in mail.outbox}
        mail.outbox.clear()

        self.call_off()
        work()

        told = {one.to[0]: entry_of(one) for one in mail.outbox}
        self.assertEqual([len(one.to) for one in mail.outbox], [1, 1, 1])
        self.assertEqual(sorted(told), ["ada@example.org", "bob@example.org", "guest@example.org"])
        for address, entry in told.items():
            self.assertEqual(entry["UID"], before[address]["UID"])
            self.assertEqual(entry["STATUS"], "CANCELLED")
            self.assertGreater(int(entry["SEQUENCE"]), int(before[address]["SEQUENCE"]))

    def test_again_changes_nothing(self) -> None:
        self.book(1)
        self.call_off()
        version = map_of(self.show.pk)[0]

        again = self.call_off(NOW + timedelta(minutes=1))

        self.assertEqual(again.cancelled_at, NOW)
        self.assertEqual(map_of(self.show.pk)[0], version)
        self.assertEqual(errands(self.show.pk).count(), 1)
        work()
        self.call_off(NOW + timedelta(minutes=2))
        self.assertEqual(errands(self.show.pk).count(), 1)

    def test_film_that_broke_is_called_off_with_whoever_is_in(self) -> None:
        booking = self.book(1)
        during = self.show.starts_at + timedelta(minutes=20)
        paid: dict[str, Any] = {"amount": Decimal(10), "method": "cash"}
        admit(show_id=self.show.pk, reference=booking.reference, by=self.user, now=during, **paid)

        self.call_off(during + timedelta(minutes=1))
        work(during + timedelta(minutes=2))

        self.assertEqual(self.live(), 0)
        check_books(self, self.show.pk)

    def test_film_that_is_over_is_not(self) -> None:
        with self.assertRaises(errors.ShowOver):
            self.call_off(self.show.film_ends_at)

    def test_unknown_show_is_not_found(self) -> None:
        with self.assertRaises(errors.ShowNotFound):
            cancel_show(show_id=10**6, now=NOW)

    def test_its_auditorium_is_free_for_another_show(self) -> None:
        self.call_off()
        create_show(
            movie=self.show.movie,
            auditorium=self.show.auditorium,
            starts_at=self.show.starts_at - timedelta(minutes=30),
            price=self.show.price,
            premium_surcharge=self.show.premium_surcharge,
        )
        change_movie(
            movie_id=self.show.movie_id,
            title="Another",
            synopsis="",
            duration_minutes=90,
            certificate="",
            now=NOW,
        )

    def test_moviegoer_may_cancel_before_the_worker_does(self) -> None:
        booking = self.book(1)
        self.call_off()
        cancel_booking(booking_id=booking.pk, user=self.user, now=NOW)
        work()
        self.assertEqual(Message.objects.filter(kind="mail.called_off").count(), 0)
        check_books(self, self.show.pk)

    def test_booking_of_a_show_that_takes_place_stays(self) -> None:
        booking = self.book(1)
        call_off_booking(booking_id=booking.pk, now=NOW)
        self.assertEqual(self.live(), 1)

    def test_who_came_in_without_being_asked_is_noted_as_it_happened(self) -> None:
        booking = self.book(1)
        self.call_off()
        code = Ticket.objects.get(booking=booking).code
        admission = admit(show_id=self.show.pk, code=code, by=self.user, now=NOW, at=NOW)
        self.assertEqual(admission.conflict, "show_cancelled")
        work()
        check_books(self, self.show.pk)
        self.assertEqual(Admission.objects.count(), 1)


class TroubleTests(CallingOffTestCase):
    def failing(self, booking: Booking, error: Exception) -> Any:
        """Let one booking's cancellation fail."""

        def call_off(*, booking_id: int, now: datetime) -> Booking:
            if booking_id == booking.pk:
                raise error
            return call_off_booking(booking_id=booking_id, now=now)

        return mock.patch.object(calling_off, "call_off_booking", call_off)

    def test_one_bookings_trouble_stops_no_other_and_is_told(self) -> None:
        bookings = [self.book(number) for number in range(1, 6)]
        self.call_off()
        with self.failing(bookings[1], RuntimeError("no luck")), self.assertLogs(level="WARNING"):
            work()
        self.assertEqual(self.live(), 1)
        [left] = errands(self.show.pk).waiting()
        self.assertEqual(left.payload["booking"], bookings[1].pk)
        self.assertEqual(left.error, "RuntimeError: no luck")

        work(timezone.now() + LONGEST_WAIT)

        self.assertEqual(self.live(), 0)

    def test_calling_it_off_again_takes_up_what_failed_for_good(self) -> None:
        booking = self.book(1)
        self.call_off()
        errands(self.show.pk).update(failed_at=NOW, attempts=ATTEMPTS, error="no luck")
        work()
        self.assertEqual(self.live(), 1)

        self.call_off()
        work()

        self.assertEqual(self.live(), 0)
        self.assertEqual(errands(self.show.pk).count(), 1)
        booking.refresh_from_db()
        self.assertEqual(booking.status, "cancelled")

    def test_refusal_is_tried_again(self) -> None:
        booking = self.book(1)
        self.call_off()
        with self.failing(booking, Refusal("later")), self.assertLogs(level="WARNING"):
            work()
        self.assertEqual(self.live(), 1)
