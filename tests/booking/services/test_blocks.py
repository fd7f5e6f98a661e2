from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from booking import errors
from booking.models import SeatChange
from booking.selectors import seat_map
from booking.services.blocks import block_seats, unblock_seats
from booking.services.sales import book_seats
from tests import factories
from tests.ledger import check_books, map_of

NOW = timezone.now()


class BlockTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSS")
        self.staff = factories.user(username="kim")

    def block(self, *seat_numbers: int) -> None:
        block_seats(
            show_id=self.show.pk,
            seat_numbers=seat_numbers,
            reason="broken armrest",
            staff=self.staff,
            now=NOW,
        )

    def unblock(self, *seat_numbers: int) -> None:
        unblock_seats(show_id=self.show.pk, seat_numbers=seat_numbers, staff=self.staff, now=NOW)

    def book(self, *seat_numbers: int) -> None:
        book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, user=self.staff, now=NOW)

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def test_a_blocked_seat_is_not_for_sale_and_the_log_says_why(self) -> None:
        self.block(1, 2)

        self.assertEqual(map_of(self.show.pk), (1, "xxaa", {}))
        self.assertEqual(SeatChange.objects.get().note, "blocked by kim: broken armrest")
        with self.assertRaises(errors.SeatTaken):
            self.book(2, 3)

    def test_an_unblocked_seat_is_for_sale_again(self) -> None:
        self.block(1, 2)
        self.unblock(2)
        self.book(2)

        self.assertEqual(seat_map.states(self.show.pk).states, "xbaa")

    def test_a_booked_seat_cannot_be_blocked(self) -> None:
        self.book(2)

        with self.assertRaises(errors.SeatTaken):
            self.block(1, 2)
        self.assertEqual(seat_map.states(self.show.pk).states, "abaa")

    def test_only_blocked_seats_can_be_unblocked(self) -> None:
        self.block(1)

        with self.assertRaises(errors.NotBlocked) as refused:
            self.unblock(1, 2)
        self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(2, "A2")])
        self.assertEqual(seat_map.states(self.show.pk).states, "xaaa")

    def test_a_show_that_started_is_left_as_it_is(self) -> None:
        with self.assertRaises(errors.ShowStarted):
            block_seats(
                show_id=self.show.pk,
                seat_numbers=[1],
                reason="late",
                staff=self.staff,
                now=self.show.starts_at + timedelta(seconds=1),
            )
