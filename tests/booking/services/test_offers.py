from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

from booking import errors
from booking.models import Hold, SeatChange, ShowSeat, WaitlistEntry
from booking.rules import HOLD_TIME, LONGEST_HOLD_TIME, OFFER_TIME
from booking.seating.claim import Best
from booking.selectors import seat_map
from booking.selectors.holds import hash_of
from booking.selectors.waitlist import current_offers, waitlist_address
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.offers import expire_holds, offer_token
from booking.services.sales import book_hold, book_seats
from booking.services.waitlist import waitlist_entries
from foundation.db.purge import KEPT_FOR
from tests import factories
from tests.booking.services.waitlist_case import NOW, WaitlistCase

LATER = NOW + HOLD_TIME
MOMENT = timedelta(seconds=1)


class OvertakingTests(WaitlistCase):
    """Seat 1's hold has expired, somebody waits for it, and nobody has swept it."""

    def setUp(self) -> None:
        super().setUp()
        self.entry = self.join(self.first)

    def attempts(self) -> dict[str, Any]:
        show_id, other = self.show.pk, factories.user()
        booking = book_seats(show_id=show_id, seat_numbers=[3], user=other, now=NOW)
        return {
            "hold": partial(self.hold, 1),
            "book": partial(book_seats, show_id=show_id, seat_numbers=[1], user=other),
            "exchange": partial(
                exchange_seats, booking_id=booking.pk, give=[3], take=[1], user=other
            ),
            "change of the expired hold": partial(
                change_hold, token=self.token, selection=[1, 2], user=None
            ),
            "booking of the expired hold": partial(
                book_hold, show_id=show_id, token=self.token, user=other
            ),
        }

    def test_nobody_overtakes_the_waitlist_and_the_offer_is_made(self) -> None:
        for name, attempt in self.attempts().items():
            with self.subTest(name):
                with self.assertRaises((errors.SeatTaken, errors.HoldExpired)) as refused:
                    attempt(now=LATER)

                self.assertEqual(refused.exception.members["seats"], [errors.NamedSeat(1, "A1")])
                seat = ShowSeat.objects.select_related("hold").get(show=self.show, seat_number=1)
                self.assertEqual(seat.hold and seat.hold.user, self.first)
                self.assertEqual(seat.held_until, LATER + OFFER_TIME)
                self.entry.refresh_from_db()
                self.assertEqual(self.entry.offered_at, LATER)

    def test_without_the_look_at_the_waitlist_it_is_overtaken(self) -> None:
        """Show that the test above sees what the look at the waitlist prevents."""
        with mock.patch("booking.services.board.Board.awaited", frozenset()):
            self.hold(1, now=LATER)

        self.assertNotEqual(Hold.objects.latest("pk").user, self.first)

    def test_a_block_that_was_lost_on_the_way_to_the_best_seats_makes_no_offer(self) -> None:
        """Its refusal is taken back with its locks; another one ends the operation."""
        choices = [frozenset({1}), frozenset({1}), errors.NoSeatsTogether("None is left.")]
        with (
            mock.patch("booking.services.selections.best_choice", side_effect=choices),
            self.assertRaises(errors.NoSeatsTogether),
        ):
            place_hold(
                show_id=self.show.pk, selection=Best(1), client="address:2", user=None, now=LATER
            )

        self.entry.refresh_from_db()
        self.assertIsNone(self.entry.offered_at)

    def test_awaited_seats_are_neither_free_nor_best(self) -> None:
        free = seat_map.free(LATER).filter(show=self.show)
        self.assertEqual(list(free.values_list("seat_number", flat=True)), [2, 3])

        placed = place_hold(
            show_id=self.show.pk, selection=Best(2), client="address:2", user=None, now=LATER
        )

        self.assertEqual(placed.seat_numbers, [2, 3])
        with self.assertRaises(errors.NoSeatsTogether):
            place_hold(
                show_id=self.show.pk, selection=Best(1), client="address:3", user=None, now=LATER
            )

    def test_best_seats_for_an_expired_hold_leave_the_waitlist_its_seat(self) -> None:
        changed = change_hold(token=self.token, selection=Best(2), user=None, now=LATER)

        self.assertEqual(changed.seat_numbers, [2, 3])
        self.assertEqual(Hold.objects.get(is_offer=True).user, self.first)

    def test_seats_that_nobody_waits_for_are_had_as_before(self) -> None:
        self.hold(2, now=LATER)

        self.assertEqual(self.states(), "hha")

    def test_who_asks_for_her_entries_gets_the_offer_that_is_due(self) -> None:
        [entry] = waitlist_entries(show_id=self.show.pk, user=self.first, now=LATER)

        self.assertEqual(entry.offered_at, LATER)

    def test_a_refused_request_of_which_a_part_is_awaited_names_all_that_is_lost(self) -> None:
        self.hold(3, now=LATER - MOMENT)

        with self.assertRaises(errors.SeatTaken) as refused:
            self.hold(1, 3, now=LATER)

        self.assertEqual([seat.seat_number for seat in refused.exception.members["seats"]], [1, 3])


