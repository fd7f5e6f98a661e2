"""The page on which staff see how each process does."""

import tomllib
from collections import deque
from dataclasses import replace
from datetime import timedelta
from math import inf
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.cache import caches
from django.test import TestCase, override_settings
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisGone

from cinema import status
from cinema.status import PLACES, Figures, figures, house, tell
from foundation.metrics import DATABASE_ERRORS, GIVEN_UP, READY
from foundation.outbox.services import enqueue
from tests import factories

PATH = "/admin/status/"


class StatusTests(TestCase):
    def setUp(self) -> None:
        READY.set(1)
        # What other tests of this process have counted is of no minute of these.
        self.enterContext(mock.patch.object(status, "_earlier", deque([status._counts()])))
        caches["default"].delete_many(PLACES)
        self.addCleanup(caches["default"].delete_many, PLACES)

    def another(self, **changed: Any) -> Figures:
        """Return what another process might say."""
        return replace(figures(), **{"id": "b", "name": "b, process 2", "version": "0.9"} | changed)

    def page(self) -> str:
        self.client.force_login(factories.user(is_staff=True))
        return self.client.get(PATH).content.decode()

    def test_staff_alone_see_it_and_find_it_in_the_admin(self) -> None:
        for user in (None, factories.user()):
            if user:
                self.client.force_login(user)
            self.assertRedirects(self.client.get(PATH), f"/admin/login/?next={PATH}")
        self.assertIn("1 process, and all is well.", " ".join(self.page().split()))
        self.assertContains(self.client.get("/admin/"), f'href="{PATH}"')

    def test_every_process_that_tells_of_itself_is_there(self) -> None:
        tell(figures())
        tell(self.another())
        tell(self.another(sockets=7))
        found = {one.id: one.sockets for one in house().processes}
        self.assertEqual(found, {status._id: figures().sockets, "b": 7})
        self.assertIn("b, process 2", self.page())

    def test_outbox_is_one_line_that_leads_to_it(self) -> None:
        enqueue("tests.status", {}, now=timezone.now() - timedelta(minutes=5))
        page = self.page()
        self.assertIn("Outbox: 1 waiting, the first of them came 5 minutes ago; 0 failed", page)
        self.assertIn('href="/admin/outbox/message/"', page)

    def test_process_that_tells_nothing_more_goes(self) -> None:
        with mock.patch.object(status, "EXPIRY_SECONDS", 0):
            tell(self.another())
        self.assertEqual(len(house().processes), 1)

    def test_more_processes_than_places_are_left_out(self) -> None:
        for number in range(len(PLACES) + 3):
            tell(self.another(id=str(number)))
        self.assertEqual(len(house().processes), 1 + len(PLACES))

    def test_process_of_a_later_version_says_more(self) -> None:
        caches["default"].set(PLACES[0], {**vars(self.another()), "later": 1})
        self.assertIn("0.9", [one.version for one in house().processes])

    @override_settings(REDIS_URL="")
    def test_without_redis_it_says_that_there_may_be_others(self) -> None:
        self.assertIn("knows only itself", self.page())

    def test_process_itself_is_shown_while_redis_is_away(self) -> None:
        with mock.patch.object(caches["default"].__class__, "get_many", side_effect=RedisGone):
            processes, note = house()
        self.assertEqual(([one.id for one in processes], note), ([status._id], status.UNSEEN))

    def test_what_is_wrong_is_said(self) -> None:
        well = self.another(audit_faults=0, is_ready=True, has_layer=True, has_cache=True)
        self.assertEqual(well.troubles, [])
        for changed, said in (
            ({"is_ready": False}, "can't serve"),
            ({"has_layer": False}, "maps lag"),
            ({"has_cache": False}, "throttles by itself"),
            ({"audit_faults": 2}, "faults in the books: 2"),
            ({"failed": 3}, "the database failed in the last minute: 3"),
            ({"given_up": 4}, "for want of a lock: 4"),
            ({"late": 0.5}, "too little of a core"),
            ({"late": inf}, "too little of a core"),
        ):
            with self.subTest(said):
                [sentence] = replace(well, **changed).troubles
                self.assertIn(said, sentence)
        self.assertEqual(replace(well, audited_at=0).audit_in_words, "not yet")
        tell(self.another(is_ready=False))
        self.assertEqual([one.id for one in house().processes], ["b", status._id])
        self.assertIn("1 of 2 processes needs attention.", " ".join(self.page().split()))

    def test_version_is_that_of_the_project(self) -> None:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
        self.assertEqual(figures().version, project["project"]["version"])

    def test_trouble_of_the_last_minute_is_counted(self) -> None:
        DATABASE_ERRORS.inc(2)
        GIVEN_UP.labels("book_seats").inc(3)
        own = figures()
        self.assertEqual((own.failed, own.given_up), (2, 3))
        status._earlier[0] = status._counts()
        own = figures()
        self.assertEqual((own.failed, own.given_up), (0, 0))

    def test_event_loop_that_is_late_is_told_of(self) -> None:
        said = [self.another(late=late).late_in_words for late in (None, 0.025, inf)]
        self.assertEqual(said, ["not known yet", "late by 25 ms at most", "late by more than 10 s"])

    def test_lag_is_that_of_all_but_one_in_a_hundred_lately(self) -> None:
        before = {0.1: 50.0, 1.0: 60.0, inf: 60.0}
        for now, lag in (
            (before, None),
            ({0.1: 149.0, 1.0: 160.0, inf: 160.0}, 0.1),
            ({0.1: 148.0, 1.0: 160.0, inf: 160.0}, 1.0),
            ({0.1: 50.0, 1.0: 60.0, inf: 61.0}, inf),
        ):
            with self.subTest(now):
                self.assertEqual(status._within(now, before), lag)
        said = [self.another(lag=lag).lag_in_words for lag in (None, 0.025, inf)]
        self.assertEqual(
            said,
            [
                "no changes in the last minute",
                "within 25 ms",
                "more than 10 s late",
            ],
        )
