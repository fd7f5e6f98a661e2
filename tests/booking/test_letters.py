"""Who is told of what, and what the mails say."""

from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.core import mail
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.errors import SeatTaken
from booking.models import Booking
from booking.rules import OFFER_TIME
from booking.services import post
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.shows import change_movie
from booking.services.waitlist import join_waitlist
from cinema.erasure import erase_user
from foundation.outbox import worker
from foundation.outbox.models import Message
from tests import factories

TITLE = "Tom & Jerry’s <3"
SITE = "https://frontrow.example"


@override_settings(SITE_URL=SITE)
class LetterTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show = factories.show(of=factories.movie(title=TITLE))
        self.user = factories.user(confirmed_email="ada@example.org")

    def book(self, *seat_numbers: int, user: Any = None) -> Booking:
        return book_seats(
            show_id=self.show.pk,
            seat_numbers=seat_numbers,
            user=user or self.user,
            now=self.now,
        )

    def sent(self, now: datetime | None = None) -> list[Any]:
        """Send what waits, and return the mails."""
        mail.outbox.clear()
        with mock.patch.object(timezone, "now", return_value=now or timezone.now()):
            while worker.do_next():
                pass
        self.assertEqual(Message.objects.waiting().count(), 0)
        return list(mail.outbox)

    def test_tickets_come_with_codes_and_a_calendar_entry(self) -> None:
        booking = self.book(1, 2)
        [sent] = self.sent()
        self.assertEqual(sent.to, ["ada@example.org"])
        self.assertEqual(sent.subject, f"Your tickets: {TITLE}")
        link = f"{SITE}/bookings/{booking.reference}/"
        for said in (TITLE, booking.reference, "Seat A1", "Seat A2", "€20.00", link):
            self.assertIn(said, sent.body)
        parts = list(sent.message().walk())
        html = next(one for one in parts if one.get_content_type() == "text/html")
        page = html.get_payload(decode=True).decode()
        self.assertIn("Tom &amp; Jerry’s &lt;3", page)
        pictures = [one for one in parts if one.get_content_type() == "image/png"]
        names = [str(one["Content-ID"]).strip("<>") for one in pictures]
        self.assertEqual(names, ["seat-1", "seat-2"])
        self.assertEqual([f'src="cid:{name}"' in page for name in names], [True, True])
        self.assertEqual(len({one.get_payload() for one in pictures}), 2)
        [entry] = [one for one in parts if one.get_content_type() == "text/calendar"]
        said = entry.get_payload(decode=True).decode()
        self.assertIn(f"UID:{booking.reference}@front-row", said)
        self.assertIn(f"URL:{link}", said)

    def test_mail_says_what_is_paid_and_what_is_to_be_paid(self) -> None:
        booking, to_pay = self.book(1, 2), "To be paid at the box office, or at the door: "
        [unpaid] = self.sent()
        self.assertIn(f"{to_pay}€20.00", unpaid.body)
        self.assertNotIn("Paid:", unpaid.body)
        self.assertIn(f"{to_pay}<strong>€20.00</strong>", unpaid.alternatives[0][0])
        factories.paid(booking)
        exchange_seats(booking_id=booking.pk, give=[1], take=[7], user=self.user, now=self.now)
        [paid] = self.sent()
        self.assertIn("\nPaid: €20.00\n", paid.body)
        self.assertIn("Paid: €20.00", paid.alternatives[0][0])
        self.assertNotIn("To be paid", paid.body + paid.alternatives[0][0])

    def test_every_change_is_told_and_calendars_follow(self) -> None:
        booking = self.book(1, 2, 3)
        self.sent()
        exchange_seats(booking_id=booking.pk, give=[3], take=[7], user=self.user, now=self.now)
        cancel_booking(booking_id=booking.pk, user=self.user, seat_numbers=[1], now=self.now)
        exchanged, given_back = self.sent()
        cancel_booking(booking_id=booking.pk, user=None, now=self.now)  # by staff
        [cancelled] = self.sent()
        self.assertIn("You exchanged seat A3.", exchanged.body)
        self.assertIn("You gave back seat A1.", given_back.body)
        self.assertIn("Your booking is cancelled", cancelled.body)
        self.assertEqual(cancelled.subject, f"Cancelled: {TITLE}")
        entries = [self.entry(one) for one in (given_back, cancelled)]
        self.assertEqual([one["STATUS"] for one in entries], ["CONFIRMED", "CANCELLED"])
        self.assertEqual(entries[0]["UID"], entries[1]["UID"])
        self.assertLess(int(entries[0]["SEQUENCE"]), int(entries[1]["SEQUENCE"]))

    def entry(self, sent: Any) -> dict[str, str]:
        """The properties of the event in a mail's calendar file."""
        _, file, _ = sent.attachments[-1]
        lines = file.replace("\r\n ", "").splitlines()
        return dict(line.split(":", 1) for line in lines)

    def test_mail_says_what_is_true_when_it_is_sent(self) -> None:
        self.book(1)
        change_movie(
            movie_id=self.show.movie_id,
            title="Another",
            synopsis="",
            duration_minutes=90,
            certificate="",
            now=self.now,
        )
        [sent] = self.sent()
        self.assertEqual(sent.subject, "Your tickets: Another")

    def test_booking_that_is_cancelled_before_it_was_told_has_one_mail(self) -> None:
        booking = self.book(1)
        cancel_booking(booking_id=booking.pk, user=self.user, now=self.now)
        [sent] = self.sent()
        self.assertIn("is cancelled", sent.body)

    def test_without_an_address_nothing_is_enqueued_and_nothing_costs_more(self) -> None:
        costs = []
        nobody = factories.user(email="not@confirmed.example")
        for user, seat in ((nobody, 3), (self.user, 4)):  # PostgreSQL plans the statements
            self.book(seat, user=user)
        Message.objects.all().delete()
        for user, seat in ((nobody, 1), (self.user, 2)):
            with CaptureQueriesContext(connection) as queries:
                booking = self.book(seat, user=user)
            costs.append(len(queries))
            cancel_booking(booking_id=booking.pk, user=user, now=self.now)
        self.assertEqual({one.kind for one in Message.objects.all()}, {post.BOOKED, post.CANCELLED})
        self.assertEqual(Message.objects.count(), 2)
        one_statement = 1 if connection.vendor == "sqlite" else 0  # which joins the others' trip
        self.assertEqual(costs[1] - costs[0], one_statement)

    def test_what_is_refused_is_not_told(self) -> None:
        self.book(1)
        self.sent()
        with self.assertRaises(SeatTaken):
            self.book(1)
        self.assertEqual(self.sent(), [])

    def offer(self) -> None:
        """Let the user wait for a held seat, which is let go then."""
        hold = place_hold(
            show_id=self.show.pk, selection=[1], client="address:1", user=None, now=self.now
        )
        join_waitlist(show_id=self.show.pk, seat_number=1, user=self.user, now=self.now)
        release_hold(token=hold.token, user=None, now=self.now)

    def test_offer_is_told_while_it_lasts(self) -> None:
        self.offer()
        [sent] = self.sent(self.now)
        self.assertRegex(sent.subject, r"^Seat A1 is yours until \d\d:\d\d:\d\d$")
        self.assertIn(f"{SITE}/shows/{self.show.pk}/", sent.body)

    def test_offer_that_is_over_is_not(self) -> None:
        self.offer()
        self.assertEqual(self.sent(self.now + OFFER_TIME), [])

    def test_who_is_erased_is_told_nothing_more(self) -> None:
        self.book(1)
        late = Message.objects.get()
        erase_user(user_id=self.user.pk, now=self.now)
        self.assertEqual(Message.objects.count(), 0)
        late.save(force_insert=True)  # a worker had it
        self.assertEqual(self.sent(self.now + timedelta(hours=1)), [])
