"""What one client may hold of a show."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.test import TestCase

from booking.errors import (
    HeldEnough,
    HoldExpired,
    JustLetGo,
    TooManyHolds,
    TooManySeatsHeld,
)
from booking.models import Hold
from booking.rules import HOLDING_WINDOW, REST, SEATS_HELD
from booking.seating.claim import Best
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking
from booking.services.browser_holds import set_hold
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.sales import book_hold
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class HoldsOfAClientTests(TestCase):
    """A hall of 120 seats, and somebody at one address."""

    def setUp(self) -> None:
        self.new_show()
        self.user = factories.user()

    def new_show(self) -> None:
        plan = "\n".join(["S" * 10] * 12)
        self.show = factories.show(plan=plan, starts_at=NOW + timedelta(days=1))

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def hold(self, selection: Any, *, now: datetime = NOW, **changed: Any) -> str:
        arguments: dict[str, Any] = {"show_id": self.show.pk, "client": "address:1", "user": None}
        return place_hold(selection=selection, now=now, **(arguments | changed)).token

    def mine(self) -> dict[str, Any]:
        return {"client": f"user:{self.user.pk}", "user": self.user}

    def held(self) -> int:
        return seat_map.states(self.show.pk).states.count("h")

    def test_seats_held_at_once_are_bounded(self) -> None:
        for who in ({}, self.mine()):
            with self.subTest(who=who):
                before = self.held()
                for _ in range(2):
                    self.hold(Best(10), **who)
                for selection in (Best(10), Best(1), [120]):
                    with self.assertRaises(TooManySeatsHeld):
                        self.hold(selection, **who)
                self.assertEqual(self.held() - before, SEATS_HELD)
        other = factories.show(starts_at=NOW + timedelta(days=2))
        self.hold(Best(5), show_id=other.pk)
        self.hold(Best(10), client="address:2")

    def test_change_is_bounded_likewise(self) -> None:
        self.hold(range(1, 11))
        tokens = [self.hold(range(first, first + 5)) for first in (21, 41)]
        with self.assertRaises(TooManySeatsHeld):
            change_hold(token=tokens[0], selection=range(21, 27), user=None, now=NOW)
        change_hold(token=tokens[0], selection=range(31, 36), user=None, now=NOW)
        change_hold(token=tokens[0], selection=[31], user=None, now=NOW)
        change_hold(token=tokens[1], selection=range(41, 50), user=None, now=NOW)
        self.assertEqual(self.held(), 20)

    def test_refusal_says_what_to_do(self) -> None:
        for _ in range(2):
            self.hold(Best(10))
        with self.assertRaisesMessage(
            TooManySeatsHeld,
            "From one address, 20 seats of a show can be held at once without an account, and 20 "
            "are: sign in to hold seats on your own account.",
        ):
            self.hold(Best(2))

    def test_seats_just_let_go_are_for_others_first(self) -> None:
        for who in ({}, self.mine()):
            with self.subTest(who=who):
                token = self.hold([1, 2], **who)
                release_hold(token=token, user=who.get("user"), now=NOW)
                with self.assertRaises(JustLetGo) as refused:
                    self.hold([2, 3], **who)
                self.assertEqual(
                    [seat.label for seat in refused.exception.members["seats"]], ["A2"]
                )
                other = self.hold([11 + len(who)], **who)
                with self.assertRaises(JustLetGo):
                    change_hold(token=other, selection=[1], user=who.get("user"), now=NOW)
                token = self.hold([1, 2], client="address:2")
                release_hold(token=token, user=None, now=NOW)
                token = self.hold([1, 2], now=NOW + REST, **who)
                release_hold(token=token, user=who.get("user"), now=NOW + REST)
                over = Hold.objects.exclude(ended_at=None)
                over.update(ended_at=NOW - REST, expires_at=NOW - REST)

    def test_best_seats_are_others_than_those_just_let_go(self) -> None:
        token = self.hold(Best(10))
        first = Hold.objects.get().seat_numbers
        release_hold(token=token, user=None, now=NOW)

        self.hold(Best(10))

        self.assertEqual(set(Hold.objects.latest("pk").seat_numbers) & set(first), set())

    def test_lapsed_seats_rest_likewise_but_the_hold_itself_can_be_renewed(self) -> None:
        token = self.hold([1])
        lapsed = NOW + timedelta(minutes=8)
        with self.assertRaises(JustLetGo):
            self.hold([1], now=lapsed)
        change_hold(token=token, selection=[1], user=None, now=lapsed)
        with self.assertRaises(HoldExpired):
            change_hold(token=token, selection=[1], user=None, now=NOW + timedelta(minutes=20))

    def test_booked_and_cancelled_seats_can_be_held_at_once(self) -> None:
        booking = book_hold(show_id=self.show.pk, token=self.hold([1]), user=self.user, now=NOW)
        cancel_booking(booking_id=booking.pk, user=self.user, now=NOW)
        self.hold([1], **self.mine())

    def hold_for_an_hour(self, hold: Any) -> timedelta:
        """Hold twenty seats again and again with `hold`, and return for how long one had them.

        In seats times time, divided by the seats.
        """
        had = timedelta()
        step = timedelta(minutes=1)
        for number in range(HOLDING_WINDOW // step):
            now = NOW + number * step
            for part in (0, 1):
                try:
                    hold(part, now)
                except (HeldEnough, JustLetGo, HoldExpired, TooManySeatsHeld, TooManyHolds):
                    continue
            live = self.show.holds.filter(ended_at=None, expires_at__gt=now)
            seats = sum(len(one.seat_numbers) for one in live)
            self.assertLessEqual(seats, SEATS_HELD)
            had += seats * step
        return had / SEATS_HELD

    def test_nobody_holds_seats_for_ever(self) -> None:
        """By letting go and holding again at once, by lapses, by changes, by page and API."""
        tokens: dict[int, str] = {}

        def by_api(part: int, now: datetime) -> None:
            if part in tokens:
                try:
                    change_hold(token=tokens[part], selection=Best(10), user=None, now=now)
                except HoldExpired:
                    del tokens[part]
                return
            tokens[part] = self.hold(Best(10), now=now)

        def by_release(part: int, now: datetime) -> None:
            if part in tokens:
                release_hold(token=tokens.pop(part), user=None, now=now)
            tokens[part] = self.hold(Best(10), now=now)

        def by_page(part: int, now: datetime) -> None:
            selection: dict[str, Any] = {
                "show_id": self.show.pk,
                "client": "address:1",
                "user": None,
            }
            set_hold(browser=f"{part}", selection=Best(10), now=now, **selection)
            if now.minute % 2:
                set_hold(browser=f"{part}", selection=[], now=now, **selection)
                set_hold(browser=f"{part}", selection=Best(10), now=now, **selection)

        def by_new_browsers(part: int, now: datetime) -> None:
            selection: dict[str, Any] = {
                "show_id": self.show.pk,
                "client": "address:1",
                "user": None,
            }
            set_hold(browser=f"{part} {now}", selection=Best(10), now=now, **selection)

        for way in (by_api, by_release, by_page, by_new_browsers):
            with self.subTest(way=way.__name__):
                self.assertLessEqual(self.hold_for_an_hour(way), timedelta(minutes=30))
            tokens.clear()
            self.new_show()

        # Without the bounds they would.
        with (
            mock.patch("booking.services.bounds.HOLDING_TIME", timedelta(days=9)),
            mock.patch("booking.services.bounds.REST", timedelta(0)),
        ):
            for way in (by_release, by_new_browsers):
                with self.subTest(way=way.__name__):
                    self.assertGreater(self.hold_for_an_hour(way), timedelta(minutes=50))
                tokens.clear()
                self.new_show()
