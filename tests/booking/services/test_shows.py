import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock, skipUnless

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from booking import events
from booking.errors import AuditoriumTaken, InvalidShow, OtherLayout, ShowNotFound
from booking.models import Movie, SeatChange, SeatMap, Show, ShowSeat, State
from booking.services.auditoriums import change_auditorium, create_auditorium
from booking.services.shows import change_movie, change_show, create_show
from booking.terms import facts_of
from foundation.instants import milliseconds
from tests import factories
from tests.ledger import check_books


class CreateShowTests(TestCase):
    def test_show_has_one_available_seat_per_physical_seat_and_version_zero(self) -> None:
        show = factories.show(plan="SS\nP.W")

        self.assertEqual(show.seat_map.version, 0)
        self.assertEqual(
            list(ShowSeat.objects.filter(show=show).values_list("seat_number", "state")),
            [(number, State.AVAILABLE) for number in (1, 2, 3, 4)],
        )

    def test_values_out_of_range_are_refused_by_service_and_database(self) -> None:
        values: list[tuple[str, Any, bool]] = [
            ("starts_at", datetime(1, 1, 1, tzinfo=UTC), True),
            ("starts_at", datetime(1999, 12, 31, 23, 59, tzinfo=UTC), True),
            ("starts_at", datetime(2199, 12, 31, 0, 1, tzinfo=UTC), True),
            ("starts_at", datetime.max.replace(tzinfo=UTC), False),
            ("price", Decimal("9997.00"), True),  # with a surcharge of 3.00
            ("price", Decimal("-0.01"), True),
            ("price", Decimal("NaN"), False),
            ("price", Decimal("Infinity"), False),
            ("premium_surcharge", Decimal("9990.00"), True),
            ("premium_surcharge", Decimal("-1.00"), True),
        ]
        show = factories.show(price="10.00", premium_surcharge="3.00")
        for name, value, fits_the_column in values:
            with self.subTest(name, value=value):
                with self.assertRaises(InvalidShow):
                    change_show(show_id=show.pk, now=timezone.now(), **{name: value})
                fields: dict[str, Any] = {"starts_at": show.starts_at, "price": show.price} | {
                    name: value
                }
                with self.assertRaises(InvalidShow):
                    create_show(
                        movie=show.movie,
                        auditorium=factories.auditorium(),
                        **{"premium_surcharge": show.premium_surcharge} | fields,
                    )
                if fits_the_column:
                    with self.assertRaises(IntegrityError), transaction.atomic():
                        Show.objects.filter(pk=show.pk).update(**{name: value})

    def test_values_at_the_bounds_are_taken(self) -> None:
        for starts_at in (datetime(2000, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)):
            for price, surcharge in (("9999.99", "0.00"), ("9999.98", "0.01"), ("0.00", "9999.99")):
                with self.subTest(price):
                    factories.show(starts_at=starts_at, price=price, premium_surcharge=surcharge)

    def test_a_movie_has_a_length(self) -> None:
        for minutes in (0, 1001):
            with self.subTest(minutes), self.assertRaises(IntegrityError), transaction.atomic():
                factories.movie(duration_minutes=minutes)


