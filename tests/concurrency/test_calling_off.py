"""Shows called off while people book, hold, cancel and come in: no ticket is left."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from django.db import connections
from django.test import tag
from django.utils import timezone

from booking.errors import ShowCancelled
from booking.models import Booking, Hold, Show, Ticket, WaitlistEntry
from booking.services import ledger
from booking.services.admission import admit
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.calling_off import cancel_show
from booking.services.holds import place_hold
from booking.services.sales import book_hold, book_seats
from foundation.db.transactions import one_transaction
from foundation.errors import Refusal
from foundation.outbox import worker
from tests import factories
from tests.concurrency.test_terms_races import ANY_FACTS
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers, somebody_waits
from tests.waiting import until

CLIENTS, ROUNDS = 8, 8
SEATS = CLIENTS * 4


@tag("race")
class CallingOffRaceTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.users = [factories.user() for _ in range(CLIENTS)]
        self.pool = ThreadPoolExecutor(1)
        self.addCleanup(self.pool.shutdown)
        self.addCleanup(lambda: self.pool.submit(connections.close_all).result())

    def book(self, show: Show, *seat_numbers: int, user: Any = None) -> Booking:
        user = user or self.users[0]
        now = timezone.now()
        return book_seats(show_id=show.pk, seat_numbers=seat_numbers, user=user, now=now)

    def work(self) -> None:
        while worker.do_next():
            pass

    def all_is_over(self, show: Show) -> None:
        self.work()
        self.assertEqual(Ticket.objects.filter(show=show, cancelled_at=None).count(), 0)
        self.assertEqual(Booking.objects.filter(show=show, cancelled_at=None).count(), 0)
        self.assertEqual(Hold.objects.filter(show=show, ended_at=None).count(), 0)
        self.assertEqual(WaitlistEntry.objects.waiting().filter(show_seat__show=show).count(), 0)
        check_books(self, show.pk)

    def operations(self, show: Show) -> dict[str, Callable[[], Any]]:
        """Return what gives seats away, ready to be done."""
        here: dict[str, Any] = {"show_id": show.pk, "now": timezone.now()}
        user = self.users[0]
        held = place_hold(selection=[1], client="a", user=None, **here)
        booked = self.book(show, 2)
        return {
            "book_seats": lambda: book_seats(seat_numbers=[3], user=user, **here),
            "book_hold": lambda: book_hold(token=held.token, user=user, **here),
            "place_hold": lambda: place_hold(selection=[4], client="b", user=None, **here),
            "exchange_seats": lambda: exchange_seats(
                booking_id=booked.pk, give=[2], take=[5], user=user, now=here["now"]
            ),
        }

    def overtaken(self, show: Show, operation: Callable[[], Any]) -> BaseException | None:
        """Run an operation that has read the show when it is called off; return its error."""

        @one_transaction
        def call_off() -> "Future[Any]":
            cancel_show(show_id=show.pk, now=timezone.now())
            running = self.pool.submit(operation)
            until(somebody_waits)
            return running

        return call_off().exception(60)

    def test_whoever_read_the_show_before_it_was_called_off_is_refused(self) -> None:
        for name in ("book_seats", "book_hold", "place_hold", "exchange_seats"):
            show = factories.show(plan="S" * SEATS)
            operation = self.operations(show)[name]
            with self.subTest(name):
                self.assertIsInstance(self.overtaken(show, operation), ShowCancelled)
                self.all_is_over(show)

    def test_without_the_condition_a_ticket_is_left(self) -> None:
        """Show that the race is real, and that the test above would see it lost."""
        show = factories.show(plan="S" * SEATS)
        operation = self.operations(show)["book_seats"]
        with mock.patch.object(ledger, "AS_AGREED", ANY_FACTS):
            self.assertIsNone(self.overtaken(show, operation))
        sold = Ticket.objects.filter(show=show, seat_number=3, cancelled_at=None)
        self.assertEqual(sold.count(), 1)
        # The look for what a process of the release before has sold would find it, later.
        self.all_is_over(show)

    def test_whatever_everybody_does_meanwhile_all_is_over_in_the_end(self) -> None:
        with Racers(CLIENTS) as racers:
            for start in range(ROUNDS):
                show = factories.show(plan="S" * SEATS, price="0.00")
                booked = [self.book(show, n + 1, user=u) for n, u in enumerate(self.users)]
                racers.race(partial(self.act, show, booked, start))
                self.all_is_over(show)

    def act(self, show: Show, booked: list[Booking], start: int, number: int) -> None:
        """Do something of everything, and call it off in one of the threads."""
        now, user = timezone.now(), self.users[number]
        mine = booked[number]
        with suppress(Refusal):
            match (number + start) % CLIENTS:
                case 0:
                    cancel_show(show_id=show.pk, now=now)
                case 1:
                    cancel_show(show_id=show.pk, now=now + timedelta(milliseconds=1))
                case 2 | 3:
                    self.book(show, CLIENTS + 1 + number, user=user)
                case 4:
                    cancel_booking(booking_id=mine.pk, user=user, now=now)
                case 5:
                    admit(show_id=show.pk, reference=mine.reference, by=user, now=now)
                case 6:
                    place_hold(
                        show_id=show.pk, selection=[2 * CLIENTS + 1], client="c", user=None, now=now
                    )
                case _:
                    self.work()
