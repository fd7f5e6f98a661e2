"""When an offer counts as a hold of its owner's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import TestCase

from booking.errors import (
    TooManyHolds,
    TooManySeatsHeld,
)
from booking.models import Hold
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.offers import offer_token
from booking.services.sales import book_hold
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class OfferTests(TestCase):
    """Somebody has as many holds as they may have, and an offer beside them."""

    def setUp(self) -> None:
        self.show = factories.show(plan="S" * 40, starts_at=NOW + timedelta(days=1))
        self.user = factories.user()
        self.mine: dict[str, Any] = {
            "show_id": self.show.pk,
            "client": f"user:{self.user.pk}",
            "user": self.user,
            "now": NOW,
        }

    def offer(self) -> str:
        other = self.mine | {"client": "address:1", "user": None}
        token = place_hold(selection=[40], **other).token
        place = join_waitlist(show_id=self.show.pk, seat_number=40, user=self.user, now=NOW)
        release_hold(token=token, user=None, now=NOW)
        return offer_token(place)

    def test_grown_or_renewed_offer_is_a_hold_like_any_other(self) -> None:
        for number in range(1, 6):
            place_hold(selection=[number], **self.mine)
        offer = self.offer()

        for user in (self.user, None):
            for selection in (range(21, 31), [40]):
                with self.subTest(user=user, selection=selection), self.assertRaises(TooManyHolds):
                    change_hold(token=offer, selection=selection, user=user, now=NOW)
        book_hold(show_id=self.show.pk, token=offer, user=self.user, now=NOW)

    def test_it_counts_from_then_on(self) -> None:
        change_hold(token=self.offer(), selection=range(21, 31), user=None, now=NOW)

        self.assertEqual(Hold.objects.latest("pk").client, self.mine["client"])
        for number in range(1, 5):
            place_hold(selection=[number], **self.mine)
        with self.assertRaises(TooManyHolds):
            place_hold(selection=[5], **self.mine)

    def test_seats_of_an_offer_count_as_it_grows(self) -> None:
        place_hold(selection=range(1, 11), **self.mine)
        place_hold(selection=[11], **self.mine)
        with self.assertRaises(TooManySeatsHeld):
            change_hold(token=self.offer(), selection=range(21, 31), user=self.user, now=NOW)

    def test_offer_comes_into_a_new_hold_that_names_its_seat(self) -> None:
        self.offer()

        place_hold(selection=[39, 40], **self.mine)

        self.assertEqual(Hold.objects.filter(ended_at=None).get().seat_numbers, [39, 40])
        check_books(self, self.show.pk)

    def test_hold_of_a_guest_who_signs_in_is_one_of_the_account(self) -> None:
        guest = self.mine | {"client": "address:1", "user": None}
        for number in range(1, 6):
            place_hold(selection=[number], **self.mine)
        token = place_hold(selection=[6], **guest).token
        with self.assertRaises(TooManyHolds):
            change_hold(token=token, selection=[6, 7], user=self.user, now=NOW)
        change_hold(token=token, selection=[6, 7], user=None, now=NOW)