class OneAtATimeTests(TestCase):
    """A movie of 97 minutes has the room for 112: with 15 for cleaning."""

    def setUp(self) -> None:
        self.now = timezone.now()
        self.movie = factories.movie(title="Salt and Signal", duration_minutes=97)
        self.room = create_auditorium(name="Studio", plan="SS")
        self.evening = datetime(2030, 5, 1, 18, tzinfo=UTC)  # 20:00 in Berlin
        self.first = self.put_on(0)

    def put_on(self, minutes: int, *, of: Movie | None = None, room: Any = None) -> Show:
        starts_at = self.evening + timedelta(minutes=minutes)
        return factories.show(of=of or self.movie, room=room or self.room, starts_at=starts_at)

    def move(self, show: Show, **changed: Any) -> None:
        change_show(show_id=show.pk, now=self.now, **changed)

    def lengthen(self, minutes: int) -> None:
        change_movie(
            movie_id=self.movie.pk,
            title=self.movie.title,
            synopsis="",
            duration_minutes=minutes,
            certificate="",
            now=self.now,
        )

    def room_free(self, show: Show) -> datetime:
        return Show.objects.get(pk=show.pk).room_free_at

    def test_show_that_begins_too_early_is_refused_and_named(self) -> None:
        short = factories.movie(title="Short", duration_minutes=10)
        with self.assertRaises(AuditoriumTaken) as refusal:
            self.put_on(30, of=short)
        self.assertEqual(
            refusal.exception.detail,
            "Short, 2030-05-01 20:30 would have Studio until 20:55, with 15 minutes for cleaning. "
            "Salt and Signal, 2030-05-01 20:00 has it until 21:52.",
        )

    def test_shows_may_touch_and_not_overlap(self) -> None:
        for minutes in (-111, -1, 0, 1, 111):
            with self.subTest(minutes), self.assertRaises(AuditoriumTaken):
                self.put_on(minutes)
        for minutes in (-112, 112):
            self.put_on(minutes)
        self.put_on(0, room=factories.auditorium())

    def test_show_is_not_moved_into_another(self) -> None:
        later = self.put_on(200)
        elsewhere = self.put_on(0, room=factories.auditorium(plan="SS"))
        with self.assertRaises(AuditoriumTaken):
            self.move(later, starts_at=self.evening + timedelta(minutes=100))
        with self.assertRaises(AuditoriumTaken):
            self.move(elsewhere, auditorium=self.room)
        with self.assertRaises(AuditoriumTaken):
            self.move(self.first, movie=factories.movie(duration_minutes=190))
        self.move(later, starts_at=self.evening + timedelta(minutes=190))
        self.assertEqual(self.room_free(later), self.evening + timedelta(minutes=190 + 97 + 15))

    def test_show_may_move_by_less_than_its_length(self) -> None:
        self.move(self.first, starts_at=self.evening + timedelta(minutes=5))
        self.assertEqual(self.room_free(self.first), self.evening + timedelta(minutes=117))

    def test_another_length_moves_the_ends_of_shows_to_come(self) -> None:
        past = factories.show(
            of=self.movie, room=self.room, starts_at=self.now - timedelta(hours=1)
        )
        ended = self.room_free(past)
        self.lengthen(120)
        self.assertEqual(self.room_free(self.first), self.evening + timedelta(minutes=135))
        self.assertEqual(self.room_free(past), ended)

    def test_length_that_makes_shows_collide_is_refused(self) -> None:
        self.put_on(120)
        with self.assertRaises(AuditoriumTaken), transaction.atomic():
            self.lengthen(106)
        self.assertEqual(self.room_free(self.first), self.evening + timedelta(minutes=112))
        self.assertEqual(Movie.objects.get(pk=self.movie.pk).duration_minutes, 97)
        self.lengthen(105)

    def test_show_that_overlaps_from_of_old_can_still_get_another_price(self) -> None:
        # As the migration leaves it, and SQLite takes it.
        with mock.patch("booking.services.shows._take_room", Show.set_room_free_at):
            other = self.put_on(200)
        Movie.objects.filter(pk=self.movie.pk).update(duration_minutes=300)
        self.move(self.first, price=Decimal("5.00"))
        self.move(other, no_gaps=True)
        with self.assertRaises(AuditoriumTaken):
            self.move(self.first, starts_at=self.evening - timedelta(minutes=1))

    def test_a_show_that_is_gone_is_named(self) -> None:
        self.first.delete()
        with self.assertRaises(ShowNotFound):
            self.move(self.first, price=Decimal(1))

    @skipUnless(connection.vendor == "postgresql", "an exclusion constraint of PostgreSQL")
    def test_database_refuses_what_no_service_looked_at(self) -> None:
        with (
            mock.patch("booking.services.shows._take_room", Show.set_room_free_at),
            self.assertRaisesMessage(IntegrityError, "one_show_at_a_time_in_auditorium"),
            transaction.atomic(),
        ):
            self.put_on(111)
        with mock.patch("booking.services.shows._take_room", Show.set_room_free_at):
            self.put_on(112)


class ChangedFactsTestCase(TestCase):
    def log(self, show: Show) -> list[Any]:
        """Return version, changes and facts of each entry, and the versions of the seat map."""
        seat_map = SeatMap.objects.get(pk=show.pk)
        rows = SeatChange.objects.filter(show=show).order_by("version")
        return [
            *rows.values_list("version", "changes", "facts"),
            (seat_map.version, seat_map.facts_version),
        ]


