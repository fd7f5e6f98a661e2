"""A show whose seats can be held, changed and booked by token."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import TestCase

from booking.models import Hold
from booking.selectors import seat_map
from booking.services.holds import change_hold, place_hold
from booking.services.sales import book_hold
from tests import factories
from tests.ledger import check_books

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


class HoldTestCase(TestCase):
    """Six seats in two rows, seat 3 a premium one."""

    def setUp(self) -> None:
        self.show = factories.show(plan="SSP\nSSS", starts_at=NOW + timedelta(days=1))
        self.user = factories.user()

    def hold(self, *seat_numbers: int, **changed: Any) -> str:
        arguments: dict[str, Any] = {
            "show_id": self.show.pk,
            "selection": seat_numbers,
            "client": "address:1",
            "user": None,
            "now": NOW,
        } | changed
        return place_hold(**arguments).token

    def change(self, token: str, *seat_numbers: int, **changed: Any) -> Hold:
        arguments = {"token": token, "selection": seat_numbers, "user": None, "now": NOW}
        return change_hold(**(arguments | changed))

    def book(self, token: str, **changed: Any) -> Any:
        arguments = {"show_id": self.show.pk, "token": token, "user": self.user, "now": NOW}
        return book_hold(**(arguments | changed))

    def states(self) -> str:
        return seat_map.states(self.show.pk).states

    def tearDown(self) -> None:
        check_books(self, self.show.pk)
