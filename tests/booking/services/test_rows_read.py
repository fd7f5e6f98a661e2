"""How many rows of other buyers PostgreSQL looks at for a hold and its booking."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from booking.buyers import Buyer
from booking.models import Booking
from booking.services.browser_holds import set_hold
from booking.services.holds import place_hold
from booking.services.sales import book_hold, book_in_browser
from foundation.idempotency.services import Sending, idempotent
from tests import factories
from tests.racing import PostgresTestCase

OTHERS = 100
PLAN = "\n".join(["S" * 20] * 10)
TABLES = ("booking_hold", "booking_booking", "booking_ticket", "idempotency_storedanswer")


def rows_read() -> int:
    """Return how many rows of these tables were looked at so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT 1")
        cursor.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables "
            "WHERE relname = ANY(%s)",
            [list(TABLES)],
        )
        [rows] = cursor.fetchone()
    return int(rows)


class RowsReadTests(PostgresTestCase):
    """Plans are made before anybody has counted rows, and kept: as for the first rush there is."""

    def setUp(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        self.let_vacuum(False)
        self.addCleanup(self.let_vacuum, True)
        self.show = factories.show(plan=PLAN)

    def let_vacuum(self, allowed: bool) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = {allowed})")

    def bought(
        self, number: int, buyer: Buyer, hold: Callable[[], object], book: Callable[[], Booking]
    ) -> tuple[int, int]:
        """Hold seats and book them once; return how many rows were looked at for each."""
        before = rows_read()
        hold()
        held = rows_read()
        booked = idempotent(
            Sending(buyer.client, f"key {number}", "fingerprint"),
            perform=book,
            answer=lambda booking: {"booking": str(booking.pk)},
            now=timezone.now(),
        )
        self.assertIsNotNone(booked.performed)
        return held - before, rows_read() - held

    def bought_by_a_page(self, number: int, buyer: Buyer) -> tuple[int, int]:
        given: dict[str, Any] = {"show_id": self.show.pk, "now": timezone.now()}
        given["browser"] = f"browser {number}"
        return self.bought(
            number,
            buyer,
            lambda: set_hold(selection=[number + 1], client=buyer.client, user=buyer.user, **given),
            lambda: book_in_browser(seat_numbers=[number + 1], buyer=buyer, **given),
        )

    def bought_by_the_api(self, number: int, buyer: Buyer) -> tuple[int, int]:
        given: dict[str, Any] = {"show_id": self.show.pk, "now": timezone.now()}
        given["token"] = f"{number:032}"
        user: Any = buyer.user
        return self.bought(
            number,
            buyer,
            lambda: place_hold(selection=[number + 1], client=buyer.client, user=user, **given),
            lambda: book_hold(user=user, **given),
        )

    def account(self, _number: int) -> Buyer:
        return Buyer(factories.user(), "")

    def guest(self, number: int) -> Buyer:
        return Buyer(None, f"{number}@example.org")

    def check(
        self, buyer: Callable[[int], Buyer], buy: Callable[[int, Buyer], tuple[int, int]]
    ) -> None:
        read = [buy(number, buyer(number)) for number in range(OTHERS)]
        for what, rows in zip(("hold", "booking"), zip(*read, strict=True), strict=True):
            with self.subTest(what):
                self.assertLess(rows[-1], min(rows) + OTHERS / 4)

    def test_of_an_account_by_a_page(self) -> None:
        self.check(self.account, self.bought_by_a_page)

    def test_of_a_guest_by_a_page(self) -> None:
        self.check(self.guest, self.bought_by_a_page)

    def test_of_an_account_by_the_api(self) -> None:
        self.check(self.account, self.bought_by_the_api)
