from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.test import TestCase

from booking import errors
from booking.models import Hold
from booking.services import holds
from booking.services.choices import open_show_with_seats
from booking.services.holds import change_hold, place_hold
from tests import factories
from tests.booking.services.hold_case import MINUTE, NOW, HoldTestCase


class OfferTests(HoldTestCase):
    def test_a_refused_hold_offers_the_nearest_equal_block(self) -> None:
        self.hold(2)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.hold(1, 2, client="address:2")

        self.assertEqual([seat.label for seat in refused.exception.offer], ["B1", "B2"])

    def test_nothing_is_offered_when_no_such_block_is_left(self) -> None:
        self.hold(2, 5)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.hold(1, 2, client="address:2")

        self.assertEqual(refused.exception.offer, [])


class BestTests(HoldTestCase):
    def best(self, count: int, **wish: Any) -> list[int]:
        token = self.hold(wish=holds.Best(count, **wish))
        self.assertTrue(token)
        return Hold.objects.latest("pk").seat_numbers

    def test_the_best_seats_are_held_one_after_the_other(self) -> None:
        self.assertEqual([self.best(3), self.best(3)], [[4, 5, 6], [1, 2, 3]])

    def test_too_few_seats_together_are_refused(self) -> None:
        with self.assertRaises(errors.NoSeatsTogether):
            self.best(4)

    def test_seats_of_an_expired_hold_are_among_the_best(self) -> None:
        self.best(3)

        self.hold(wish=holds.Best(3), now=NOW + 8 * MINUTE)

        self.assertEqual(Hold.objects.latest("pk").seat_numbers, [4, 5, 6])


class CompanionTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="WC.S", starts_at=NOW + timedelta(days=1))

    def hold(self, *seat_numbers: int, now: datetime = NOW) -> str:
        return place_hold(
            show_id=self.show.pk, wish=seat_numbers, client="address:1", user=None, now=now
        ).token

    def test_a_companion_seat_goes_with_its_wheelchair_space(self) -> None:
        with self.assertRaises(errors.CompanionAlone) as refused:
            self.hold(2, 3)

        self.assertEqual(refused.exception.seats, [errors.NamedSeat(2, "A2")])
        self.hold(1, 2)

    def test_a_wheelchair_space_needs_no_companion(self) -> None:
        self.hold(1)

    def test_anyone_may_have_a_companion_seat_in_the_last_hour(self) -> None:
        self.hold(2, now=self.show.starts_at - timedelta(hours=1))

    def test_a_hold_cannot_be_changed_to_a_companion_alone(self) -> None:
        token = self.hold(1, 2)

        with self.assertRaises(errors.CompanionAlone):
            change_hold(token=token, wish=[2], user=None, now=NOW)


class NoGapsTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSSSSS", starts_at=NOW + timedelta(days=1), no_gaps=True)
        self.hold(1)

    def hold(self, *seat_numbers: int) -> str:
        return place_hold(
            show_id=self.show.pk, wish=seat_numbers, client="address:1", user=None, now=NOW
        ).token

    def test_a_choice_that_leaves_a_gap_is_refused_with_the_way_out(self) -> None:
        with self.assertRaises(errors.LeavesGap) as refused:
            self.hold(3, 4)

        self.assertEqual(
            refused.exception.detail, "Seat A2 would be left alone: add A2, or move to A2–A3."
        )
        self.hold(*[seat.seat_number for seat in refused.exception.offer])

    def test_what_was_named_is_accepted(self) -> None:
        self.hold(2, 3, 4)

    def test_seats_are_not_locked_before_their_neighbours(self) -> None:
        """All in one order, or two choices beside each other would wait in a circle."""
        for no_gaps, locked in ((True, []), (False, [4, 5])):
            self.show.no_gaps = no_gaps
            self.show.save()
            with self.subTest(no_gaps=no_gaps), transaction.atomic():
                _, seats = open_show_with_seats(self.show.pk, [4, 5], NOW)
                self.assertEqual([seat.seat_number for seat in seats], locked)

    def test_best_seats_leave_no_gap(self) -> None:
        place_hold(show_id=self.show.pk, wish=holds.Best(5), client="address:1", user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").seat_numbers, [2, 3, 4, 5, 6])
