"""A worker dies while bookings are cancelled: the next goes on, and nothing is done twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core import mail
from django.db import connections
from django.utils import timezone

from booking.models import Booking, SeatChange, Taking, Ticket
from booking.selectors.money import accounts_of
from booking.services.calling_off import END_HOLDS, cancel_show
from booking.services.left_over import NO_ADDRESS, left_over
from booking.services.sales import book_seats
from foundation.outbox.models import Message
from foundation.outbox.services import LEASE
from tests import factories
from tests.booking.services.test_calling_off import work
from tests.commits import CommitTestCase
from tests.ledger import check_books
from tests.live import database_url

ROOT = Path(__file__).parents[2]
BOOKINGS, FAILING, KILLED_AT = 60, 13, 20
# How each is paid, in turn; the first is not paid yet.
WAYS = ("", Taking.Method.CASH, Taking.Method.CARD, Taking.Method.ONLINE)


class KilledWorkerTests(CommitTestCase):
    def setUp(self) -> None:
        self.show = factories.show(plan="\n".join(["S" * 20] * 3))
        now = timezone.now()
        self.bookings = [self.book(number, now) for number in range(1, BOOKINGS + 1)]
        work()
        mail.outbox.clear()

    def book(self, number: int, now: Any) -> Booking:
        user = factories.user(confirmed_email=f"{number}@example.org" if number > 1 else "")
        booking = book_seats(show_id=self.show.pk, seat_numbers=[number], user=user, now=now)
        if method := WAYS[number % len(WAYS)]:
            ten = Decimal(10)
            Taking.objects.create(booking=booking, amount=ten, method=method, at=now)
            is_online = method == Taking.Method.ONLINE
            Booking.objects.filter(pk=booking.pk).update(pays_online=is_online)
        return Booking.objects.get(pk=booking.pk)

    def test_each_booking_is_cancelled_once_and_the_report_says_what_is_left(self) -> None:
        failing = self.bookings[FAILING - 1]
        cancel_show(show_id=self.show.pk, now=timezone.now())
        env = {**os.environ, "DATABASE_URL": database_url()}
        connections.close_all()
        command = [sys.executable, "-m", "tests.booking.killed_worker"]

        def run(killed_at: int) -> int:
            arguments = [*command, str(failing.pk), str(killed_at)]
            return subprocess.run(arguments, cwd=ROOT, env=env, capture_output=True).returncode

        self.assertEqual(run(KILLED_AT), -signal.SIGKILL)
        self.assertEqual(self.live(), BOOKINGS - KILLED_AT)

        self.assertEqual(run(0), 0)
        [left] = left_over(self.show.pk).live
        self.assertEqual(left.reference, failing.reference)
        self.assertEqual(left.why, "ConnectionError: the provider is away")

        work(timezone.now() + 2 * LEASE + timedelta(hours=1))

        self.all_is_done()

    def live(self) -> int:
        return Booking.objects.filter(show=self.show, cancelled_at=None).count()

    def all_is_done(self) -> None:
        self.assertEqual(self.live(), 0)
        self.assertEqual(Ticket.objects.filter(cancelled_at=None).count(), 0)
        entries = SeatChange.objects.filter(show=self.show, booking__isnull=False)
        every = Counter(entries.values_list("booking", flat=True))
        self.assertEqual(every, {one.pk: 2 for one in self.bookings})  # booked, and cancelled
        later = ["payments.settle", END_HOLDS]
        self.assertEqual(Message.objects.waiting().exclude(kind__in=later).count(), 0)
        letters = Message.objects.filter(kind="mail.called_off")
        told = Counter(letters.values_list("payload__booking", flat=True))
        self.assertEqual(told, {one.pk: 1 for one in self.bookings[1:]})
        online = {one.pk for one in self.bookings if one.pays_online}
        settling = Message.objects.filter(kind="payments.settle").values_list("payload__booking")
        self.assertEqual(sorted(key for (key,) in settling), sorted(online))
        left = left_over(self.show.pk)
        self.assertEqual(left.live, [])
        self.assertEqual(
            [(one.booking.pk, one.why) for one in left.untold], [(self.bookings[0].pk, NO_ADDRESS)]
        )
        by_hand = {one.pk for n, one in enumerate(self.bookings, 1) if n % len(WAYS) in (1, 2)}
        self.assertEqual(
            {one.booking.pk: one.amount for one in left.to_give_back},
            dict.fromkeys(by_hand, Decimal(10)),
        )
        self.assertEqual({one.booking.pk for one in left.refunds}, online)
        paid = Counter(-account.due for account in accounts_of(self.bookings).values())
        self.assertEqual(paid, {Decimal(10): 45, Decimal(0): 15})
        check_books(self, self.show.pk)
