from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.errors import ShowNotFound
from booking.models import Booking, SeatMap, ShowSeat, State
from booking.seating.claim import Best
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats, unblock_seats
from booking.services.holds import change_hold, place_hold, release_hold
from booking.services.offers import expire_holds
from booking.services.sales import book_hold, book_seats
from booking.services.selections import Selection
from foundation.db import transactions
from foundation.db.transactions import one_transaction
from foundation.idempotency.services import Sending, idempotent
from tests import factories
from tests.booking.services.last_step import failing_at_the_log
from tests.ledger import check_books
from tests.racing import PostgresTestCase

JOINED = "foundation.db.transactions._Operation.joined"
NOW = timezone.now()
LATER = NOW + timedelta(minutes=20)


def lost_lock() -> None:
    raise OperationalError("database is locked")


class CommitTests(PostgresTestCase):
    """Where PostgreSQL commits with the statements that change the seats, in the same trip."""

    def setUp(self) -> None:
        self.publish = self.enterContext(mock.patch("booking.events.publish"))
        self.show = factories.show(plan="S" * 12)
        self.user = factories.user()

    def book(self, *seat_numbers: int) -> Booking:
        return book_seats(show_id=self.show.pk, seat_numbers=seat_numbers, user=self.user, now=NOW)

    def hold(self, *seat_numbers: int) -> str:
        placed = place_hold(
            show_id=self.show.pk, selection=seat_numbers, client="user:1", user=None, now=NOW
        )
        return placed.token

    @contextmanager
    def trips(self) -> Iterator[list[str]]:
        """Gather what is sent to the database; Django notes its own commits beside it."""
        sent: list[str] = []
        with CaptureQueriesContext(connection) as queries:
            yield sent
        sent += [query["sql"] for query in queries if query["sql"] not in ("BEGIN", "COMMIT")]

    def test_a_booking_takes_two_trips(self) -> None:
        self.book(1)  # plans the statements
        with self.trips() as sent:
            self.book(2)

        self.assertEqual(len(sent), 2)
        self.assertTrue(sent[0].startswith("BEGIN; "))
        self.assertTrue(sent[1].endswith("; COMMIT"))

    def test_a_booking_of_a_hold_takes_three_trips(self) -> None:
        mine: dict[str, Any] = {"show_id": self.show.pk, "user": self.user, "now": NOW}
        first, second = (place_hold(selection=[n], client="user:1", **mine).token for n in (1, 2))
        book_hold(token=first, **mine)  # plans the statements
        with self.trips() as sent:
            book_hold(token=second, **mine)

        self.assertEqual(len(sent), 3)

    def test_a_hold_takes_two_trips_and_three_for_the_best_seats(self) -> None:
        """To open the show and look, to lock the block that was chosen, and to write."""
        mine: dict[str, Any] = {"show_id": self.show.pk, "client": "address:1", "user": None}
        selections: list[tuple[Selection, Selection, int]] = [([1], [2], 2), (Best(2), Best(2), 3)]
        for first, second, trips in selections:
            place_hold(selection=first, now=NOW, **mine)  # plans the statements
            with self.subTest(first), self.trips() as sent:
                place_hold(selection=second, now=NOW, **mine)
            self.assertEqual(len(sent), trips)
            self.assertTrue(sent[0].startswith("BEGIN; "))
            self.assertTrue(sent[-1].endswith("; COMMIT"))

    def test_nothing_is_asked_after_the_commit(self) -> None:
        booking, held, kept = self.book(1, 2, 3), self.hold(4), self.hold(5)
        staff: dict[str, Any] = {"show_id": self.show.pk, "staff": self.user, "now": NOW}
        mine: dict[str, Any] = {"booking_id": booking.pk, "user": self.user, "now": NOW}
        whose: dict[str, Any] = {"user": None, "now": NOW}
        operations: list[Callable[[], Any]] = [
            lambda: self.book(6),
            lambda: self.hold(7),
            lambda: change_hold(token=held, selection=[8], **whose),
            lambda: book_hold(token=held, show_id=self.show.pk, user=self.user, now=NOW),
            lambda: release_hold(token=kept, **whose),
            lambda: exchange_seats(give=[1], take=[9], **mine),
            lambda: cancel_booking(seat_numbers=[2], **mine),
            lambda: cancel_booking(**mine),
            lambda: block_seats(seat_numbers=[10], reason="broken", **staff),
            lambda: unblock_seats(seat_numbers=[10], **staff),
            lambda: expire_holds(show_id=self.show.pk, now=LATER),
        ]
        for version, operation in enumerate(operations, start=4):
            with self.subTest(operation=version), self.trips() as sent:
                operation()
                self.assertEqual(self.publish.call_args.kwargs["entry"].version, version)
            commits = [number for number, sql in enumerate(sent) if sql.endswith("; COMMIT")]
            self.assertEqual(commits, [len(sent) - 1])
        check_books(self, self.show.pk)

    def test_a_failure_before_the_commit_leaves_nothing(self) -> None:
        with failing_at_the_log(), self.assertRaises(IntegrityError):
            self.book(1)

        self.publish.assert_not_called()
        self.assert_nothing_sold()
        self.book(1)

    def test_what_joins_a_transaction_leaves_the_commit_to_it(self) -> None:
        self.assertFalse(self.sold_though_its_answer_was_lost())

    def test_joining_matters(self) -> None:
        """Show that the test above sees a commit that comes too early."""
        with mock.patch(JOINED, nullcontext):
            self.assertTrue(self.sold_though_its_answer_was_lost())

    def test_what_asks_after_the_commit_is_refused_and_not_redone(self) -> None:
        for late in (Booking.objects.count, lost_lock):

            @one_transaction
            def book_and_go_on(late: Callable[[], Any] = late) -> None:
                self.book(Booking.objects.count() + 1)
                late()

            with (
                self.subTest(late=late),
                mock.patch(JOINED, nullcontext),
                self.assertRaisesMessage(RuntimeError, "after its commit"),
            ):
                book_and_go_on()
        self.assertEqual(Booking.objects.count(), 2)

    def test_a_seat_map_without_its_row_sells_nothing(self) -> None:
        SeatMap.objects.all().delete()
        with self.assertRaises(ShowNotFound):
            self.book(1)

        self.assert_nothing_sold()

    def test_a_lost_plan_is_made_anew(self) -> None:
        self.book(1)
        for loss in ("DEALLOCATE ALL", "ALTER TABLE booking_movie ALTER title TYPE varchar(201)"):
            with self.subTest(loss=loss), mock.patch.object(transactions, "logger") as logger:
                with connection.cursor() as cursor:
                    cursor.execute(loss)
                self.book(Booking.objects.count() + 1)
                logger.info.assert_called_once()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE booking_movie ALTER title TYPE varchar(200)")
        connection.close()
        check_books(self, self.show.pk)

    def sold_though_its_answer_was_lost(self) -> bool:
        def lose(booking: Booking) -> dict[str, Any]:
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            idempotent(
                Sending("user:1", "key", "body"),
                perform=lambda: self.book(1),
                answer=lose,
                now=NOW,
            )
        return Booking.objects.exists()

    def assert_nothing_sold(self) -> None:
        self.assertFalse(Booking.objects.exists())
        self.assertEqual(set(ShowSeat.objects.values_list("state", flat=True)), {State.AVAILABLE})
