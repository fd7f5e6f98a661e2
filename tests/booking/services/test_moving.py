"""Shows that move: whoever booked hears of the last time and place, and of nothing in between."""

from datetime import datetime, timedelta
from typing import Any

from django.core import mail
from django.test import TestCase, override_settings
from django.utils import timezone

from booking import errors
from booking.models import Booking, Show
from booking.selectors.refunds import refund_of
from booking.services.amendments import cancel_booking
from booking.services.calling_off import cancel_show, move_show
from booking.services.sales import book_seats
from booking.services.shows import change_show
from foundation.instants import clock_time
from foundation.outbox.models import Message
from tests import factories
from tests.booking.services.test_calling_off import entry_of, work
from tests.ledger import check_books

NOW = timezone.now()


@override_settings(SITE_URL="https://frontrow.example")
class MovingTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show()
        self.users = [factories.user(confirmed_email=f"{name}@example.org") for name in "abc"]

    def book(self, number: int, user: Any) -> Booking:
        return book_seats(show_id=self.show.pk, seat_numbers=[number], user=user, now=NOW)

    def move(self, hours: int, **changed: Any) -> Show:
        start = self.show.starts_at + timedelta(hours=hours)
        now = NOW + timedelta(milliseconds=hours)
        here: dict[str, Any] = {"show_id": self.show.pk, "starts_at": start, "now": now}
        return move_show(**here | changed)

    def sent(self) -> list[Any]:
        mail.outbox.clear()
        work()
        return list(mail.outbox)

    def tearDown(self) -> None:
        check_books(self, self.show.pk)


class MoveTests(MovingTestCase):
    def test_all_who_booked_get_the_new_time_each_by_a_mail_of_their_own(self) -> None:
        for number, user in enumerate(self.users, 1):
            self.book(number, user)
        booked = {one.to[0]: entry_of(one) for one in self.sent()}

        show = self.move(2)

        moved = self.sent()
        self.assertEqual(sorted(one.to[0] for one in moved), sorted(booked))
        for one in moved:
            self.assertEqual(len(one.to), 1)
            self.assertIn(clock_time(show.starts_at), one.body)
            before, now = booked[one.to[0]], entry_of(one)
            self.assertEqual(now["UID"], before["UID"])
            self.assertGreater(int(now["SEQUENCE"]), int(before["SEQUENCE"]))
            self.assertEqual(now["DTSTART"], f"{show.starts_at:%Y%m%dT%H%M%SZ}")
            self.assertEqual(now["STATUS"], "CONFIRMED")

    def test_moved_twice_while_no_worker_runs_only_the_last_time_is_told(self) -> None:
        kept, given_back = (
            self.book(number, user) for number, user in enumerate(self.users[:2], 1)
        )
        self.sent()
        self.move(1)
        cancel_booking(booking_id=given_back.pk, user=None, now=NOW)
        show = self.move(3)

        sent = self.sent()

        told = {one.to[0]: one for one in sent}
        self.assertEqual(sorted(one.to[0] for one in sent), ["a@example.org", "b@example.org"])
        self.assertIn(clock_time(show.starts_at), told["a@example.org"].body)
        self.assertTrue(told["a@example.org"].subject.startswith("Moved: "))
        self.assertIn(kept.reference, told["a@example.org"].body)
        self.assertTrue(told["b@example.org"].subject.startswith("Cancelled: "))
        self.assertEqual(Message.objects.filter(kind="mail.moved").count(), 3)

    def test_moved_and_called_off_only_the_latter_is_told(self) -> None:
        self.book(1, self.users[0])
        self.sent()
        self.move(1)
        cancel_show(show_id=self.show.pk, now=NOW)
        [sent] = self.sent()
        self.assertTrue(sent.subject.startswith("Called off: "))
        self.assertEqual(entry_of(sent)["STATUS"], "CANCELLED")

    def test_who_booked_it_and_was_not_told_yet_gets_the_time_of_now(self) -> None:
        self.book(1, self.users[0])
        show = self.move(2)
        booked, moved = self.sent()
        self.assertTrue(booked.subject.startswith("Your tickets: "))
        for one in (booked, moved):
            self.assertIn(clock_time(show.starts_at), one.body)

    def test_whoever_booked_it_by_then_booked_another_show(self) -> None:
        ahead = NOW + timedelta(milliseconds=300)
        booked = book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.users[0], now=ahead)
        factories.paid(booked)
        self.sent()
        start = NOW + timedelta(minutes=90)
        move_show(show_id=self.show.pk, starts_at=start, now=NOW)
        booking = Booking.objects.select_related("show").get()
        self.assertEqual(refund_of(booking, NOW + timedelta(minutes=1)).kept, 0)
        [moved] = self.sent()
        self.assertTrue(moved.subject.startswith("Moved: "))

    def test_another_auditorium_is_a_move(self) -> None:
        self.book(1, self.users[0])
        self.sent()
        other = factories.auditorium(plan=self.show.auditorium.plan)
        show = self.move(0, starts_at=None, auditorium_id=other.pk)
        [sent] = self.sent()
        self.assertIn(other.name, sent.body)
        self.assertEqual(show.moved_at, NOW + timedelta(microseconds=1))  # it was booked at NOW

    def test_same_time_and_place_moves_nothing(self) -> None:
        self.book(1, self.users[0])
        self.sent()
        show = self.move(0, auditorium_id=self.show.auditorium_id)
        self.assertEqual(show.moved_at, None)
        self.assertEqual(self.sent(), [])

    def test_change_of_the_price_moves_nothing(self) -> None:
        self.book(1, self.users[0])
        self.sent()
        show = change_show(show_id=self.show.pk, now=NOW, price=self.show.price + 1)
        self.assertEqual(show.moved_at, None)
        self.assertEqual(self.sent(), [])

    def test_what_can_not_be_is_refused(self) -> None:
        over: datetime = self.show.film_ends_at
        other = factories.auditorium(plan="SS")
        with self.assertRaises(errors.ShowOver):
            self.move(1, now=over)
        with self.assertRaises(errors.InvalidShow):
            self.move(1, starts_at=NOW - timedelta(minutes=1), now=NOW)
        with self.assertRaises(errors.OtherLayout):
            self.move(1, auditorium_id=other.pk)
        with self.assertRaises(errors.ShowNotFound):
            self.move(1, show_id=10**6)
        cancel_show(show_id=self.show.pk, now=NOW)
        with self.assertRaises(errors.ShowCancelled):
            self.move(1)
