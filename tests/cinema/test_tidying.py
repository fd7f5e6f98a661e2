"""What is over goes; what was sold, and the log, stay."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from unittest import mock

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections, transaction
from django.test import Client, TestCase, override_settings, tag
from django.utils import timezone

from booking.models import Booking, Hold, SeatChange, Show
from booking.selectors import seat_map
from booking.services.amendments import cancel_booking
from booking.services.earlier_maps import earlier_map
from booking.services.holds import place_hold, release_hold
from booking.services.sales import book_seats
from booking.services.waitlist import join_waitlist
from cinema.accounts.services import log_in
from cinema.erasure import erase_user
from cinema.tidying import tidy
from foundation.db.purge import BATCH, KEPT_FOR, purge_all
from foundation.idempotency.services import Sending, idempotent
from foundation.outbox.models import Message
from foundation.outbox.services import claim, enqueue, note_sent
from payments.models import Notice
from stage.models import Act
from stage.performers import engage, performers
from stage.services import begin, open_stage
from tests import factories
from tests.docs.test_tables import tables_for_good
from tests.ledger import check_books
from tests.racing import PostgresTestCase

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
STEP = timedelta(days=10)
EVENING = timedelta(hours=10)
# Days lived until the first log-ins have expired.
SETTLED = 4
YEAR = timedelta(days=365)


def counts() -> dict[str, int]:
    """Return how many rows each table has whose rows are not kept for good."""
    models = apps.get_models(include_auto_created=True)
    found = {model._meta.db_table: model._base_manager.count() for model in models}
    return {table: found[table] for table in found.keys() - tables_for_good()}


class Day:
    """What happens on a day: of everything something, and much of it never comes to an end."""

    def __init__(self, hall: Any, film: Any, now: datetime) -> None:
        self.now = now
        self.show = factories.show(room=hall, of=film, starts_at=now + timedelta(hours=3))
        self.user = factories.user()
        with mock.patch.object(timezone, "now", return_value=now):
            Client().force_login(self.user)
        log_in(username=self.user.username, password=factories.PASSWORD, now=now)
        self.hold_and_wait()
        self.booking = self.buy()
        self.send()
        self.hear_of_a_payment()
        earlier_map(show_id=self.show.pk, at=seat_map.checkpoint(self.show.pk).version)
        self.play()

    def hold_and_wait(self) -> None:
        """Hold seats, release some, and let somebody wait for others, all in vain."""
        common: dict[str, Any] = {"show_id": self.show.pk, "user": None, "now": self.now}
        place_hold(selection=[1, 2], client="address:1", **common)
        hold = place_hold(selection=[3], client="address:2", **common)
        release_hold(token=hold.token, user=None, now=self.now)
        join_waitlist(show_id=self.show.pk, seat_number=1, user=self.user, now=self.now)

    def buy(self) -> Booking:
        """Book seats with a key, and others that are given back."""
        common: dict[str, Any] = {"show_id": self.show.pk, "user": self.user, "now": self.now}
        given_back = book_seats(seat_numbers=[4, 5], **common)
        cancel_booking(booking_id=given_back.pk, user=self.user, now=self.now)
        bought = idempotent(
            Sending(f"user:{self.user.pk}", "key", "fingerprint"),
            perform=lambda: book_seats(seat_numbers=[5, 6], **common),
            answer=lambda booking: {"id": booking.pk},
            now=self.now,
        )
        assert bought.performed is not None
        return bought.performed

    def send(self) -> None:
        """Send a message."""
        enqueue("tests.tidying", {}, now=self.now)
        message = claim(now=self.now, kinds=["tests.tidying"])
        assert isinstance(message, Message)
        note_sent(message, now=self.now)

    def hear_of_a_payment(self) -> None:
        """Have a notification that was handled."""
        at = {"received_at": self.now, "handled_at": self.now}
        Notice.objects.create(provider="tests", notice_id=self.now.isoformat(), **at)

    def play(self) -> None:
        """Begin an act that breaks off: nobody dismisses its performers."""
        stage = open_stage(now=self.now)
        begin(act=Act.RACE, seat_number=1, now=self.now)
        buyer, _ = engage(2)
        performer = performers().get(pk=buyer.user_id)
        book_seats(show_id=stage, seat_numbers=[1], user=performer, now=self.now)


@tag("once")
@override_settings(SEAT_MAP_KEPT_EVERY=2)
class YearTests(TestCase):
    """A year of which one day in ten is lived: on the others, time passes and that is all."""

    def live(self, days: int, evening: Callable[..., Any]) -> list[dict[str, int]]:
        """Live for so many days, and return what there is at the end of each evening."""
        hall, film = factories.auditorium(), factories.movie()
        self.days: list[Day] = []
        found = []
        for passed in range(0, days, STEP.days):
            self.days.append(Day(hall, film, START + timedelta(days=passed)))
            self.at_most = counts()
            evening(now=self.days[-1].now + EVENING)
            found.append(counts())
        return found

    def test_tables_stay_as_they_are_but_for_what_was_sold(self) -> None:
        found = self.live(365, tidy)
        self.assertEqual([each for each in found[SETTLED:] if each != found[SETTLED]], [])
        self.assertEqual([table for table, count in self.at_most.items() if not count], [])
        self.assertLessEqual(performers().count(), 2)
        self.assertEqual(Show.objects.filter(is_listed=False).count(), 1)

        for day in self.days[::5]:
            erase_user(user_id=day.user.pk, now=day.now + YEAR)
        tidy(now=START + 2 * YEAR)
        self.check_truth()

    def check_truth(self) -> None:
        """Assert that all that was sold is there, that books agree and that receipts verify."""
        sold = Booking.objects.filter(show__is_listed=True, cancelled_at=None)
        self.assertEqual(set(sold), {day.booking for day in self.days})
        for day in self.days:
            check_books(self, day.show.pk)  # which computes every digest anew
            receipt = day.booking.receipt
            assert receipt is not None
            entry = SeatChange.objects.get(show=day.show, version=receipt.version)
            self.assertEqual(entry.checkpoint, receipt)

    @tag("once")
    def test_tables_grow_where_nobody_tidies(self) -> None:
        found = self.live(60, lambda now: None)
        growing = {table for table, count in found[-1].items() if count > found[SETTLED][table]}
        self.assertEqual(
            growing,
            {
                "accounts_tokenfamily",
                "booking_hold",
                "booking_keptmap",
                "django_session",
                "outbox_message",
                "payments_notice",
            },
        )


class TidyTests(TestCase):
    def setUp(self) -> None:
        self.show = factories.show(starts_at=START + timedelta(hours=3))
        self.user = factories.user()

    def hold(self, *seat_numbers: int) -> Hold:
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client="address:1", user=None, now=START
        )

    def test_all_goes_when_its_time_is_over_and_not_before(self) -> None:
        hold = self.hold(1)
        join_waitlist(show_id=self.show.pk, seat_number=1, user=self.user, now=START)
        log_in(username=self.user.username, password=factories.PASSWORD, now=START)
        with mock.patch.object(timezone, "now", return_value=START):
            Client().force_login(self.user)
        for end, *kinds in (
            (hold.expires_at + KEPT_FOR, "holds"),
            (self.show.starts_at + KEPT_FOR, "places on waitlists"),
            (START + timedelta(days=14), "log-ins of API clients", "log-ins of pages"),
        ):
            with self.subTest(kinds):
                early = tidy(now=end - timedelta(microseconds=1))
                self.assertEqual([early[kind] for kind in kinds], [0] * len(kinds))
                late = tidy(now=end)
                self.assertEqual([late[kind] for kind in kinds], [1] * len(kinds))

    def test_seats_that_nobody_looked_at_again_are_freed(self) -> None:
        hold = self.hold(1, 2)
        tidy(now=hold.expires_at + KEPT_FOR - timedelta(microseconds=1))
        self.assertEqual(seat_map.states(self.show.pk).states[:3], "hha")
        tidy(now=hold.expires_at + KEPT_FOR)
        self.assertEqual(seat_map.states(self.show.pk).states[:3], "aaa")
        check_books(self, self.show.pk)

    def test_more_than_a_batch_goes(self) -> None:
        count = 2 * BATCH + 1
        Session.objects.bulk_create(
            Session(pk=str(number), expire_date=START) for number in range(count)
        )
        self.assertEqual(tidy(now=START)["log-ins of pages"], count)

    def test_command_says_what_it_removed(self) -> None:
        Session.objects.create(pk="old", expire_date=START - YEAR)
        Session.objects.create(pk="older", expire_date=START - YEAR)
        with mock.patch.object(timezone, "now", return_value=START):
            self.assertEqual(self.run_command(), "Removed: log-ins of pages (2).\n")
            self.assertEqual(self.run_command(), "Removed: nothing.\n")

    def test_command_fails_in_a_sentence_without_a_database(self) -> None:
        lost = mock.patch("cinema.management.commands.tidy.tidy", side_effect=OperationalError("x"))
        with lost, self.assertRaisesMessage(CommandError, "Not everything is tidy: x"):
            self.run_command()

    def run_command(self) -> str:
        out = StringIO()
        call_command("tidy", stdout=out)
        return out.getvalue()


class TwoAtOnceTests(PostgresTestCase):
    def test_rows_that_somebody_has_locked_are_passed_over(self) -> None:
        for key in ("taken", "free"):
            Session.objects.create(pk=key, expire_date=START)
        old = Session.objects.order_by("pk")
        with ThreadPoolExecutor(1) as other, transaction.atomic():
            list(Session.objects.select_for_update().filter(pk="taken"))
            removed = other.submit(purge_all, old).result()
            other.submit(connections.close_all).result()
        self.assertEqual(removed, 1)
        self.assertEqual(list(Session.objects.values_list("pk", flat=True)), ["taken"])
        self.assertEqual(purge_all(old), 1)
