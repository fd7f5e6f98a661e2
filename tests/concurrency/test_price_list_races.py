"""Price lists that change while their tickets are sold: each costs what its buyer agreed to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest import mock

from django.db import connections, transaction
from django.utils import timezone

from booking.models import Movie, PriceList, Show, Ticket
from booking.prices import bill_of
from booking.selectors import catalogue
from booking.services import ledger
from booking.services.holds import place_hold
from booking.services.price_lists import save_price_list
from booking.services.sales import book_hold, book_seats
from booking.services.shows import change_show, create_show
from booking.terms import TermsChanged, terms_of
from tests import factories
from tests.concurrency.test_terms_races import ANY_FACTS
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers, somebody_waits
from tests.waiting import until

CLIENTS, ROUNDS = 8, 10


def set_price(price_list: PriceList, price: str, now: datetime) -> None:
    """Let a child pay this by the list."""
    save_price_list(
        price_list_id=price_list.pk,
        name=price_list.name,
        vat_rate=price_list.vat_rate,
        companions_free=True,
        types=[factories.type_given("child", price)],
        now=now,
    )


class PriceListRaceTests(PostgresTestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("booking.events.publish"))
        self.list = factories.price_list(types=[("child", "7.00")])
        self.show = factories.show(plan="S" * (CLIENTS * ROUNDS), by=self.list)
        self.user = factories.user()
        self.pool = ThreadPoolExecutor(1)
        self.addCleanup(self.pool.shutdown)
        self.addCleanup(lambda: self.pool.submit(connections.close_all).result())

    def overtaken(self, operation: Callable[[], Any]) -> BaseException | None:
        """Run an operation that has read the show when its list is changed; return its error."""
        with transaction.atomic():
            set_price(self.list, "9.00", timezone.now())
            running = self.pool.submit(operation)
            until(somebody_waits)
        return running.exception(60)

    def operations(self) -> dict[str, Callable[[], Any]]:
        now = timezone.now()
        terms = terms_of(Show.objects.get(pk=self.show.pk))
        here: dict[str, Any] = {"show_id": self.show.pk, "now": now, "terms": terms}
        held = place_hold(selection=[1], types={1: "child"}, client="a", user=None, **here)
        return {
            "book_hold": lambda: book_hold(token=held.token, user=self.user, **here),
            "book_seats": lambda: book_seats(
                seat_numbers=[2], types={2: "child"}, user=self.user, **here
            ),
            "place_hold": lambda: place_hold(
                selection=[3], types={3: "child"}, client="b", user=None, **here
            ),
        }

    def test_whoever_read_the_list_before_it_changed_is_refused(self) -> None:
        for name, operation in self.operations().items():
            with self.subTest(name):
                self.assertIsInstance(self.overtaken(operation), TermsChanged)
                set_price(self.list, "7.00", timezone.now())
        self.assertEqual(Ticket.objects.count(), 0)
        check_books(self, self.show.pk)

    def test_without_the_condition_they_would_pay_what_is_no_longer_so(self) -> None:
        """Show that the race is real, and that the test above would see it lost."""
        for name, operation in self.operations().items():
            with self.subTest(name), mock.patch.object(ledger, "AS_AGREED", ANY_FACTS):
                self.assertIsNone(self.overtaken(operation))
                set_price(self.list, "7.00", timezone.now())
        self.assertEqual(Ticket.objects.filter(price="7.00").count(), 2)  # and it cost 9.00

    def test_lists_are_locked_after_the_movie_and_the_auditorium(self) -> None:
        show = Show.objects.select_related("movie", "auditorium").get(pk=self.show.pk)
        later = show.starts_at + timedelta(days=1)

        def change() -> Show:
            return change_show(show_id=show.pk, now=timezone.now(), price_list=self.list)

        with transaction.atomic():
            Movie.objects.select_for_update(no_key=True).get(pk=show.movie_id)
            running = self.pool.submit(change)
            until(somebody_waits)
            create_show(
                movie=show.movie,
                auditorium=show.auditorium,
                starts_at=later,
                price_list=self.list,
                price=Decimal(10),
                premium_surcharge=Decimal(0),
            )
        self.assertEqual(running.result(60).price_list, self.list)

    def test_every_ticket_costs_what_its_buyer_agreed_to_or_the_terms_changed(self) -> None:
        buyers = [factories.user() for _ in range(CLIENTS)]

        def act(start: int, number: int) -> tuple[int, Decimal] | None:
            now = timezone.now()
            if number == 0:
                set_price(self.list, f"{start + 1}.00", now)
                return None
            if number == 1:
                by = self.list if start % 2 else None
                change_show(show_id=self.show.pk, now=now, price_list=by)
                return None
            seen = catalogue.show_uncounted(self.show.pk)
            seat = start * CLIENTS + number
            types = {seat: "child"} if seen.ticket_types else {}
            house = seen.auditorium.seats.filter(seat_number=seat)
            [billed] = bill_of(seen, house, types).seats
            try:
                book_seats(
                    show_id=seen.pk,
                    seat_numbers=[seat],
                    types=types,
                    user=buyers[number],
                    now=now,
                    terms=terms_of(seen),
                )
            except TermsChanged:
                return None
            return seat, billed.price

        agreed: dict[int, Decimal] = {}
        with Racers(CLIENTS) as racers:
            for start in range(ROUNDS):
                agreed |= dict(filter(None, racers.race(partial(act, start))))

        self.assertEqual(dict(Ticket.objects.values_list("seat_number", "price")), agreed)
        self.show.refresh_from_db()
        own = self.show.price_list
        self.assertEqual(self.show.list_facts, own.facts if own else None)
        check_books(self, self.show.pk)
