from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.db import transaction
from django.test import TestCase

from booking import errors
from booking.models import Hold
from booking.seating.claim import Best, Claim
from booking.selectors import seat_map
from booking.services.board import Board, _locked_seat, open_board
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.booking.services.hold_case import MINUTE, NOW, HoldTestCase
from tests.ledger import check_books


class OfferTests(HoldTestCase):
    def test_a_refused_hold_offers_the_nearest_equal_block(self) -> None:
        self.hold(2)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.hold(1, 2, client="address:2")

        self.assertEqual(
            [seat.label for seat in refused.exception.members["alternative"]], ["B1", "B2"]
        )

    def test_nothing_is_offered_when_no_such_block_is_left(self) -> None:
        self.hold(2, 5)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.hold(1, 2, client="address:2")

        self.assertEqual(refused.exception.members["alternative"], [])


class BestTests(HoldTestCase):
    def best(self, count: int, **selection: Any) -> list[int]:
        token = self.hold(selection=Best(count, **selection))
        self.assertTrue(token)
        return Hold.objects.latest("pk").seat_numbers

    def test_the_best_seats_are_held_one_after_the_other(self) -> None:
        self.assertEqual([self.best(3), self.best(3)], [[4, 5, 6], [1, 2, 3]])

    def test_free_seats_are_those_of_the_model(self) -> None:
        """Available, held, lapsed, lapsed and awaited, awaited by nobody who is still there."""
        waiting, gone = factories.user(), factories.user(is_active=True)
        for number, user in ((2, waiting), (3, gone), (4, None), (5, None)):
            self.hold(number, client=f"address:{number}", now=NOW - number * MINUTE)
            if user:
                join_waitlist(show_id=self.show.pk, seat_number=number, user=user, now=NOW)
        gone.is_active = False
        gone.save()
        for minutes in range(10):
            now = NOW + minutes * MINUTE
            free = seat_map.free(now).filter(show=self.show)
            with self.subTest(minutes=minutes):
                self.assertEqual(
                    Board(self.show, now).free, set(free.values_list("seat_number", flat=True))
                )
        self.assertEqual(Board(self.show, now).free & {1, 2, 3, 4, 5}, {1, 3, 4, 5})

    def test_party_with_a_wheelchair_gets_the_space_and_the_nearest_seats(self) -> None:
        """No block of five has a space here, but seats around it are free."""
        show = factories.show(plan="SSSSSS\nSS.WC.\nSSSSSS", starts_at=self.show.starts_at)

        self.hold(show_id=show.pk, selection=Best(5, accessible=True))

        labels = show.show_seats.filter(state="h").values_list("seat__kind", flat=True)
        self.assertEqual(sorted(labels), ["companion", *["standard"] * 3, "wheelchair"])
        check_books(self, show.pk)

    def test_refusal_says_why_none_can_be_had(self) -> None:
        for best, why in (
            (Best(4), "No 4 seats together are left."),
            (Best(2, accessible=True), "No wheelchair space is left."),
        ):
            with self.subTest(best=best), self.assertRaises(errors.NoSeatsTogether) as refused:
                self.hold(selection=best)
            self.assertIn(why, refused.exception.detail)

    def test_too_few_seats_together_are_refused(self) -> None:
        with self.assertRaises(errors.NoSeatsTogether):
            self.best(4)

    def test_seats_of_an_expired_hold_are_among_the_best(self) -> None:
        self.best(3)

        self.hold(selection=Best(3), client="address:2", now=NOW + 8 * MINUTE)

        self.assertEqual(Hold.objects.latest("pk").seat_numbers, [4, 5, 6])


class CompanionTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="WC.S", starts_at=NOW + timedelta(days=1))

    def hold(self, *seat_numbers: int, now: datetime = NOW) -> str:
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client="address:1", user=None, now=now
        ).token

    def test_a_companion_seat_goes_with_its_wheelchair_space(self) -> None:
        with self.assertRaises(errors.CompanionAlone) as refused:
            self.hold(2, 3)

        self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(2, "A2")])
        self.hold(1, 2)

    def test_a_wheelchair_space_needs_no_companion(self) -> None:
        self.hold(1)

    def test_anyone_may_have_a_companion_seat_in_the_last_hour(self) -> None:
        self.hold(2, now=self.show.starts_at - timedelta(hours=1))

    def test_a_hold_cannot_be_changed_to_a_companion_alone(self) -> None:
        token = self.hold(1, 2)

        with self.assertRaises(errors.CompanionAlone):
            change_hold(token=token, selection=[2], user=None, now=NOW)


class NoGapsTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSSSSSSS", starts_at=NOW + timedelta(days=1), no_gaps=True)
        self.hold(1)

    def hold(self, *seat_numbers: int) -> str:
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client="address:1", user=None, now=NOW
        ).token

    def test_a_choice_that_leaves_a_gap_is_refused_with_the_way_out(self) -> None:
        with self.assertRaises(errors.LeavesGap) as refused:
            self.hold(3, 4)

        self.assertEqual(
            refused.exception.detail, "Seat A2 would be left alone: add A2, or move to A2–A3."
        )
        self.hold(*[seat.seat_number for seat in refused.exception.members["alternative"]])

    def test_what_was_named_is_accepted(self) -> None:
        self.hold(2, 3, 4)

    def test_seats_are_not_locked_before_their_neighbours(self) -> None:
        """All in one order, or two choices beside each other would wait in a circle."""
        for no_gaps, locked in ((True, []), (False, [4, 5])):
            self.show.no_gaps = no_gaps
            self.show.save()
            with (
                self.subTest(no_gaps=no_gaps),
                mock.patch("booking.services.board.lock_board") as lock_board,
                transaction.atomic(),
            ):
                open_board(self.show.pk, Claim(frozenset({4, 5})), NOW)
                first = lock_board.call_args.kwargs["found"]
                self.assertEqual([_locked_seat(row).seat_number for row in first], locked)

    def test_best_seats_leave_no_gap(self) -> None:
        place_hold(show_id=self.show.pk, selection=Best(5), client="address:1", user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").seat_numbers, [2, 3, 4, 5, 6])

    def test_best_seats_leave_no_gap_beside_seats_just_let_go(self) -> None:
        """Those are free, if not for who let go of them: A2 would be left alone."""
        show = factories.show(plan="SSSS", starts_at=self.show.starts_at, no_gaps=True)
        mine: dict[str, Any] = {"show_id": show.pk, "client": "address:1", "user": None, "now": NOW}
        place_hold(selection=[1], **mine | {"client": "address:2"})
        token = place_hold(selection=[2], **mine).token
        release_hold(token=token, user=None, now=NOW)

        with self.assertRaises(errors.NoSeatsTogether) as refused:
            place_hold(selection=Best(2), **mine)

        self.assertIn("Seats that you just let go of are for others", refused.exception.detail)
