from typing import Any

from booking import errors
from booking.models import Hold, SeatChange
from booking.selectors import seat_map
from booking.services.holds import release_hold
from booking.services.offers import expire_holds
from booking.services.sales import book_seats
from tests import factories
from tests.booking.services.hold_case import MINUTE, MOMENT, NOW, HoldTestCase
from tests.ledger import map_of


class PlaceHoldTests(HoldTestCase):
    def test_held_seats_are_held_for_eight_minutes_and_say_so(self) -> None:
        self.hold(2, 1)

        until = 1000 * int((NOW + 8 * MINUTE).timestamp())
        self.assertEqual(
            map_of(self.show.pk),
            (1, "hhaaaa", {1: until, 2: until}),
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
            self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(2, "A2")])
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

    def test_live_holds_of_an_account_are_bounded(self) -> None:
        mine: dict[str, Any] = {"client": "user:1", "user": self.user}
        tokens = [self.hold(number, **mine) for number in range(1, 6)]

        with self.assertRaisesMessage(
            errors.TooManyHolds, "You have 5 holds already: book or release one of them first."
        ):
            self.hold(6, **mine)
        release_hold(token=tokens[0], user=self.user, now=NOW)
        self.hold(6, **mine)
        self.assertEqual(self.states(), "ahhhhh")

    def test_live_holds_of_an_address_are_bounded_and_an_account_is_the_way_out(self) -> None:
        self.show = factories.show(plan="S" * 22, starts_at=self.show.starts_at)
        for number in range(1, 21):
            self.hold(number)

        with self.assertRaisesMessage(
            errors.TooManyHolds,
            "Too many holds are under way from this address (20): sign in to hold seats on your "
            "own account.",
        ):
            self.hold(21)
        self.hold(21, client="user:1", user=self.user)
        self.hold(22, client="address:2")

    def test_expired_holds_do_not_count(self) -> None:
        mine: dict[str, Any] = {"client": "user:1", "user": self.user}
        for number in range(1, 6):
            self.hold(number, **mine)

        self.hold(6, now=NOW + 8 * MINUTE, **mine)

        self.assertEqual(Hold.objects.count(), 6)

    def test_a_token_serves_one_hold_and_nothing_is_tried_in_vain(self) -> None:
        token = self.hold(1, token="secret")
        release_hold(token=token, user=None, now=NOW)

        with (
            self.assertNoLogs("foundation.db.transactions", "INFO"),
            self.assertRaises(errors.TokenUsed),
        ):
            self.hold(2, token="secret")
        self.assertEqual(self.states(), "aaaaaa")

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

        self.assertEqual(map_of(self.show.pk), (2, "aaaaaa", {}))

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
