from datetime import UTC, date, datetime, timedelta

from django.test import TestCase
from django.utils import timezone

from booking.models import Show
from booking.selectors.programme import (
    Day,
    PartOfDay,
    Wish,
    auditoriums,
    days,
    shows_found,
)
from booking.services.sales import book_seats
from tests import factories

# 13:00 in Berlin, where the cinema is.
NOW = datetime(2030, 5, 1, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


class ProgrammeTests(TestCase):
    def show(self, hours: float, **options: object) -> Show:
        return factories.show(starts_at=NOW + hours * HOUR, **options)  # type: ignore[arg-type]

    def found(self, **wish: object) -> list[Show]:
        return list(shows_found(Wish(**wish), now=NOW, size=9).shows)  # type: ignore[arg-type]

    def test_days_are_those_of_the_cinemas_clock_with_shows_to_come(self) -> None:
        self.show(-1)
        self.show(1)
        self.show(9)
        after_midnight_in_berlin = self.show(11.5)
        unlisted = self.show(60)
        Show.objects.filter(pk=unlisted.pk).update(is_listed=False)

        with self.assertNumQueries(1):
            found = days(now=NOW)

        self.assertEqual(found, [Day(date(2030, 5, 1), 2), Day(date(2030, 5, 2), 1)])
        self.assertEqual(timezone.localdate(after_midnight_in_berlin.starts_at), found[1].date)

    def test_shows_come_in_order_of_time_with_seats_counted(self) -> None:
        later, sooner = self.show(3), self.show(2, plan="SS")
        book_seats(show_id=sooner.pk, seat_numbers=[1], user=factories.user(), now=NOW)

        found = self.found()

        self.assertEqual(found, [sooner, later])
        self.assertEqual([vars(show)["available_seats"] for show in found], [1, 10])

    def test_shows_come_in_pages(self) -> None:
        shows = [self.show(hours) for hours in range(1, 6)]
        pages = [shows_found(Wish(), now=NOW, size=2, page=page) for page in (1, 2, 3, 4)]

        self.assertEqual(
            [list(page.shows) for page in pages], [shows[:2], shows[2:4], shows[4:], []]
        )
        self.assertEqual([page.has_next for page in pages], [True, True, False, False])

    def test_title_is_found_by_its_words_however_they_are_written(self) -> None:
        titles = ["Amélie in Öhringen", "ÄRGER", "Straße", "ערב טוב", "100% Love"]
        shows = {
            title: self.show(hours, of=factories.movie(title=title))
            for hours, title in enumerate(titles, 1)
        }
        for words, title in {
            "ohringen AMELIE": "Amélie in Öhringen",
            "ärg": "ÄRGER",
            "strasse": "Straße",
            "טוב": "ערב טוב",
            "0%": "100% Love",
        }.items():
            with self.subTest(words):
                self.assertEqual(self.found(title=words), [shows[title]])
        self.assertEqual(self.found(title="amelie ärger"), [])
        self.assertEqual(self.found(title="  "), list(shows.values()))

    def test_time_of_day_is_that_of_the_cinemas_clock(self) -> None:
        afternoon, evening, night, after_midnight, morning = (
            self.show(hours) for hours in (3.9, 4.1, 9.1, 13, 16)
        )
        for part, shows in {
            PartOfDay.MORNING: [morning],
            PartOfDay.AFTERNOON: [afternoon],
            PartOfDay.EVENING: [evening],
            PartOfDay.NIGHT: [night, after_midnight],
        }.items():
            with self.subTest(part):
                self.assertEqual(self.found(part=part), shows)

    def test_every_hour_is_in_one_part_of_the_day(self) -> None:
        hours = [hour for part in PartOfDay for hour in part.value]
        self.assertEqual(sorted(hours), list(range(24)))

    def test_shows_of_a_day_an_auditorium_and_a_movie(self) -> None:
        one = self.show(1)
        other = self.show(30, of=one.movie, room=factories.auditorium())
        third = self.show(31, room=one.auditorium)

        self.assertEqual(self.found(on=date(2030, 5, 2)), [other, third])
        self.assertEqual(self.found(auditorium_id=one.auditorium_id), [one, third])
        self.assertEqual(self.found(movie_id=one.movie_id), [one, other])
        self.assertEqual(self.found(on=date(2030, 5, 2), movie_id=one.movie_id), [other])

    def test_accessible_shows_have_a_wheelchair_space_that_is_free(self) -> None:
        self.show(1, plan="SS")
        wanted = self.show(2, plan="SW")
        taken = self.show(3, plan="SW")
        book_seats(show_id=taken.pk, seat_numbers=[2], user=factories.user(), now=NOW)

        self.assertEqual(self.found(accessible=True), [wanted])

    def test_auditoriums_are_those_with_shows_to_come(self) -> None:
        self.show(-1)
        room = self.show(1).auditorium
        factories.auditorium()

        self.assertEqual(auditoriums(now=NOW), [(room.pk, room.name)])
