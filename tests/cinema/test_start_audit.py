"""A server that starts audits its shows, and says in its log and in /health/ what came of it."""

import json
import urllib.request
from typing import Any

from django.utils import timezone

from booking.models import ShowSeat, Taking
from booking.services.sales import book_seats
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer
from tests.waiting import until


class StartAuditTests(CommitTestCase):
    def health(self, server: LiveServer) -> Any:
        with urllib.request.urlopen(server.url("/health/"), timeout=30) as answer:
            body = json.load(answer)
        self.assertEqual((answer.status, body["status"]), (200, "ok"))
        return body["audit"]

    def audited(self) -> tuple[str, str]:
        """Start a server; return what it comes to say in /health/, and its log."""
        with LiveServer(env={"LOG_LEVEL": "INFO"}) as server:
            result = until(lambda: (found := self.health(server)) != "not yet" and found)
            return result, server.log

    def test_server_says_what_it_found(self) -> None:
        show = factories.show()
        result, log = self.audited()
        self.assertEqual(result, "ok")
        self.assertIn("audit of the shows to come: 0 faults", log)

        ShowSeat.objects.filter(show=show, seat_number=1).update(state="b")
        result, log = self.audited()
        self.assertEqual(result, "faults")
        self.assertIn(f"show {show.pk}, version 0: tickets: 1 seats are booked", log)

    def test_server_says_what_it_found_of_the_money(self) -> None:
        now = timezone.now()
        booking = book_seats(
            show_id=factories.show().pk, user=factories.user(), seat_numbers=[1], now=now
        )
        Taking.objects.create(booking=booking, amount=10, method=Taking.Method.ONLINE, at=now)
        result, log = self.audited()
        self.assertEqual(result, "faults")
        self.assertIn(f"booking {booking.pk}: 10.00 was taken online by no payment", log)
