"""A show whose books are audited."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.test import TestCase

from booking.models import SeatChange, SeatMap, ShowSeat
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.blocks import block_seats
from booking.services.holds import place_hold
from booking.services.sales import book_seats
from booking.services.shows import change_show
from tests import factories

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class AuditCase(TestCase):
    """A show whose log has nine entries and ends with the seats aahhbxaaaa."""

    def setUp(self) -> None:
        self.show = factories.show(starts_at=NOW + timedelta(days=30))
        self.user = factories.user()
        show: dict[str, Any] = {"show_id": self.show.pk, "now": NOW}
        booking = book_seats(seat_numbers=[1, 2], user=self.user, **show)
        self.hold = place_hold(selection=[3, 4], client="user:1", user=self.user, **show)
        own: dict[str, Any] = {"booking_id": booking.pk, "user": self.user, "now": NOW}
        cancel_booking(seat_numbers=[2], **own)
        exchange_seats(give=[1], take=[5], **own)
        block_seats(seat_numbers=[6], reason="wet", staff=self.user, **show)
        for price in range(11, 15):
            change_show(price=Decimal(price), **show)
        self.booking = booking

    def lines(self, *faults: str) -> list[str]:
        return [f"show {self.show.pk}, version {fault}" for fault in faults]

    @property
    def log(self) -> Any:
        return SeatChange.objects.filter(show=self.show)

    @property
    def seats(self) -> Any:
        return ShowSeat.objects.filter(show=self.show)

    @property
    def map(self) -> Any:
        return SeatMap.objects.filter(show=self.show)
