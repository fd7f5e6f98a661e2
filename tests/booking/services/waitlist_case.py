"""A show with a held seat and people who could wait for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import TestCase

from booking.models import WaitlistEntry
from booking.selectors import seat_map
from booking.services.holds import place_hold
from booking.services.waitlist import join_waitlist
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


class WaitlistCase(TestCase):
    """Somebody without an account holds seats 1 and 2 of three."""

    def setUp(self) -> None:
        self.show = factories.show(plan="SSS", starts_at=NOW + timedelta(days=1))
        self.token = self.hold(1, 2)
        self.first, self.second = factories.user(), factories.user()

    def tearDown(self) -> None:
        check_books(self, self.show.pk)

    def hold(self, *seat_numbers: int, now: datetime = NOW, user: Any = None) -> str:
        """Hold seats, as a client of its own."""
        client = f"address:{seat_numbers}:{now}"
        return place_hold(
            show_id=self.show.pk, selection=seat_numbers, client=client, user=user, now=now
        ).token

    def join(self, user: Any, seat_number: int = 1, now: datetime = NOW) -> WaitlistEntry:
        """Let the user wait for a seat."""
        return join_waitlist(show_id=self.show.pk, seat_number=seat_number, user=user, now=now)

    def states(self) -> str:
        """Return the letters of the seats."""
        return seat_map.states(self.show.pk).states
