"""A page's selection, sent again while the first sending is under way."""

import secrets
import threading
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import Client, override_settings, tag

from booking.models import Hold
from tests.concurrency.hold_case import ROUNDS, HoldRaceTestCase, each_round
from tests.ledger import check_books
from tests.racing import Racers

ADDRESS, ELSEWHERE = "192.0.2.1", "192.0.2.2"
BEST = {"best": {"count": 2, "accessible": False}}


@tag("race")
@override_settings(THROTTLES=False)
class ResentSelectionTests(HoldRaceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.enterContext(mock.patch("foundation.db.transactions.logger"))

    def new_browser(self) -> None:
        """Let somebody open the page of a new show, whose script makes a token."""
        self.show_id, self.browser = self.new_show(), Client(REMOTE_ADDR=ADDRESS)
        self.browser.cookies[settings.CSRF_COOKIE_NAME] = secrets.token_hex(16)

    def post(self, client: Client, selection: Any) -> Any:
        path = f"/shows/{self.show_id}/hold/"
        return client.post(path, selection, content_type="application/json")

    def post_from(self, clients: list[Client], number: int) -> Any:
        return self.post(clients[number], {"seats": [1, 2]})

    def send_twice(self, racers: Racers, selection: Any, *, then_from: str = ADDRESS) -> list[Any]:
        """Send a selection, and again before the first sending has changed anything."""
        clients = [Client(REMOTE_ADDR=address) for address in (ADDRESS, then_from)]
        for client in clients:
            client.cookies = deepcopy(self.browser.cookies)
        answers = racers.race(lambda number: self.post(clients[number], selection))
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
                for selection in ({"seats": [1, 2]}, BEST):
                    self.new_browser()
                    self.assert_held_once(self.send_twice(racers, selection, then_from=ELSEWHERE))

    def test_seats_are_given_back_once(self) -> None:
        with Racers(2) as racers:

            @each_round
            def _() -> None:
                self.new_browser()
                self.post(self.browser, {"seats": [1, 2]})

                self.assertEqual(self.send_twice(racers, {"seats": []}), [None, None])

                self.assertEqual(self.states(self.show_id), "aaaa")
                check_books(self, self.show_id)

    def test_without_the_lock_of_the_browser_they_would_not(self) -> None:
        """Show that the tests above see what the lock prevents: the second finds its own seats.

        Or it runs into the constraint that stands behind the lock, and is redone.
        """
        refused, redone = 0, 0
        self.enterContext(mock.patch("booking.services.browser_holds.locking_name", _meet_at(2)))
        with Racers(2) as racers:
            for _ in range(ROUNDS):
                self.new_browser()
                clients = [Client(REMOTE_ADDR=address) for address in (ADDRESS, ELSEWHERE)]
                for client in clients:
                    client.cookies = deepcopy(self.browser.cookies)
                answers = racers.race(partial(self.post_from, clients))
                refused += sum(answer.status_code != 200 for answer in answers)
                redone = self.log.info.call_count
        self.assertGreater(refused + redone, 0)


def _meet_at(count: int) -> Any:
    """Return what stands in for a lock: it only lets so many go on together."""
    together = threading.Barrier(count)

    def meet(name: str) -> list[Any]:
        with suppress(threading.BrokenBarrierError):
            together.wait(2)
        return []

    return meet