class OfferLogTests(WaitlistCase):
    def log(self) -> Any:
        return SeatChange.objects.filter(show=self.show).latest("version").offers

    def test_the_log_tells_an_offer_from_an_ordinary_hold(self) -> None:
        self.join(self.first)
        self.assertEqual(self.log(), [])

        release_hold(token=self.token, user=None, now=NOW)

        self.assertEqual(self.log(), [[1, self.first.pk]])
        self.hold(2)
        self.assertEqual(self.log(), [])

    def test_the_next_on_the_waitlist_is_told_under_her_address(self) -> None:
        self.join(self.first)
        with (
            mock.patch("booking.events.publish") as publish,
            self.captureOnCommitCallbacks(execute=True),
        ):
            release_hold(token=self.token, user=None, now=NOW)

        address = hash_of(waitlist_address(self.show.pk, self.first.pk))
        self.assertEqual(publish.call_args.kwargs["offers"], [(1, address)])
        until = 1000 * int((NOW + OFFER_TIME).timestamp())
        self.assertEqual(current_offers(self.show.pk), [(1, until, address)])

    def test_every_way_of_letting_go_gives_the_offer(self) -> None:
        staff, buyer = factories.user(), factories.user()
        self.join(self.first)
        self.join(self.second)
        booking = book_hold(show_id=self.show.pk, token=self.token, user=buyer, now=NOW)
        cancel_booking(booking_id=booking.pk, user=buyer, now=NOW)
        self.assertEqual(self.log(), [[1, self.first.pk]])

        later = NOW + OFFER_TIME
        block_seats(show_id=self.show.pk, seat_numbers=[1], reason="wet", staff=staff, now=later)
        unblock_seats(show_id=self.show.pk, seat_numbers=[1], staff=staff, now=later)
        self.assertEqual(self.log(), [[1, self.second.pk]])


class MergingTests(WaitlistCase):
    """The first on the waitlist has her offer for seat 1 while she holds seat 3."""

    def setUp(self) -> None:
        super().setUp()
        self.own = self.hold(3, user=self.first)
        self.entry = self.join(self.first)
        release_hold(token=self.token, user=None, now=NOW)

    def change(self, *seat_numbers: int, user: Any, now: datetime = NOW) -> Hold:
        return change_hold(token=self.own, selection=seat_numbers, user=user, now=now)

    def test_an_offer_comes_into_the_present_hold(self) -> None:
        now = NOW + MOMENT
        changed = self.change(1, 3, user=self.first, now=now)

        self.assertEqual(changed.seat_numbers, [1, 3])
        self.assertEqual(changed.expires_at, now + HOLD_TIME)
        self.assertEqual(
            set(self.show.show_seats.filter(state="h").values_list("hold", flat=True)),
            {changed.pk},
        )
        offer = Hold.objects.get(is_offer=True)
        self.assertEqual(offer.ended_at, now)
        booking = book_hold(show_id=self.show.pk, token=self.own, user=self.first, now=now)
        self.assertEqual(booking.tickets.count(), 2)

    def test_nobody_elses_offer_does(self) -> None:
        self.own = self.hold(2, user=self.second)
        for user in (None, self.second):
            with self.subTest(user), self.assertRaises(errors.ShowFull):
                self.change(1, 2, user=user)

    def test_an_unnamed_offer_stays_as_it_is(self) -> None:
        self.change(2, 3, user=self.first)

        self.assertIsNone(Hold.objects.get(is_offer=True).ended_at)
        self.assertEqual(self.states(), "hhh")

    def test_an_offer_that_is_over_and_awaited_goes_to_the_next(self) -> None:
        self.join(self.second)
        now = NOW + OFFER_TIME

        with self.assertRaises(errors.SeatTaken):
            self.change(1, 3, user=self.first, now=now)

        self.assertEqual(Hold.objects.latest("pk").user, self.second)

    def test_an_offer_that_is_changed_is_an_ordinary_hold(self) -> None:
        token = offer_token(self.entry)
        changed = change_hold(token=token, selection=[1, 2], user=self.first, now=NOW)

        self.assertEqual((changed.is_offer, changed.expires_at), (False, NOW + HOLD_TIME))


class KeepingTests(WaitlistCase):
    def test_places_are_kept_for_a_day_after_their_offer(self) -> None:
        self.join(self.first)
        release_hold(token=self.token, user=None, now=NOW)
        expire_holds(show_id=self.show.pk, now=NOW + OFFER_TIME)
        next_day = NOW + KEPT_FOR - MOMENT
        for now, kept in ((next_day - MOMENT, 2), (next_day + MOMENT, 1)):
            with self.subTest(now=now):
                self.show.starts_at = now + timedelta(days=1)
                self.show.set_room_free_at()
                self.show.save()
                self.hold(2, now=now)
                entry = self.join(self.second, seat_number=2, now=now)
                self.assertEqual(WaitlistEntry.objects.count(), kept)
                entry.delete()
                expire_holds(show_id=self.show.pk, now=now + HOLD_TIME)

    def test_holds_are_kept_for_a_day_and_longer_where_a_seat_names_them(self) -> None:
        token = self.hold(3)
        release_hold(token=token, user=None, now=NOW)
        self.show.starts_at = NOW + timedelta(days=9)
        self.show.set_room_free_at()
        self.show.save()

        self.hold(3, now=NOW + timedelta(days=1) + LONGEST_HOLD_TIME)

        # Seats 1 and 2 were never swept.
        kept = Hold.objects.filter(show=self.show).order_by("pk")
        self.assertEqual([hold.seat_numbers for hold in kept], [[1, 2], [3]])
        expire_holds(show_id=self.show.pk, now=NOW + timedelta(days=2))
        self.hold(1, now=NOW + timedelta(days=2))
        self.assertEqual(Hold.objects.filter(show=self.show, seat_numbers=[1, 2]).count(), 0)
