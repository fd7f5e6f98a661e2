"""A booking's page says under which entry of the log it stands."""

import re
from typing import Any

from django.test import TestCase, tag
from django.utils import timezone

from booking.models import SeatChange
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_seats
from tests import factories


@tag("once")
class ReceiptTests(TestCase):
    def setUp(self) -> None:
        self.user = factories.user()
        self.client.force_login(self.user)
        self.show = factories.show()
        now = timezone.now()
        self.booking = book_seats(
            show_id=self.show.pk, seat_numbers=[1, 2], user=self.user, now=now
        )
        self.own: dict[str, Any] = {"booking_id": self.booking.pk, "user": self.user, "now": now}

    def page(self) -> str:
        return self.client.get(f"/bookings/{self.booking.reference}/").content.decode()

    def check(self, version: int, seats: str, labels: str) -> None:
        page = self.page()
        digest = SeatChange.objects.get(show=self.show, version=version).digest
        [said] = re.findall("<section [^>]*data-receipt([^>]*)>", page)
        self.assertEqual(
            dict(re.findall(r'data-(\w+)="([^"]*)"', said)),
            {
                "show": str(self.show.pk),
                "seats": seats,
                "labels": labels,
                "letter": "b",
                "version": str(version),
                "digest": digest,
            },
        )
        self.assertInHTML(
            f'<p class="muted">Entry {version} of '
            f'<a href="/shows/{self.show.pk}/log/?at={version}">this show’s log</a>, '
            f'<code title="{digest}">{digest[:16]}…</code></p>',
            page,
        )

    def test_page_names_the_entry_and_the_seats_that_it_sold(self) -> None:
        self.check(1, "1,2", "A1, A2")
        exchange_seats(give=[1], take=[5], **self.own)
        self.check(2, "5", "A5")
        cancel_booking(seat_numbers=[5], **self.own)
        self.check(3, "", "")
        cancel_booking(**self.own)
        self.check(4, "", "")

    def test_booking_without_an_entry_has_none(self) -> None:
        SeatChange.objects.update(booking=None)
        self.assertNotIn("data-receipt", self.page())
