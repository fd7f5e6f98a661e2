from datetime import timedelta
from io import StringIO
from typing import Any
from unittest import mock

from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from booking.models import Auditorium, Booking, Kind, Movie, Show
from booking.selectors import seat_map
from booking.services.sales import book_seats
from booking.services.shows import change_show
from tests import factories


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@override_settings(DEBUG=True)
class CreateSampleDataTests(TestCase):
    def counts(self) -> tuple[int, int, int]:
        upcoming = Show.objects.filter(starts_at__gt=timezone.now())
        return Movie.objects.count(), upcoming.count(), Auditorium.objects.count()

    def test_it_makes_two_movies_and_three_shows_in_rooms_of_different_shapes(self) -> None:
        said = run("createsampledata")

        self.assertEqual(self.counts(), (2, 3, 3))
        self.assertEqual(
            said, "Sample data is loaded: 2 movies, 3 upcoming shows, user demo / demopass.\n"
        )
        grand_hall = Auditorium.objects.get(name="Grand Hall")
        self.assertEqual(grand_hall.capacity, 300)
        self.assertEqual(set(grand_hall.seats.values_list("kind", flat=True)), set(Kind))

    def test_the_demo_user_can_log_in(self) -> None:
        run("createsampledata")

        self.assertIsNotNone(authenticate(username="demo", password="demopass"))

    def test_running_again_changes_nothing(self) -> None:
        run("createsampledata")
        show = Show.objects.earliest("starts_at")
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now())
        run("createsampledata")

        self.assertEqual(self.counts(), (2, 3, 3))
        self.assertEqual(seat_map.states(show.pk).version, 1)

    def test_days_later_there_are_three_upcoming_shows_again(self) -> None:
        run("createsampledata")
        with mock.patch.object(timezone, "now", return_value=timezone.now() + timedelta(days=4)):
            run("createsampledata")

            self.assertEqual(self.counts(), (2, 3, 3))
        self.assertEqual(Show.objects.count(), 6)

    def test_a_show_that_is_still_on_keeps_its_auditorium(self) -> None:
        run("createsampledata")
        evening = Show.objects.get(auditorium__name="Grand Hall")
        before = evening.starts_at - timedelta(hours=2)
        change_show(show_id=evening.pk, starts_at=before, now=timezone.now())
        with mock.patch.object(timezone, "now", return_value=before + timedelta(minutes=1)):
            run("createsampledata")
        later = Show.objects.filter(auditorium__name="Grand Hall").latest("starts_at")
        self.assertEqual(later.starts_at, evening.starts_at + timedelta(days=1))

    @override_settings(DEBUG=False)
    def test_it_refuses_a_published_password_outside_debug_mode(self) -> None:
        with self.assertRaisesMessage(CommandError, "--with-demo-user"):
            run("createsampledata")

        self.assertEqual(get_user_model().objects.count(), 0)
        self.assertEqual(self.counts(), (0, 0, 0))

    @override_settings(DEBUG=False)
    def test_it_makes_the_demo_user_outside_debug_mode_when_told_to(self) -> None:
        run("createsampledata", "--with-demo-user")

        self.assertEqual(self.counts(), (2, 3, 3))


class BookSeatsTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSS")
        self.user = factories.user(username="kim")

    def test_it_books_and_prints_the_reference(self) -> None:
        said = run("bookseats", self.show.pk, 1, 3, "--user", "kim")

        self.assertEqual(said, f"Booked: {Booking.objects.get(user=self.user).reference}\n")
        self.assertEqual(seat_map.states(self.show.pk).states, "bab")

    def test_a_refusal_names_its_reason(self) -> None:
        run("bookseats", self.show.pk, 1, "--user", "kim")

        with self.assertRaisesRegex(CommandError, r"Seat A1 was taken .* ago\. \(seat_taken\)"):
            run("bookseats", self.show.pk, 1, "--user", "kim")

    def test_the_user_is_found_whatever_the_case_as_at_sign_in(self) -> None:
        run("bookseats", self.show.pk, 1, "--user", "Kim")

        self.assertEqual(Booking.objects.get().user, self.user)

    def test_an_account_that_may_not_sign_in_gets_no_seats(self) -> None:
        factories.user(username="gone", is_active=False)
        with self.assertRaisesMessage(CommandError, "The account gone is not active."):
            run("bookseats", self.show.pk, 1, "--user", "gone")

    def test_an_unknown_user_is_named(self) -> None:
        with self.assertRaisesMessage(CommandError, "There is no user nobody."):
            run("bookseats", self.show.pk, 1, "--user", "nobody")
