"""Shows that change while their seats are sold: nobody gets what they did not agree to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest import mock

from django.db import connections, transaction
from django.utils import timezone

from booking.models import SeatChange, Show, Ticket
from booking.selectors import catalogue
from booking.services import ledger
from booking.services.amendments import exchange_seats
from booking.services.auditoriums import change_auditorium
from booking.services.holds import change_hold, place_hold
from booking.services.sales import book_hold, book_seats
from booking.services.shows import change_show
from booking.terms import TermsChanged, terms_of
from tests import factories
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers, somebody_waits
from tests.waiting import until

CLIENTS, ROUNDS = 8, 12
# A condition that always holds.
ANY_FACTS = " AND %s >= 0"


class TermsRaceTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="S" * (CLIENTS * ROUNDS), price="10.00")
        self.user = factories.user()
        self.pool = ThreadPoolExecutor(1)
        self.addCleanup(self.pool.shutdown)
        self.addCleanup(lambda: self.pool.submit(connections.close_all).result())

    def overtaken(self, operation: Callable[[], Any]) -> BaseException | None:
        """Run an operation that has read the show when its price is changed; return its error."""
        with transaction.atomic():
            change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("12.00"))
            # It reads the price of before, and waits for the version.
            running = self.pool.submit(operation)
            until(somebody_waits)
        return running.exception(60)

    def operations(self) -> dict[str, Callable[[], Any]]:
        """Return what agrees to terms, ready to be done under those of now."""
        agreed: dict[str, Any] = {"now": timezone.now(), "terms": terms_of(self.show)}
        here: dict[str, Any] = agreed | {"show_id": self.show.pk}
        mine: dict[str, Any] = {"user": self.user}
        held = place_hold(selection=[1], client="a", user=None, **here)
        other = place_hold(selection=[2], client="b", user=None, **here)
        booked = book_seats(seat_numbers=[3], **here, **mine)
        return {
            "book_hold": lambda: book_hold(token=held.token, **here, **mine),
            "change_hold": lambda: change_hold(
                token=other.token, selection=[4], user=None, **agreed
            ),
            "book_seats": lambda: book_seats(seat_numbers=[5], **here, **mine),
            "exchange_seats": lambda: exchange_seats(
                booking_id=booked.pk, give=[3], take=[6], **agreed, **mine
            ),
            "place_hold": lambda: place_hold(selection=[7], client="c", user=None, **here),
        }

    def test_whoever_read_the_show_before_it_changed_is_refused(self) -> None:
        for name, operation in self.operations().items():
            with self.subTest(name):
                self.assertIsInstance(self.overtaken(operation), TermsChanged)
                change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("10.00"))
        self.assertEqual(Ticket.objects.filter(cancelled_at=None).count(), 1)
        check_books(self, self.show.pk)

    def test_without_the_condition_they_would_get_what_is_no_longer_so(self) -> None:
        """Show that the race is real, and that the test above would see it lost."""
        for name, operation in self.operations().items():
            with self.subTest(name), mock.patch.object(ledger, "AS_AGREED", ANY_FACTS):
                self.assertIsNone(self.overtaken(operation))
                change_show(show_id=self.show.pk, now=timezone.now(), price=Decimal("10.00"))
        self.assertEqual(Ticket.objects.filter(cancelled_at=None, price="10.00").count(), 3)
        self.assertEqual(self.price_logged_before([5, "b"]), "12.00")  # and it cost 10.00

    def price_logged_before(self, change: list[Any]) -> str:
        """Return the price that the log gave last before a seat changed so."""
        price = ""
        log = SeatChange.objects.filter(show=self.show).order_by("version")
        for changes, facts in log.values_list("changes", "facts"):
            if change in changes:
                break
            price = facts["now"]["price"] if facts else price
        return price

    def test_every_ticket_has_the_price_that_its_buyer_and_the_log_name(self) -> None:
        buyers = [factories.user() for _ in range(CLIENTS)]
        rooms = [self.show.auditorium, factories.auditorium(plan=self.show.auditorium.plan)]

        def act(start: int, number: int) -> tuple[int, Decimal] | None:
            now = timezone.now()
            if number == 0:
                change_show(show_id=self.show.pk, now=now, price=Decimal(10 + start))
                return None
            if number == 1:  # all that a sale refers to is written meanwhile
                starts_at = self.show.starts_at + timedelta(minutes=start)
                room = rooms[start % 2]
                change_show(show_id=self.show.pk, now=now, starts_at=starts_at, auditorium=room)
                plan = room.plan
                change_auditorium(auditorium_id=room.pk, name=f"Hall {start}", plan=plan, now=now)
                return None
            seen: Show = catalogue.show_uncounted(self.show.pk)
            seats = [start * CLIENTS + number]
            terms = terms_of(seen)
            try:
                book_seats(
                    show_id=seen.pk, seat_numbers=seats, user=buyers[number], now=now, terms=terms
                )
            except TermsChanged:
                return None
            return seats[0], seen.price

        agreed: dict[int, Decimal] = {}
        with Racers(CLIENTS) as racers:
            for start in range(ROUNDS):
                sold = racers.race(partial(act, start))
                agreed |= dict(filter(None, sold))

        self.assertEqual(dict(Ticket.objects.values_list("seat_number", "price")), agreed)
        logged = {number: self.price_logged_before([number, "b"]) for number in agreed}
        self.assertEqual({number: Decimal(logged[number] or "10.00") for number in logged}, agreed)
        check_books(self, self.show.pk)
