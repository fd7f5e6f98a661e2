from datetime import timedelta

from booking import errors
from booking.models import Hold, WaitlistEntry
from booking.rules import OFFER_TIME, WAITLIST_LENGTH
from booking.selectors.waitlist import entries_of
from booking.services.amendments import cancel_booking
from booking.services.holds import change_hold, release_hold
from booking.services.offers import expire_holds, offer_token
from booking.services.sales import book_hold
from booking.services.waitlist import leave_waitlist
from tests import factories
from tests.booking.services.waitlist_case import NOW, WaitlistCase
from tests.ledger import map_of


class WaitlistTests(WaitlistCase):
    def test_a_released_seat_goes_to_the_first_on_the_waitlist_for_ninety_seconds(self) -> None:
        entry = self.join(self.first)
        self.join(self.second)

        release_hold(token=self.token, user=None, now=NOW)

        until = 1000 * int((NOW + timedelta(seconds=90)).timestamp())
        self.assertEqual(map_of(self.show.pk), (2, "haa", {1: until}))
        booking = book_hold(
            show_id=self.show.pk, token=offer_token(entry), user=self.first, now=NOW
        )
        self.assertEqual(booking.user, self.first)

    def test_an_expired_seat_goes_to_the_first_on_the_waitlist(self) -> None:
        self.join(self.first)

        expire_holds(show_id=self.show.pk, now=NOW + timedelta(minutes=8))

        self.assertEqual(self.states(), "haa")
        self.assertEqual(Hold.objects.latest("pk").user, self.first)

    def test_an_offer_that_passes_unused_goes_to_the_next(self) -> None:
        entries = [self.join(self.first), self.join(self.second)]
        release_hold(token=self.token, user=None, now=NOW)
        later = NOW + OFFER_TIME
        expire_holds(show_id=self.show.pk, now=later)

        self.assertEqual(Hold.objects.latest("pk").user, self.second)
        self.assertEqual(
            [WaitlistEntry.objects.get(pk=entry.pk).offered_at for entry in entries], [NOW, later]
        )
        expire_holds(show_id=self.show.pk, now=later + OFFER_TIME)
        self.assertEqual(self.states(), "aaa")

    def test_nobody_elses_account_can_use_an_offer(self) -> None:
        entry = self.join(self.first)
        release_hold(token=self.token, user=None, now=NOW)

        with self.assertRaises(errors.NotYourHold):
            book_hold(show_id=self.show.pk, token=offer_token(entry), user=self.second, now=NOW)

    def test_who_left_the_waitlist_is_passed_over(self) -> None:
        self.join(self.first)
        self.join(self.second)
        leave_waitlist(show_id=self.show.pk, seat_number=1, user=self.first, now=NOW)

        release_hold(token=self.token, user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").user, self.second)

    def test_seat_of_a_ticket_from_an_offer_that_is_given_back_goes_to_the_next(self) -> None:
        entry = self.join(self.first)
        self.join(self.second)
        release_hold(token=self.token, user=None, now=NOW)
        token = offer_token(entry)
        booking = book_hold(show_id=self.show.pk, token=token, user=self.first, now=NOW)

        cancel_booking(booking_id=booking.pk, user=self.first, now=NOW)

        self.assertEqual(self.states(), "haa")
        hold = self.show.show_seats.get(seat_number=1).hold
        assert hold is not None
        self.assertEqual(hold.user_id, self.second.pk)
        self.assertEqual(WaitlistEntry.objects.waiting().count(), 0)
        expire_holds(show_id=self.show.pk, now=NOW + OFFER_TIME)
        self.assertEqual(self.states(), "aaa")  # and not once more to who has left

    def test_a_waitlist_forms_at_held_seats_only(self) -> None:
        with self.assertRaises(errors.NotHeld):
            self.join(self.first, seat_number=3)
        with self.assertRaises(errors.NotHeld):
            self.join(self.first, now=NOW + timedelta(minutes=8))

    def test_nobody_waits_for_a_seat_they_hold_themselves(self) -> None:
        change_hold(token=self.token, selection=[1], user=self.first, now=NOW)

        with self.assertRaises(errors.NotHeld):
            self.join(self.first)

    def test_one_place_per_seat_and_user(self) -> None:
        self.join(self.first)

        with self.assertRaises(errors.AlreadyOnWaitlist):
            self.join(self.first)

    def test_a_waitlist_is_bounded(self) -> None:
        for _ in range(WAITLIST_LENGTH):
            self.join(factories.user())

        with self.assertRaises(errors.WaitlistFull):
            self.join(self.first)

    def test_who_was_deactivated_takes_no_room_on_a_waitlist(self) -> None:
        gone = [factories.user() for _ in range(WAITLIST_LENGTH)]
        for user in gone:
            self.join(user)
        gone[3].is_active = False
        gone[3].save()

        self.assertIsNotNone(self.join(self.first))

    def test_place_shown_is_the_order_of_offers(self) -> None:
        """Two join at one moment, one is deactivated, one leaves, and clocks may be apart."""
        users = [factories.user() for _ in range(5)]
        late, _, gone, left, last = users
        for user, seconds in zip(users, (3, 0, 0, 0, 0), strict=True):
            self.join(user, now=NOW + timedelta(seconds=seconds))
        gone.is_active = False
        gone.save()
        leave_waitlist(show_id=self.show.pk, seat_number=1, user=left, now=NOW)
        waiting = [user for user in users if user not in (gone, left)]

        ahead = {user: vars(entries_of(user, self.show.pk).get())["ahead"] for user in waiting}
        shown = sorted(waiting, key=ahead.__getitem__)
        self.assertEqual([ahead[user] for user in shown], [0, 1, 2])
        self.assertEqual((shown[-1], shown[-2]), (late, last))

        release_hold(token=self.token, user=None, now=NOW)
        given = []
        for number in range(3):
            given.append(Hold.objects.latest("pk").user)
            expire_holds(show_id=self.show.pk, now=NOW + (number + 1) * OFFER_TIME)
        self.assertEqual(given, shown)

    def test_leaving_a_waitlist_one_is_not_on(self) -> None:
        with self.assertRaises(errors.NotOnWaitlist):
            leave_waitlist(show_id=self.show.pk, seat_number=1, user=self.first, now=NOW)
