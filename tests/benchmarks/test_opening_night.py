"""A small opening night, of which the benchmark sees all that may go wrong; no time is tested."""

import os
from unittest import mock, skipUnless

from django.conf import settings

from benchmarks.opening_night import (
    CUT_OFF,
    FAILED,
    FAULTS,
    REFUSED,
    SOLD,
    SOLD_OUT,
    WRONG_MAPS,
    night,
)
from benchmarks.servers import ROW
from benchmarks.sites import FrontRowSite, Site, TextbookSite
from deploy.services import Services
from tests.live import database_url, static_root
from tests.programs import required
from tests.racing import PostgresTestCase

# Of each second one, who wants two seats, there is a row of seats for all but these.
TOO_MANY = 7
VISITORS = ROW + 2 * TOO_MANY


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class OpeningNightTests(PostgresTestCase):
    def setUp(self) -> None:
        required("nginx")
        required("gcc")
        self.enterContext(mock.patch("benchmarks.opening_night.tell"))
        self.given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)

    def night(self, site: Site) -> dict[str, float]:
        """Return what came of a night, without what it cost.

        Whoever is asked to come again comes again, as a machine with other work may ask for.
        """
        self.enterContext(site)
        row = night(site, self.given, visitors=VISITORS, over=1)
        wanted = (FAILED, REFUSED, SOLD_OUT, SOLD, FAULTS, WRONG_MAPS, CUT_OFF)
        return {what: row[what] for what in wanted if what in row}

    def test_front_row_sells_the_house_once_and_every_map_is_right(self) -> None:
        expected = {FAILED: 0, REFUSED: 0, SOLD_OUT: TOO_MANY, SOLD: ROW, FAULTS: 0}
        expected |= {WRONG_MAPS: 0, CUT_OFF: 0}
        self.enterContext(mock.patch.dict(os.environ, STATIC_ROOT=static_root()))

        self.assertEqual(self.night(FrontRowSite(self.given)), expected)

    def test_the_textbook_does_the_same_job(self) -> None:
        expected = {FAILED: 0, REFUSED: 0, SOLD_OUT: TOO_MANY, SOLD: ROW, FAULTS: 0}

        self.assertEqual(self.night(TextbookSite(self.given)), expected)
