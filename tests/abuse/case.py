"""Tests that attack the deployment beside a visitor."""

from typing import Any, ClassVar
from unittest import skipUnless

from django.conf import settings
from django.test import tag

from deploy.services import Services
from tests.abuse.site import Met, Site
from tests.live import database_url
from tests.racing import PostgresTestCase

SECONDS = 3


@tag("abuse")
@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class AbuseTestCase(PostgresTestCase):
    """A deployment, by default with every guard, for all tests of the class."""

    site: ClassVar[Site]
    options: ClassVar[dict[str, Any]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)
        cls.site = Site(given, **cls.options)
        cls.enterClassContext(cls.site.deployment)

    def withstand(
        self, *names: str, watching: int = 1, may_wait: bool = False, **prepared: int
    ) -> dict[str, Met]:
        """Run attacks side by side, and assert that the visitor beside them notices nothing.

        `watching` is how many addresses watch the show by right, the visitor's among them. In the
        visitor's name `may_wait` allows for answers that say when to come again.
        """
        stage = self.site.stage(**prepared)
        met, innocent = self.site.attacked(*names, stage=stage, seconds=SECONDS, may_wait=may_wait)
        self.assertEqual(innocent.failures, [], met)
        self.assertGreater(innocent.bookings, 0)
        self.assertGreater(innocent.joins, 0)
        self.assertLessEqual(max(innocent.viewers, default=0), watching, met)
        return met
