from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.contrib.auth import authenticate, get_user_model
from django.test import TestCase
from django.utils import timezone

from booking.errors import UnknownSeats
from booking.models import Auditorium, Booking, Movie, SeatMap, Show
from booking.selectors import seat_map
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from foundation.db.transactions import one_transaction
from stage import rules, services
from stage.errors import CueNotFound, StageBusy, StageFull
from stage.models import Act, Stage
from stage.performers import dismiss, engage, performers
from tests import factories


class StageTestCase(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show_id = services.open_stage(now=self.now)

    def begin(self, act: Act = Act.RACE, *, now: datetime | None = None) -> str:
        return services.begin(act=act, seat_number=1, now=now or self.now)

    def book(self, *seat_numbers: int, user: Any = None) -> Booking:
        buyer = user or factories.user()
        return book_seats(show_id=self.show_id, seat_numbers=seat_numbers, user=buyer, now=self.now)

    def fill(self) -> None:
        """Leave fewer seats free than the stage wants."""
        seats = seat_map.states(self.show_id).capacity - rules.FEWEST_FREE + 1
        for first in range(1, seats + 1, 10):
            self.book(*range(first, min(first + 10, seats + 1)))


class OpeningTests(StageTestCase):
    def test_there_is_one_show_for_everybody(self) -> None:
        again = services.open_stage(now=self.now + timedelta(days=30))

        self.assertEqual((again, Show.objects.count(), Stage.objects.count()), (self.show_id, 1, 1))
        self.assertFalse(Show.objects.get().is_listed)

    def test_it_takes_no_auditorium_of_the_cinema(self) -> None:
        Stage.objects.all().delete()
        self.assertNotEqual(services.open_stage(now=self.now), self.show_id)
        self.assertEqual(
            list(Auditorium.objects.values_list("name", flat=True)), ["The Stage", "The Stage 2"]
        )

    def test_one_that_was_used_is_cleared_after_a_while_for_whoever_comes(self) -> None:
        self.book(1)
        soon = services.open_stage(now=self.now + rules.IDLE_TIME - timedelta(seconds=1))
        self.assertEqual(soon, self.show_id)

        late = services.open_stage(now=self.now + rules.IDLE_TIME)

        self.assertNotEqual(late, self.show_id)
        self.assertEqual(seat_map.states(late).available_seats, seat_map.states(late).capacity)
        self.assertEqual((Booking.objects.count(), Show.objects.count()), (0, 1))

    def test_one_that_is_full_or_has_a_long_log_is_cleared_at_once(self) -> None:
        self.fill()
        emptied = services.open_stage(now=self.now)
        self.assertNotEqual(emptied, self.show_id)

        SeatMap.objects.filter(pk=emptied).update(version=rules.LONGEST_LOG)
        self.assertNotEqual(services.open_stage(now=self.now), emptied)

    def test_nobody_who_plays_is_cleared_away(self) -> None:
        self.begin()
        self.fill()

        self.assertEqual(services.open_stage(now=self.now), self.show_id)
        with self.assertRaises(StageBusy):
            services.clear_stage(now=self.now)


class ClearingTests(StageTestCase):
    def test_what_anyone_has_there_goes_and_nothing_else(self) -> None:
        show = factories.show()
        user, now = factories.user(), self.now
        kept = book_seats(show_id=show.pk, seat_numbers=[1], user=user, now=now)
        self.book(1, user=user)
        place_hold(show_id=self.show_id, selection=[5], client="x", user=user, now=now)
        performer = engage(2)[0]
        self.book(7, user=get_user_model().objects.get(pk=performer.user_id))

        services.clear_stage(now=now)

        self.assertEqual(list(Booking.objects.all()), [kept])
        self.assertFalse(Show.objects.filter(pk=self.show_id).exists())
        self.assertEqual((Movie.objects.count(), performers().count()), (2, 0))
        self.assertTrue(get_user_model().objects.filter(pk=user.pk).exists())

    def test_no_listed_show_can_be_taken_off(self) -> None:
        """Whatever the stage's row says."""
        show = factories.show()
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=self.now)
        Stage.objects.update(show=show)

        services.clear_stage(now=self.now)

        self.assertEqual((show.bookings.count(), show.show_seats.count()), (1, 10))


