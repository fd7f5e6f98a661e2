from django.db import IntegrityError, transaction

from booking import errors
from booking.models import SeatChange, ShowSeat, State
from booking.selectors import seat_map
from booking.services.offers import expire_holds
from tests import factories
from tests.booking.services.hold_case import MINUTE, MOMENT, NOW, HoldTestCase
from tests.booking.services.last_step import failing_at_the_log


class ExpireHoldsTests(HoldTestCase):
    def test_only_expired_seats_are_freed_in_one_change(self) -> None:
        self.hold(1, 2)
        self.hold(4, now=NOW + MINUTE, client="address:2")

        freed = expire_holds(show_id=self.show.pk, now=NOW + 8 * MINUTE)

        self.assertEqual(freed, [1, 2])
        self.assertEqual(self.states(), "aaahaa")
        self.assertEqual(SeatChange.objects.latest("version").changes, [[1, "a"], [2, "a"]])

    def test_nothing_expired_changes_nothing(self) -> None:
        self.hold(1)

        self.assertEqual(expire_holds(show_id=self.show.pk, now=NOW + 8 * MINUTE - MOMENT), [])
        self.assertEqual(seat_map.checkpoint(self.show.pk).version, 1)


class BookHoldTests(HoldTestCase):
    def test_the_very_seats_of_the_hold_are_booked(self) -> None:
        booking = self.book(self.hold(3, 1))

        self.assertEqual(list(booking.tickets.values_list("seat_number", flat=True)), [1, 3])
        self.assertEqual(self.states(), "babaaa")

    def test_booking_ends_the_hold(self) -> None:
        token = self.hold(1)
        self.book(token)

        with self.assertRaises(errors.HoldEnded):
            self.book(token)

    def test_a_hold_that_expired_a_moment_ago_books_while_its_seats_are_free(self) -> None:
        for swept in (False, True):
            with self.subTest(swept=swept):
                seat_number = 1 + swept
                token = self.hold(seat_number)
                if swept:
                    expire_holds(show_id=self.show.pk, now=NOW + 8 * MINUTE)

                self.book(token, now=NOW + 9 * MINUTE)

        self.assertEqual(self.states(), "bbaaaa")

    def test_an_expired_hold_that_lost_a_seat_books_none_and_names_it(self) -> None:
        token = self.hold(1, 2)
        self.hold(2, client="address:2", now=NOW + 8 * MINUTE)

        with self.assertRaises(errors.HoldExpired) as refused:
            self.book(token, now=NOW + 9 * MINUTE)

        self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(2, "A2")])
        self.assertNotIn("b", self.states())

    def test_a_hold_of_another_show_is_not_found(self) -> None:
        token = self.hold(1)

        with self.assertRaises(errors.HoldNotFound):
            self.book(token, show_id=factories.show().pk)

    def test_a_failure_at_the_last_step_leaves_the_hold(self) -> None:
        token = self.hold(1)
        with failing_at_the_log(), self.assertRaises(IntegrityError):
            self.book(token)

        self.assertEqual(self.states(), "haaaaa")
        self.book(token)


class HoldConstraintTests(HoldTestCase):
    def test_a_seat_without_a_hold_cannot_be_held(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            ShowSeat.objects.filter(show=self.show).update(state=State.HELD)

    def test_a_booked_seat_cannot_keep_a_hold(self) -> None:
        self.hold(1)
        with self.assertRaises(IntegrityError), transaction.atomic():
            ShowSeat.objects.filter(show=self.show, seat_number=1).update(state=State.BOOKED)