class ChangeShowTests(ChangedFactsTestCase):
    def test_each_fact_is_a_version_that_says_what_it_was_and_is(self) -> None:
        show = factories.show(price="10.00", premium_surcharge="3.00")
        other = factories.movie(title="Other")
        later = show.starts_at + timedelta(hours=1)
        for version, (name, value, what, now) in enumerate(
            [
                ("movie", other, "movie", {"id": other.pk, "title": "Other"}),
                ("starts_at", later, "starts_at", milliseconds(later)),
                ("price", Decimal("12.50"), "price", "12.50"),
                ("premium_surcharge", Decimal(0), "premium_surcharge", "0.00"),
            ],
            start=1,
        ):
            was = facts_of(Show.objects.get(pk=show.pk))
            with self.subTest(name), mock.patch.object(events, "publish") as publish:
                with self.captureOnCommitCallbacks(execute=True):
                    wanted: dict[str, Any] = {name: value}
                    change_show(show_id=show.pk, now=timezone.now(), **wanted)
                facts = facts_of(Show.objects.get(pk=show.pk))
                self.assertEqual(facts[what], now)
                self.assertEqual(facts, was | {what: now, "terms": facts["terms"]})
                self.assertNotEqual(facts["terms"], was["terms"])
                entry: Any = (version, [], {"was": was, "now": facts})
                self.assertEqual(self.log(show)[-2:], [entry, (version, version)])
                [call] = publish.call_args_list
                self.assertEqual(call.kwargs["entry"].version, version)
                self.assertEqual(json.loads(call.kwargs["text"])["show"], facts)
        check_books(self, show.pk)

    def test_what_is_no_part_of_the_terms_is_changed_without_a_version(self) -> None:
        show = factories.show()

        change_show(show_id=show.pk, now=timezone.now(), price=show.price, no_gaps=True)

        self.assertTrue(Show.objects.get(pk=show.pk).no_gaps)
        self.assertEqual(self.log(show), [(0, 0)])

    def test_show_moves_with_its_seats_to_an_auditorium_with_the_same_layout(self) -> None:
        show = factories.show(plan="SPS")
        twin = factories.auditorium(plan="SPS")

        change_show(show_id=show.pk, now=timezone.now(), auditorium=twin)

        seats = ShowSeat.objects.filter(show=show).values_list("seat__auditorium", "seat_number")
        self.assertEqual(list(seats), [(twin.pk, number) for number in (1, 2, 3)])
        self.assertEqual(
            self.log(show)[0][2]["now"]["auditorium"], {"id": twin.pk, "name": twin.name}
        )

    def test_show_does_not_move_to_an_auditorium_with_other_seats(self) -> None:
        show = factories.show(plan="SPS")

        with self.assertRaises(OtherLayout), transaction.atomic():
            change_show(
                show_id=show.pk, now=timezone.now(), auditorium=factories.auditorium(plan="SSS")
            )

        self.assertEqual(Show.objects.get(pk=show.pk).auditorium, show.auditorium)
        self.assertEqual(self.log(show), [(0, 0)])


class ChangeMovieTests(ChangedFactsTestCase):
    def change(self, movie: Movie, **fields: Any) -> None:
        same = {name: getattr(movie, name) for name in ("title", "synopsis", "certificate")}
        change_movie(
            movie_id=movie.pk, now=timezone.now(), **{"duration_minutes": 100} | same | fields
        )

    def test_another_title_is_a_version_of_each_show_to_come(self) -> None:
        movie = factories.movie(title="Old")
        coming = [factories.show(of=movie), factories.show(of=movie)]
        started = factories.show(of=movie, starts_at=timezone.now() - timedelta(hours=1))
        other = factories.show()

        self.change(movie, title="New")

        for show in coming:
            [(version, changes, facts), versions] = self.log(show)
            self.assertEqual((version, changes, versions), (1, [], (1, 1)))
            titles = [facts[when]["movie"]["title"] for when in ("was", "now")]
            self.assertEqual(titles, ["Old", "New"])
        self.assertEqual([self.log(show) for show in (started, other)], [[(0, 0)], [(0, 0)]])

    def test_other_words_about_a_movie_are_no_version(self) -> None:
        show = factories.show()

        self.change(show.movie, synopsis="Rain.", duration_minutes=120, certificate="12A")

        self.assertEqual(Movie.objects.get(pk=show.movie_id).duration_minutes, 120)
        self.assertEqual(self.log(show), [(0, 0)])


class RenamedAuditoriumTests(ChangedFactsTestCase):
    def test_another_name_is_a_version_of_each_show_to_come(self) -> None:
        room = factories.auditorium()
        show = factories.show(room=room)
        past = timezone.now() - timedelta(hours=1)
        started = factories.show(room=room, starts_at=past)

        change_auditorium(auditorium_id=room.pk, name="New", plan=room.plan, now=timezone.now())

        [(_, _, facts), versions] = self.log(show)
        self.assertEqual(facts["now"]["auditorium"], {"id": room.pk, "name": "New"})
        self.assertEqual((versions, self.log(started)), ((1, 1), [(0, 0)]))