class PlayingTests(StageTestCase):
    def test_act_is_played_once_and_soon(self) -> None:
        cue = self.begin()
        play = services.take_up(cue=cue, now=self.now)
        self.assertEqual((play.act, play.show_id, play.seat_number), (Act.RACE, self.show_id, 1))

        for spent, now in ((cue, self.now), ("", self.now), ("another", self.now)):
            with self.subTest(cue=spent), self.assertRaises(CueNotFound):
                services.take_up(cue=spent, now=now)

        later = self.now + rules.LONGEST_ACT
        late = self.begin(now=later)
        with self.assertRaises(CueNotFound):
            services.take_up(cue=late, now=later + rules.CUE_TIME)

    def test_one_at_a_time_until_it_is_over_and_the_stage_has_rested(self) -> None:
        play = services.take_up(cue=self.begin(), now=self.now)
        end = self.now + timedelta(seconds=4)
        with self.assertRaises(StageBusy):
            self.begin(now=end)

        free_at = services.finish(play=play, now=end)

        self.assertEqual(free_at, end + timedelta(seconds=4 * rules.REST_SHARE))
        with self.assertRaises(StageBusy):
            self.begin(now=free_at - timedelta(microseconds=1))
        self.begin(now=free_at)

    def test_act_that_only_waits_needs_a_short_rest(self) -> None:
        play = services.take_up(cue=self.begin(Act.MEANWHILE), now=self.now)
        end = self.now + timedelta(seconds=8)
        self.assertEqual(services.finish(play=play, now=end), end + rules.SHORTEST_REST)

    def test_act_whose_process_ended_frees_the_stage_and_does_not_end_the_next(self) -> None:
        lost = services.take_up(cue=self.begin(), now=self.now)
        later = self.now + rules.LONGEST_ACT
        play = services.take_up(cue=self.begin(now=later), now=later)
        engage(1)

        free_at = services.finish(play=lost, now=later)

        self.assertEqual((free_at, performers().count()), (play.until, 1))
        services.finish(play=play, now=later)
        self.assertEqual(performers().count(), 0)

    def test_full_stage_and_unknown_seat_are_refused(self) -> None:
        with self.assertRaises(UnknownSeats):
            services.begin(act=Act.RACE, seat_number=10_000, now=self.now)
        self.fill()
        with self.assertRaises(StageFull):
            self.begin()


class PerformerTests(TestCase):
    def test_nobody_can_log_in_as_one_or_sign_up_under_such_a_name(self) -> None:
        engage(2)
        first, second = performers()
        self.assertIsNone(authenticate(username=first.username, password=""))
        self.assertNotEqual(first.password, second.password)
        with self.assertRaisesMessage(Exception, "Enter a valid username"):
            get_user_model()(username="on stage 1", password="x").full_clean()

    def test_only_performers_without_a_booking_are_dismissed(self) -> None:
        moviegoer = factories.user(username="onstage")
        engage(3)
        show = factories.show()
        winner = performers()[0]
        book_seats(show_id=show.pk, seat_numbers=[1], user=winner, now=timezone.now())

        one_transaction(dismiss)()

        left = get_user_model().objects.order_by("pk")
        self.assertEqual(list(left), [moviegoer, winner])


class WithoutGuardsTests(StageTestCase):
    """What the tests above would find."""

    def test_cue_that_is_not_spent_is_played_twice(self) -> None:
        cue = self.begin()
        with mock.patch.object(Stage, "save"):
            for _ in range(2):
                services.take_up(cue=cue, now=self.now)

    def test_stage_that_is_always_free_has_two_acts_at_once(self) -> None:
        self.begin()
        with mock.patch.object(services, "_check_free"):
            self.begin()
