from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.db import IntegrityError, transaction
from django.test import TestCase

from booking import errors
from booking.models import Hold, SeatChange, ShowSeat, State
from booking.selectors import seat_map
from booking.services import holds
from booking.services.bookings import book_hold, book_seats
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.turns import expire_holds
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


class HoldTestCase(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="SSP\nSSS", starts_at=NOW + timedelta(days=1))
        self.user = factories.user()

    def hold(self, *seat_numbers: int, **changed: Any) -> str:
        arguments: dict[str, Any] = {
            "show_id": self.show.pk,
            "wish": seat_numbers,
            "client": "address:1",
            "user": None,
            "now": NOW,
        } | changed
        return place_hold(**arguments).token

    def change(self, token: str, *seat_numbers: int, **changed: Any) -> Hold:
        arguments = {"token": token, "wish": seat_numbers, "user": None, "now": NOW}
        return change_hold(**(arguments | changed))

    def book(self, token: str, **changed: Any) -> Any:
        arguments = {"show_id": self.show.pk, "token": token, "user": self.user, "now": NOW}
        return book_hold(**(arguments | changed))

    def states(self) -> str:
        return seat_map.states(self.show.pk).states

    def tearDown(self) -> None:
        check_books(self, self.show.pk)


class PlaceHoldTests(HoldTestCase):
    def test_held_seats_are_held_for_eight_minutes_and_say_so(self) -> None:
        self.hold(2, 1)

        until = 1000 * int((NOW + 8 * MINUTE).timestamp())
        self.assertEqual(
            seat_map.states(self.show.pk),
            seat_map.SeatStates(1, "hhaaaa", {1: until, 2: until}),
        )
        self.assertEqual(SeatChange.objects.get().changes, [[1, "h", until], [2, "h", until]])

    def test_only_a_hash_of_the_token_is_kept(self) -> None:
        token = self.hold(1)

        kept = Hold.objects.get()
        self.assertNotIn(token, str(vars(kept)))
        self.assertEqual(len(kept.token_hash), 64)

    def test_a_held_seat_refuses_others_all_or_none(self) -> None:
        self.hold(2)

        for attempt in (
            lambda: self.hold(1, 2, client="address:2"),
            lambda: book_seats(show_id=self.show.pk, seat_numbers=[1, 2], user=self.user, now=NOW),
        ):
            with self.assertRaises(errors.SeatTaken) as refused:
                attempt()
            self.assertEqual(refused.exception.seats, [errors.NamedSeat(2, "A2")])
        self.assertEqual(self.states(), "ahaaaa")

    def test_an_expired_hold_blocks_nobody_though_nobody_swept_it(self) -> None:
        self.hold(1, 2)

        self.hold(2, client="address:2", now=NOW + 8 * MINUTE)
        book_seats(show_id=self.show.pk, seat_numbers=[1], user=self.user, now=NOW + 8 * MINUTE)

        self.assertEqual(self.states(), "bhaaaa")

    def test_a_hold_blocks_until_its_last_moment(self) -> None:
        self.hold(1)

        with self.assertRaises(errors.SeatTaken):
            self.hold(1, client="address:2", now=NOW + 8 * MINUTE - MOMENT)

    def test_live_holds_of_a_client_are_bounded(self) -> None:
        tokens = [self.hold(number) for number in range(1, 1 + holds.MAX_LIVE_HOLDS)]

        with self.assertRaises(errors.TooManyHolds):
            self.hold(6)
        release_hold(token=tokens[0], user=None, now=NOW)
        self.hold(6)
        self.assertEqual(self.states(), "ahhhhh")

    def test_expired_holds_do_not_count(self) -> None:
        for number in range(1, 1 + holds.MAX_LIVE_HOLDS):
            self.hold(number)

        self.hold(6, now=NOW + 8 * MINUTE)

        self.assertEqual(Hold.objects.count(), 6)

    def test_a_show_that_started_cannot_be_held(self) -> None:
        with self.assertRaises(errors.ShowStarted):
            self.hold(1, now=self.show.starts_at)


