from datetime import UTC, date, datetime, timedelta

from django.test import TestCase, override_settings
from django.utils import timezone

from booking.selectors.catalogue import now_showing, upcoming_shows
from booking.services.sales import book_seats
from tests import factories

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class CatalogueTests(TestCase):
    def test_upcoming_shows_start_after_now_in_order_of_time(self) -> None:
        later, sooner = (factories.show(starts_at=NOW + timedelta(hours=hours)) for hours in (3, 2))
        factories.show(starts_at=NOW)

        self.assertEqual(list(upcoming_shows(now=NOW)), [sooner, later])

    def test_upcoming_shows_of_one_movie(self) -> None:
        wanted = factories.show(starts_at=NOW + timedelta(hours=1))
        factories.show(starts_at=NOW + timedelta(hours=2))

        self.assertEqual(list(upcoming_shows(now=NOW, movie_id=wanted.movie_id)), [wanted])

    @override_settings(TIME_ZONE="Europe/Berlin")
    def test_a_day_is_one_of_the_cinemas_clock(self) -> None:
        after_midnight_in_berlin = factories.show(
            starts_at=datetime(2030, 5, 1, 22, 30, tzinfo=UTC)
        )

        with timezone.override("Europe/Berlin"):
            self.assertEqual(
                list(upcoming_shows(now=NOW, on=date(2030, 5, 2))), [after_midnight_in_berlin]
            )

    def test_available_seats_are_counted(self) -> None:
        show = factories.show(plan="SSS", starts_at=NOW + timedelta(hours=1))
        book_seats(show_id=show.pk, seat_numbers=[1, 2], user=factories.user(), now=NOW)

        self.assertEqual([vars(s)["available_seats"] for s in upcoming_shows(now=NOW)], [1])

    def test_a_full_show_has_no_available_seat(self) -> None:
        show = factories.show(plan="S", starts_at=NOW + timedelta(hours=1))
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=NOW)

        self.assertEqual([vars(s)["available_seats"] for s in upcoming_shows(now=NOW)], [0])

    def test_now_showing_is_every_movie_with_upcoming_shows_once(self) -> None:
        movie = factories.movie(title="B")
        for hours in (1, 2):
            factories.show(of=movie, starts_at=NOW + timedelta(hours=hours))
        factories.show(starts_at=NOW - timedelta(hours=1))

        with self.assertNumQueries(1):
            movies = list(now_showing(now=NOW))

        self.assertEqual(movies, [movie])
