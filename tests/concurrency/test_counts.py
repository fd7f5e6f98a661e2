"""Seats that are counted anew while others sell."""

import threading

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from booking.models import SeatMap, ShowSeat, State
from booking.services.ledger import count_anew
from booking.services.sales import book_seats
from tests import factories
from tests.ledger import check_books
from tests.racing import PostgresTestCase, Racers, somebody_waits, without_row_locks
from tests.waiting import until

PATIENCE_SECONDS = 60
SEATS = 40


class CountRaceTests(PostgresTestCase):
    def counted_beside_the_last_release(self) -> tuple[int | None, int]:
        """Count while the last release blocks two of five seats; return version and number."""
        show = factories.show(plan="SSSSS")
        own = SeatMap.objects.filter(pk=show.pk)
        own.update(counted_version=None)
        is_blocking = threading.Event()

        def act(number: int) -> None:
            if number:
                is_blocking.wait(PATIENCE_SECONDS)
                count_anew(show_id=show.pk)
                return
            with transaction.atomic():
                seats = ShowSeat.objects.filter(show=show, seat_number__in=[1, 2])
                seats.update(state=State.BLOCKED)
                own.update(version=F("version") + 1)
                is_blocking.set()
                until(somebody_waits)

        with Racers(2) as racers:
            racers.race(act)
        return own.values_list("counted_version", "available").get()

    def test_count_waits_for_a_sale_of_the_last_release(self) -> None:
        self.assertEqual(self.counted_beside_the_last_release(), (1, 3))

    def test_without_its_lock_the_count_would_be_wrong(self) -> None:
        with without_row_locks():
            self.assertEqual(self.counted_beside_the_last_release(), (1, 5))

    def test_sales_beside_a_count_are_in_it(self) -> None:
        show = factories.show(plan="S" * SEATS)
        users = [factories.user() for _ in range(4)]

        def act(number: int) -> None:
            for seat_number in range(number, SEATS + 1, 4):
                if number:
                    buyer, now = users[number], timezone.now()
                    book_seats(show_id=show.pk, seat_numbers=[seat_number], user=buyer, now=now)
                else:
                    SeatMap.objects.filter(pk=show.pk).update(counted_version=None)
                    count_anew(show_id=show.pk)

        with Racers(4) as racers:
            racers.race(act)
        check_books(self, show.pk)
        self.assertEqual(SeatMap.objects.get(pk=show.pk).available, SEATS // 4)
