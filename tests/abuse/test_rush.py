"""250 people want the best two seats of a hall within ten seconds, through nginx."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from unittest import skipUnless

from django.conf import settings
from django.test import tag
from rest_framework_simplejwt.tokens import AccessToken

from booking.models import Show
from booking.selectors import seat_map
from deploy.services import Services
from tests import factories
from tests.abuse.site import Site
from tests.ledger import check_books
from tests.live import database_url
from tests.racing import PostgresTestCase

PEOPLE = 250
# 300 seats. The best pairs lie along the aisle, so pair after pair leaves no single seat over.
HALL = "\n".join(["SSSSSSSSSS.SSSSSSSSSS"] * 15)
SEATS = 300
RUSH_SECONDS = 10
PATIENCE_SECONDS = 30

Answer = tuple[int, Any]


class Person:
    """Somebody with an account and an address who holds the best two seats and books them."""

    def __init__(self, number: int, *, site: Site, show: Show, starts: threading.Event) -> None:
        self._port = site.deployment.nginx.port
        self._address = f"127.3.{number // 250}.{1 + number % 250}"
        self._token = AccessToken.for_user(factories.user())
        self._show_id = show.pk
        self._comes_after = number * RUSH_SECONDS / PEOPLE
        self._starts = starts

    def buy(self) -> list[Answer]:
        """Hold and book; return both answers, or the one that refused the hold."""
        self._starts.wait()
        threading.Event().wait(self._comes_after)
        held = self._post("hold", {"best": {"count": 2}})
        if held[0] != 201:
            return [held]
        return [held, self._post("book", {"hold": held[1]["token"]})]

    def _post(self, what: str, body: dict[str, Any]) -> Answer:
        connection = HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_SECONDS, source_address=(self._address, 0)
        )
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        path = f"/api/shows/{self._show_id}/{what}/"
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
@tag("abuse")
class RushTests(PostgresTestCase):
    def setUp(self) -> None:
        given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)
        self.site = Site(given)
        self.enterContext(self.site.deployment)
        self.show = factories.show(plan=HALL)

    def test_pairs_are_sold_until_the_hall_is_and_nobody_gets_an_error(self) -> None:
        starts = threading.Event()
        people = [
            Person(number, site=self.site, show=self.show, starts=starts)
            for number in range(PEOPLE)
        ]
        with ThreadPoolExecutor(PEOPLE) as pool:
            buying = [pool.submit(person.buy) for person in people]
            starts.set()
            answers = [future.result() for future in buying]

        holds = Counter((first[0], first[1].get("code")) for first, *_ in answers)
        bookings = Counter(rest[0][0] for _, *rest in answers if rest)
        pairs = SEATS // 2
        self.assertEqual(holds, {(201, None): pairs, (409, "no_seats_together"): PEOPLE - pairs})
        self.assertEqual(bookings, {201: pairs})
        self.assertEqual(seat_map.states(self.show.pk).states, "b" * SEATS)
        check_books(self, self.show.pk)
