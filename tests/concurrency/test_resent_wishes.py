"""A page's wish, sent again while the first sending is under way."""

import threading
from copy import deepcopy
from typing import Any
from unittest import mock

from django.http import HttpRequest
from django.test import Client, override_settings, tag

from booking.models import Hold
from booking.pages.kept_hold import KeptHold, kept_hold
from tests.concurrency.hold_case import HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import LONGEST_SECONDS, Racers

ADDRESS, ELSEWHERE = "192.0.2.1", "192.0.2.2"
BEST = {"best": {"count": 2, "accessible": False}}


@tag("race")
@override_settings(THROTTLES=False)
class ResentWishTests(HoldRaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.enterContext(mock.patch("booking.services.transactions.logger"))

    def new_browser(self) -> None:
        """Let somebody open the page of a new show."""
        self.show_id, self.browser = self.new_show(), Client(REMOTE_ADDR=ADDRESS)
        self.browser.get(f"/shows/{self.show_id}/")

    def post(self, client: Client, wish: Any) -> Any:
        path = f"/shows/{self.show_id}/hold/"
        return client.post(path, wish, content_type="application/json")

    def send_twice(self, racers: Racers, wish: Any, *, then_from: str = ADDRESS) -> list[Any]:
        """Send a wish of the browser, and again before the first sending has changed anything."""
        clients = [Client(REMOTE_ADDR=address) for address in (ADDRESS, then_from)]
        for client in clients:
            client.cookies = deepcopy(self.browser.cookies)
        with mock.patch("booking.pages.holding.kept_hold", _reading_together()):
            answers = racers.race(lambda number: self.post(clients[number], wish))
        self.assertEqual([answer.status_code for answer in answers], [200, 200])
        return [answer.json()["hold"] for answer in answers]

    def assert_held_once(self, held: list[Any]) -> None:
        """Assert that both were answered one hold, and that neither tried in vain before."""
        hold = Hold.objects.get(show=self.show_id)
        self.assertEqual([one["seats"] for one in held], [hold.seat_numbers] * 2)
        self.assertEqual(self.states(self.show_id).count("h"), 2)
        self.log.info.assert_not_called()
        check_books(self, self.show_id)

    def test_same_seats_are_held_once(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                self.new_browser()
                self.assert_held_once(self.send_twice(racers, {"seats": [1, 2]}))

    def test_best_seats_are_held_once(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                self.new_browser()
                self.assert_held_once(self.send_twice(racers, BEST))

    def test_browser_that_moved_to_another_network_has_one_hold(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                for wish in ({"seats": [1, 2]}, BEST):
                    self.new_browser()
                    self.assert_held_once(self.send_twice(racers, wish, then_from=ELSEWHERE))

    def test_seats_are_given_back_once(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                self.new_browser()
                self.post(self.browser, {"seats": [1, 2]})

                self.assertEqual(self.send_twice(racers, {"seats": []}), [None, None])

                self.assertEqual(self.states(self.show_id), "aaaa")
                check_books(self, self.show_id)


def _reading_together() -> Any:
    """Return a `kept_hold` that lets two requests go on when both have read."""
    both = threading.Barrier(2)

    def read(request: HttpRequest, *args: Any) -> KeptHold:
        found = kept_hold(request, *args)
        if not hasattr(request, "has_read"):
            request.has_read = True  # type: ignore[attr-defined]
            both.wait(LONGEST_SECONDS)
        return found

    return read
