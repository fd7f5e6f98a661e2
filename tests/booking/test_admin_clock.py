"""Times that staff type and read, also in the night when the clocks change."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import SimpleTestCase

from booking.admin.moments import MomentField
from booking.models import Show
from cinema.accounts.models import User
from foundation.instants import clock_time, moment_in_words
from tests import factories
from tests.booking.admin_case import FormTestCase
from tests.booking.test_admin import booking_of


class ClockChangeTest(FormTestCase):
    """In Berlin the clocks go back on 28 October 2029, and on 25 March forward."""

    first = datetime(2029, 10, 28, 0, 30, tzinfo=UTC)
    second = datetime(2029, 10, 28, 1, 30, tzinfo=UTC)

    def put_on(self, day: str, clock: str) -> Any:
        return self.post(
            "booking/show/add/",
            {
                "movie": factories.movie().pk,
                "auditorium": factories.auditorium().pk,
                "starts_at_0": day,
                "starts_at_1": clock,
                "price": "1",
                "premium_surcharge": "0",
            },
        )

    def test_hour_that_is_shown_twice_is_entered_by_its_offset(self) -> None:
        refused = self.put_on("2029-10-28", "02:30")
        self.assertEqual(
            self.errors(refused)["starts_at"],
            [
                "On 28 October 2029 the clocks show 02:30 twice: write 02:30+02:00 for the first "
                "time, 02:30+01:00 for the second."
            ],
        )
        for clock, moment in (("02:30+02:00", self.first), ("02:30:00 +01:00", self.second)):
            self.assertEqual(self.put_on("2029-10-28", clock).status_code, 302)
            self.assertEqual(Show.objects.latest("pk").starts_at, moment)

    def test_what_clocks_never_show_is_refused(self) -> None:
        self.assertEqual(
            self.errors(self.put_on("2029-03-25", "02:30"))["starts_at"],
            ["On 25 March 2029 there is no 02:30: the clocks go from +01:00 to +02:00."],
        )
        for clock in ("01:59", "03:00"):
            self.assertEqual(self.put_on("2029-03-25", clock).status_code, 302)

    def test_offset_that_the_clock_has_not_is_refused(self) -> None:
        self.assertEqual(
            self.errors(self.put_on("2029-07-01", "20:00+01:00"))["starts_at"],
            ["On 1 July 2029 at 20:00 the clock's offset is +02:00."],
        )

    def test_form_shows_which_and_saves_it_unchanged(self) -> None:
        for moment, clock in ((self.first, "02:30+02:00"), (self.second, "02:30+01:00")):
            show = factories.show(starts_at=moment)
            data = self.open(show)
            self.assertEqual((data["starts_at_0"], data["starts_at_1"]), ("28/10/2029", clock))
            self.assertEqual(self.save(show, data).status_code, 302)
            self.assertEqual(Show.objects.get(pk=show.pk).starts_at, moment)

    def test_every_page_tells_them_apart(self) -> None:
        shows = [factories.show(starts_at=moment) for moment in (self.first, self.second)]
        bookings = [booking_of(show, 1) for show in shows]
        for path in ("/", "/admin/booking/show/", "/admin/booking/booking/", "/api/shows/"):
            with self.subTest(path):
                html = self.client.get(path).content.decode()
                for offset in ("+02:00", "+01:00"):
                    self.assertIn(offset, html)
        for show, booking, offset in zip(shows, bookings, ("+02:00", "+01:00"), strict=True):
            self.client.force_login(self.staff)
            for path in (f"/shows/{show.pk}/", f"/till/{show.pk}/"):
                with self.subTest(path):
                    self.assertContains(self.client.get(path), f"02:30{offset}")
            self.client.force_login(User.objects.get(bookings=booking))
            for path in ("/bookings/", f"/bookings/{booking.reference}/"):
                with self.subTest(path):
                    self.assertContains(self.client.get(path), f"02:30{offset}")

    def test_user_who_joined_then_can_be_changed(self) -> None:
        user = factories.user(date_joined=self.second)
        path = f"accounts/user/{user.pk}/change/"
        data = self.sent(self.get(path))
        self.assertEqual(data["date_joined_1"], "02:30+01:00")
        self.assertEqual(self.post(path, data).status_code, 302)
        user.refresh_from_db()
        self.assertEqual(user.date_joined, self.second)

    def test_times_of_day_in_words(self) -> None:
        self.assertEqual(clock_time(self.first), "02:30+02:00")
        self.assertEqual(clock_time(self.second + timedelta(hours=1)), "03:30")
        self.assertEqual(moment_in_words(self.second, seconds=True), "28 Oct 2029, 02:30:00+01:00")


class MomentFieldTest(SimpleTestCase):
    def test_odd_input_is_refused_by_its_reason(self) -> None:
        field = MomentField()
        for sent, codes in (
            (["", ""], ["required"]),
            (["2029-01-01", ""], ["required"]),
            (["", "20:00"], ["required"]),
            (["x", "20:00"], ["invalid"]),
            (["2029-01-01", "25:00"], ["invalid"]),
            (["2029-01-01", "+01:00"], ["invalid"]),
            (["2029-01-01", "20:00+99:99"], ["wrong_offset"]),
            (["0001-01-01", "00:00"], ["out_of_reach"]),
            (["9999-12-31", "23:59"], ["out_of_reach"]),
        ):
            with self.subTest(sent):
                with self.assertRaises(Exception) as refusal:
                    field.clean(sent)
                errors: Any = refusal.exception
                self.assertEqual([error.code for error in errors.error_list], codes)
