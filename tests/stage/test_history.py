import random
from typing import Any

from django.test import TestCase
from django.utils import timezone

from booking import chain
from booking.models import Booking, Hold, SeatChange, SeatMap, Ticket, WaitlistEntry
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.earlier_maps import earlier_map
from booking.services.holds import place_hold
from booking.services.sales import book_hold, book_seats
from booking.services.waitlist import join_waitlist
from foundation.instants import milliseconds
from stage import services
from stage.history import undo
from tests import factories
from tests.ledger import check_books


class UndoTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()
        self.show_id = services.open_stage(now=self.now)
        self.user = factories.user()

    def book(self, *seat_numbers: int) -> Booking:
        return book_seats(
            show_id=self.show_id, seat_numbers=seat_numbers, user=self.user, now=self.now
        )

    def cancel(self, booking: Booking, *seat_numbers: int) -> None:
        cancel_booking(
            booking_id=booking.pk,
            user=self.user,
            now=self.now,
            seat_numbers=seat_numbers or None,
        )

    def hold(self, *seat_numbers: int) -> Hold:
        return place_hold(
            show_id=self.show_id, selection=seat_numbers, client="x", user=None, now=self.now
        )

    def picture(self) -> Any:
        """Return all that is known of the show, but when something was cancelled."""
        tickets = Ticket.objects.filter(show=self.show_id).order_by("seat_number", "pk")
        bookings = Booking.objects.filter(show=self.show_id).order_by("pk")
        return (
            seat_map.states(self.show_id),
            list(SeatChange.objects.filter(show=self.show_id).values()),
            [(each.pk, each.seat_number, each.cancelled_at is None) for each in tickets],
            [(each.pk, each.cancelled_at is None) for each in bookings],
        )

    def check_chain(self) -> None:
        """Assert that the digests follow from the log."""
        own = SeatMap.objects.get(pk=self.show_id)
        digest = own.genesis
        for change in SeatChange.objects.filter(show=self.show_id).order_by("version"):
            digest = chain.link(digest, change.version, change.text)
            self.assertEqual(change.digest, digest)
        self.assertEqual(own.digest, digest)

    def test_everything_is_as_it_was(self) -> None:
        first, second = self.book(1, 2, 3), self.book(4)
        self.cancel(second)
        before = self.picture()
        self.cancel(first, 2)
        exchange_seats(
            booking_id=first.pk, give=[1], take=[9], user=self.user, now=self.now, terms=None
        )
        self.book(1, 2, 4)
        self.cancel(first)

        undone = undo(show_id=self.show_id, commits=4)

        self.assertEqual((undone.since, undone.until), (4, 7))
        self.assertEqual(undone.states, before[0].states)
        self.assertEqual(self.picture(), before)
        self.book(2 + 10)
        check_books(self, self.show_id)
        self.check_chain()

    def test_whatever_was_done_before_books_and_chain_hold(self) -> None:
        for seed in range(8):
            with self.subTest(seed=seed):
                services.clear_stage(now=self.now)
                self.show_id = services.open_stage(now=self.now)
                self.act_at_random(random.Random(seed))
                undo(show_id=self.show_id, commits=5)
                check_books(self, self.show_id)
                self.check_chain()
                self.act_at_random(random.Random(seed + 1))
                check_books(self, self.show_id)
                self.check_chain()

    def act_at_random(self, choose: random.Random) -> None:
        self.user = factories.user()
        booked: list[Booking] = []
        for _ in range(12):
            free = [each.seat_number for each in seat_map.free_seats(self.show_id, self.now)]
            seats = choose.sample(free, 2)
            match choose.choice(["book", "book", "cancel", "hold", "book hold"]):
                case "cancel" if booked:
                    self.cancel(booked.pop(choose.randrange(len(booked))))
                case "hold":
                    self.hold(*seats)
                case "book hold":
                    token = self.hold(*seats).token
                    book_hold(show_id=self.show_id, token=token, user=self.user, now=self.now)
                case _ if len(booked) < 8:
                    booked.append(self.book(*seats))

    def test_it_goes_back_to_where_no_seat_was_held(self) -> None:
        self.book(1)
        self.hold(2)
        join_waitlist(show_id=self.show_id, seat_number=2, user=self.user, now=self.now)
        self.book(3)

        undone = undo(show_id=self.show_id, commits=1)

        self.assertEqual((undone.since, undone.states[:3]), (2, "baa"))
        self.assertEqual((Hold.objects.count(), WaitlistEntry.objects.count()), (0, 0))

    def test_with_less_history_than_that_all_of_it_goes(self) -> None:
        self.book(1)
        undone = undo(show_id=self.show_id, commits=6)
        self.assertEqual((undone.since, undone.until), (1, 1))
        self.assertEqual((SeatChange.objects.count(), Booking.objects.count()), (0, 0))
        self.check_chain()

    def test_copies_of_earlier_maps_go_with_what_they_are_copies_of(self) -> None:
        with self.settings(SEAT_MAP_KEPT_EVERY=1):
            for seat_number in (1, 2, 3):
                self.book(seat_number)
            earlier_map(show_id=self.show_id, at=3)
            undo(show_id=self.show_id, commits=1)
            self.book(4)
            self.assertEqual(earlier_map(show_id=self.show_id, at=3).states[:4], "bbab")

    def test_no_listed_show_is_touched(self) -> None:
        show = factories.show()
        book_seats(show_id=show.pk, seat_numbers=[1], user=self.user, now=self.now)
        with self.assertRaises(SeatMap.DoesNotExist):
            undo(show_id=show.pk, commits=1)
        self.assertEqual(seat_map.states(show.pk).states[0], "b")
        self.assertGreater(milliseconds(self.now), 0)