class ChangeHoldTests(HoldTestCase):
    def test_the_new_seats_replace_the_old_in_one_change(self) -> None:
        token = self.hold(1, 2)

        self.change(token, 2, 3)

        self.assertEqual(self.states(), "ahhaaa")
        self.assertEqual(
            [entry[:2] for entry in SeatChange.objects.get(version=2).changes],
            [[1, "a"], [2, "h"], [3, "h"]],
        )

    def test_one_taken_seat_changes_nothing_and_renews_nothing(self) -> None:
        token = self.hold(1)
        self.hold(3, client="address:2")
        before = seat_map.states(self.show.pk)

        with self.assertRaises(errors.SeatTaken):
            self.change(token, 2, 3, now=NOW + MINUTE)

        self.assertEqual(seat_map.states(self.show.pk), before)

    def test_activity_renews_up_to_twenty_minutes_in_all(self) -> None:
        token = self.hold(1)
        expiries = [
            self.change(token, 1, now=NOW + minutes * MINUTE).expires_at for minutes in (7, 14, 19)
        ]

        self.assertEqual(expiries, [NOW + minutes * MINUTE for minutes in (15, 20, 20)])
        with self.assertRaises(errors.HoldExpired):
            self.change(token, 1, now=NOW + 20 * MINUTE)

    def test_a_hold_that_expired_a_moment_ago_is_taken_up_again(self) -> None:
        token = self.hold(1)
        expire_holds(show_id=self.show.pk, now=NOW + 8 * MINUTE)

        self.change(token, 1, 2, now=NOW + 9 * MINUTE)

        self.assertEqual(self.states(), "hhaaaa")

    def test_a_hold_that_expired_long_ago_is_not(self) -> None:
        token = self.hold(1)

        with self.assertRaises(errors.HoldExpired):
            self.change(token, 1, now=NOW + 10 * MINUTE)

    def test_seats_taken_over_meanwhile_are_not_given_away(self) -> None:
        token = self.hold(1, 2)
        self.hold(1, client="address:2", now=NOW + 8 * MINUTE)

        self.change(token, 3, now=NOW + 9 * MINUTE)

        self.assertEqual(self.states(), "hahaaa")

    def test_an_unknown_token(self) -> None:
        with self.assertRaises(errors.HoldNotFound):
            self.change("nobody's", 1)


class AccountTests(HoldTestCase):
    def test_a_hold_is_tied_to_the_first_account_that_uses_it(self) -> None:
        token = self.hold(1)
        self.change(token, 2, user=self.user)

        self.assertEqual(Hold.objects.get().user, self.user)
        for use in (self.change, lambda token, *_, **who: self.book(token, **who)):
            with self.assertRaises(errors.NotYourHold):
                use(token, 3, user=factories.user())
        self.assertEqual(self.states(), "ahaaaa")


class ReleaseHoldTests(HoldTestCase):
    def test_releasing_frees_the_seats_at_once(self) -> None:
        token = self.hold(1, 2)

        release_hold(token=token, user=None, now=NOW)

        self.assertEqual(seat_map.states(self.show.pk), seat_map.SeatStates(2, "aaaaaa"))

    def test_a_released_hold_cannot_be_used_again(self) -> None:
        token = self.hold(1)
        release_hold(token=token, user=None, now=NOW)

        for use in (
            lambda: self.change(token, 1),
            lambda: self.book(token),
            lambda: release_hold(token=token, user=None, now=NOW),
        ):
            with self.assertRaises(errors.HoldEnded):
                use()

    def test_releasing_an_expired_hold_leaves_seats_that_others_took(self) -> None:
        token = self.hold(1, 2)
        self.hold(1, client="address:2", now=NOW + 9 * MINUTE)

        release_hold(token=token, user=None, now=NOW + 9 * MINUTE)

        self.assertEqual(self.states(), "haaaaa")


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
        self.assertEqual(seat_map.version(self.show.pk), 1)


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

        self.assertEqual(refused.exception.seats, [errors.NamedSeat(2, "A2")])
        self.assertNotIn("b", self.states())

    def test_a_hold_of_another_show_is_not_found(self) -> None:
        token = self.hold(1)

        with self.assertRaises(errors.HoldNotFound):
            self.book(token, show_id=factories.show().pk)

    def test_a_failure_at_the_last_step_leaves_the_hold(self) -> None:
        token = self.hold(1)
        with (
            mock.patch("booking.services.seat_changes._next_version", side_effect=RuntimeError),
            self.assertRaises(RuntimeError),
        ):
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

    def test_best_seats_leave_no_gap(self) -> None:
        place_hold(show_id=self.show.pk, wish=holds.Best(5), client="address:1", user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").seat_numbers, [2, 3, 4, 5, 6])
