from datetime import timedelta

from booking import errors
from booking.models import Hold, PlaceInLine
from booking.selectors import seat_map
from booking.services import line
from booking.services.bookings import book_hold
from booking.services.holds import change_hold, release_hold
from booking.services.line import leave_line
from booking.services.turns import TURN_TIME, expire_holds, turn_token
from tests import factories
from tests.booking.services.line_case import NOW, LineCase


class LineTests(LineCase):
    def test_a_released_seat_goes_to_the_first_in_line_for_ninety_seconds(self) -> None:
        place = self.join(self.first)
        self.join(self.second)

        release_hold(token=self.token, user=None, now=NOW)

        until = 1000 * int((NOW + timedelta(seconds=90)).timestamp())
        self.assertEqual(seat_map.states(self.show.pk), seat_map.SeatStates(2, "haa", {1: until}))
        booking = book_hold(show_id=self.show.pk, token=turn_token(place), user=self.first, now=NOW)
        self.assertEqual(booking.user, self.first)

    def test_an_expired_seat_goes_to_the_first_in_line(self) -> None:
        self.join(self.first)

        expire_holds(show_id=self.show.pk, now=NOW + timedelta(minutes=8))

        self.assertEqual(self.states(), "haa")
        self.assertEqual(Hold.objects.latest("pk").user, self.first)

    def test_a_turn_that_passes_unused_goes_to_the_next(self) -> None:
        places = [self.join(self.first), self.join(self.second)]
        release_hold(token=self.token, user=None, now=NOW)
        later = NOW + TURN_TIME
        expire_holds(show_id=self.show.pk, now=later)

        self.assertEqual(Hold.objects.latest("pk").user, self.second)
        self.assertEqual(
            [PlaceInLine.objects.get(pk=place.pk).turn_at for place in places], [NOW, later]
        )
        expire_holds(show_id=self.show.pk, now=later + TURN_TIME)
        self.assertEqual(self.states(), "aaa")

    def test_nobody_elses_account_can_use_a_turn(self) -> None:
        place = self.join(self.first)
        release_hold(token=self.token, user=None, now=NOW)

        with self.assertRaises(errors.NotYourHold):
            book_hold(show_id=self.show.pk, token=turn_token(place), user=self.second, now=NOW)

    def test_who_left_the_line_is_passed_over(self) -> None:
        self.join(self.first)
        self.join(self.second)
        leave_line(show_id=self.show.pk, seat_number=1, user=self.first, now=NOW)

        release_hold(token=self.token, user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").user, self.second)

    def test_a_line_forms_at_held_seats_only(self) -> None:
        with self.assertRaises(errors.NotHeld):
            self.join(self.first, seat_number=3)
        with self.assertRaises(errors.NotHeld):
            self.join(self.first, now=NOW + timedelta(minutes=8))

    def test_nobody_waits_for_a_seat_they_hold_themselves(self) -> None:
        change_hold(token=self.token, wish=[1], user=self.first, now=NOW)

        with self.assertRaises(errors.NotHeld):
            self.join(self.first)

    def test_one_place_per_seat_and_user(self) -> None:
        self.join(self.first)

        with self.assertRaises(errors.AlreadyInLine):
            self.join(self.first)

    def test_a_line_is_bounded(self) -> None:
        for _ in range(line.LONGEST_LINE):
            self.join(factories.user())

        with self.assertRaises(errors.LineFull):
            self.join(self.first)

    def test_leaving_a_line_one_is_not_in(self) -> None:
        with self.assertRaises(errors.NotInLine):
            leave_line(show_id=self.show.pk, seat_number=1, user=self.first, now=NOW)
