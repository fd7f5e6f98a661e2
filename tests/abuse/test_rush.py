"""250 people want the best two seats of a hall within ten seconds, through nginx."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from unittest import skipUnless

from django.conf import settings
from django.test import tag

from booking.selectors import seat_map
from deploy.services import Services
from tests import factories
from tests.abuse.person import HALL, Answer, Person
from tests.abuse.site import Site
from tests.ledger import check_books
from tests.live import database_url
from tests.racing import PostgresTestCase

PEOPLE = 250
SEATS = HALL.count("S")
RUSH_SECONDS = 10


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
        port = self.site.deployment.nginx.port
        people = [Person(number, port=port, show_id=self.show.pk) for number in range(PEOPLE)]

        def come(number: int) -> list[Answer]:
            starts.wait()
            threading.Event().wait(number * RUSH_SECONDS / PEOPLE)
            return people[number].buy()

        with ThreadPoolExecutor(PEOPLE) as pool:
            buying = [pool.submit(come, number) for number in range(PEOPLE)]
            starts.set()
            answers = [future.result() for future in buying]

        holds = Counter((first[0], first[1].get("code")) for first, *_ in answers)
        bookings = Counter(rest[0][0] for _, *rest in answers if rest)
        pairs = SEATS // 2
        self.assertEqual(holds, {(201, None): pairs, (409, "no_seats_together"): PEOPLE - pairs})
        self.assertEqual(bookings, {201: pairs})
        self.assertEqual(seat_map.states(self.show.pk).states, "b" * SEATS)
        check_books(self, self.show.pk)
