"""A booking's calendar file, when the booking or its show changes later."""

from datetime import UTC, datetime, timedelta

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import SeatChange, SeatMap
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from booking.services.shows import change_movie, change_show
from tests import factories


@tag("once")
class CalendarTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.user = factories.user()
        self.client.force_login(self.user)
        self.show = factories.show()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=self.user, now=self.now
        )
        self.path = f"/bookings/{self.booking.reference}/"

    def entry(self) -> dict[str, str]:
        """The properties of the booking's event, by name."""
        file = self.client.get(f"{self.path}calendar.ics").content.decode()
        lines = file.replace("\r\n ", "").splitlines()
        event = lines[lines.index("BEGIN:VEVENT") + 1 : lines.index("END:VEVENT")]
        return dict(line.split(":", 1) for line in event)

    def later(self, seconds: int) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def assert_revised(self, *, times: int, at: datetime, status: str) -> None:
        entry = self.entry()
        self.assertEqual(
            [entry[name] for name in ("UID", "SEQUENCE", "DTSTAMP", "STATUS")],
            [f"{self.booking.reference}@front-row", str(times), stamp(at), status],
        )

    def test_new_booking_is_confirmed_and_unrevised(self) -> None:
        self.assert_revised(times=0, at=self.now, status="CONFIRMED")

    def test_cancelling_is_a_revision(self) -> None:
        cancel_booking(booking_id=self.booking.pk, user=self.user, now=self.later(60))

        self.assert_revised(times=2, at=self.later(60), status="CANCELLED")

    def test_moving_the_show_twice_and_cancelling_are_revisions(self) -> None:
        hour = timedelta(hours=1)
        sequences = []
        for number in (1, 2):
            start = self.show.starts_at + number * hour
            change_show(show_id=self.show.pk, starts_at=start, now=self.later(number))
            entry = self.entry()
            self.assertEqual(entry["DTSTART"], stamp(start))
            self.assertEqual(entry["DTSTAMP"], stamp(self.later(number)))
            sequences.append(int(entry["SEQUENCE"]))
        cancel_booking(booking_id=self.booking.pk, user=self.user, now=self.later(3))
        sequences.append(int(self.entry()["SEQUENCE"]))

        self.assertEqual(sequences, sorted(set(sequences)))
        self.assertEqual(self.entry()["STATUS"], "CANCELLED")

    def test_exchange_and_a_single_ticket_given_back_are_revisions(self) -> None:
        exchange_seats(
            booking_id=self.booking.pk, give=[1], take=[3], user=self.user, now=self.later(1)
        )
        self.assert_revised(times=1, at=self.later(1), status="CONFIRMED")
        cancel_booking(
            booking_id=self.booking.pk, seat_numbers=[2], user=self.user, now=self.later(2)
        )
        self.assert_revised(times=2, at=self.later(2), status="CONFIRMED")
        self.assertIn("seats A3", self.entry()["DESCRIPTION"])

    def test_it_keeps_the_receipt(self) -> None:
        log = f"http://testserver/shows/{self.show.pk}/log/?at=1"
        seats = f"Booking {self.booking.reference}\\, seats A1\\, A2."
        digest = SeatMap.objects.get(show=self.show).digest
        receipt = f"Entry 1 of this show's log\\, {digest}: {log}"
        self.assertEqual(self.entry()["DESCRIPTION"], f"{seats} {receipt}")
        SeatChange.objects.update(booking=None)
        self.assertEqual(self.entry()["DESCRIPTION"], seats)

    def test_film_of_another_name_is_a_revision(self) -> None:
        change_movie(
            movie_id=self.show.movie_id,
            title="Another",
            synopsis="",
            duration_minutes=100,
            certificate="",
            now=self.later(5),
        )

        self.assert_revised(times=1, at=self.later(5), status="CONFIRMED")
        self.assertEqual(self.entry()["SUMMARY"], "Another")

    def test_what_changed_before_the_booking_is_no_revision_of_it(self) -> None:
        price = self.show.price + 1
        change_show(show_id=self.show.pk, price=price, now=self.now - timedelta(seconds=1))

        self.assert_revised(times=0, at=self.now, status="CONFIRMED")


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
