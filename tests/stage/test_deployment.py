"""The stage on the whole deployment: two processes behind nginx, PostgreSQL and Redis."""

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any
from unittest import skipUnless

from django.conf import settings
from django.db import connection
from django.utils import timezone

from booking.models import Booking, SeatMap
from booking.selectors import seat_map
from booking.services.sales import book_seats
from deploy.by_hand import Deployment
from deploy.services import Services
from stage.models import Stage
from stage.performers import performers
from stage.rules import CHANGES_MEANWHILE, RACERS, SALES_UNDONE
from tests import factories
from tests.ledger import check_books
from tests.live import LiveServer, database_url, static_root
from tests.programs import required
from tests.racing import PostgresTestCase
from tests.realtime.watchers import Watcher
from tests.waiting import until

SECONDS = 60
SEAT = 25


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class DeployedStageTests(PostgresTestCase):
    site: Deployment

    @classmethod
    def setUpClass(cls) -> None:
        required("nginx")
        super().setUpClass()
        given = Services(database_url=database_url(), redis_url=settings.REDIS_URL)
        site = Deployment(given, env={"STAGE": "on"}, static_root=static_root())
        cls.site = cls.enterClassContext(site)

    def setUp(self) -> None:
        show = factories.show(plan="SSSSS\nSSSSS")
        book_seats(show_id=show.pk, seat_numbers=[1], user=factories.user(), now=timezone.now())
        self.page = self.open(self.site.nginx.url("/stage/"))
        self.show_id = Stage.objects.get().show_id or 0
        self.others = self.rows_of_others()

    def open(self, url: str, *, data: bytes | None = None, **headers: str) -> HTTPResponse:
        request = urllib.request.Request(url, data, headers)
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=SECONDS)
        self.addCleanup(answer.close)
        return answer

    def begin(self, act: str, seat: int | None = None) -> str:
        """Begin an act through nginx, as the page does; return where it is played."""
        Stage.objects.update(free_at=timezone.now())  # it need not rest
        token = re.findall("csrftoken=([^;]+)", str(self.page.headers))[0]
        body = {"act": act} | ({"seat": seat} if seat else {})
        answer = self.open(
            self.site.nginx.url("/stage/begin/"),
            data=json.dumps(body).encode(),
            **{"Content-Type": "application/json"},
            **{"X-CSRFToken": token, "Cookie": f"csrftoken={token}"},
        )
        path: str = json.load(answer)["play"]
        return path

    def lines(self, server: LiveServer | Any, path: str) -> Iterator[dict[str, Any]]:
        return map(json.loads, self.open(server.url(path), data=b""))

    def rows_of_others(self) -> dict[str, list[Any]]:
        """Return all rows of the box office that are not the stage's."""
        tables = ("show", "seatmap", "seatchange", "showseat", "booking", "ticket", "hold")
        rows = {}
        with connection.cursor() as cursor:
            for table in tables:
                own = "id" if table == "show" else "show_id"
                cursor.execute(
                    f"SELECT * FROM booking_{table} WHERE {own} <> %s ORDER BY 1", [self.show_id]
                )
                rows[table] = cursor.fetchall()
        return rows

    def test_race_has_one_winner_whichever_process_runs_it(self) -> None:
        watchers = [
            self.enterContext(Watcher(daphne, self.show_id)) for daphne in self.site.daphnes
        ]
        servers: list[Any] = [self.site.daphnes[1], self.site.nginx]
        for version, server in enumerate(servers, start=1):
            with self.subTest(server=version):
                path = self.begin("race", SEAT + version)
                lines = list(self.lines(server, path))

                answers = Counter((one["status"], one["code"]) for one in lines if "racer" in one)
                self.assertEqual(answers, {(201, ""): 1, (409, "seat_taken"): RACERS - 1})
                self.assertEqual(lines[0], {"racers": RACERS})
                self.assertEqual(lines[-2], {"played": "race"})
                for watcher in watchers:
                    watcher.until_version(version)
                # Spent, and whoever got nothing is gone; whoever got the seat is none of ours.
                with self.assertRaisesMessage(OSError, "404"):
                    self.open(server.url(path), data=b"")
                self.assertEqual(
                    (performers().count(), Booking.objects.count()), (version, version + 1)
                )
        check_books(self, self.show_id)
        self.assertEqual(self.rows_of_others(), self.others)

    def test_rewritten_history_heals_on_both_processes(self) -> None:
        watchers = [
            self.enterContext(Watcher(daphne, self.show_id)) for daphne in self.site.daphnes
        ]

        lines = list(self.lines(self.site.nginx, self.begin("rewrite")))

        capacity = seat_map.states(self.show_id).capacity
        undone = {"undone": [1, SALES_UNDONE], "states": "a" * capacity}
        sold = [(one["version"], one["sold"]) for one in lines if "sold" in one]
        self.assertIn(undone, lines)
        versions = list(range(1, SALES_UNDONE + 1))
        self.assertEqual([version for version, _ in sold], versions * 2)
        self.assertEqual(len({seat_number for _, seat_number in sold}), 2 * SALES_UNDONE)
        truth = seat_map.states(self.show_id)
        booked = [number for number, letter in enumerate(truth.states, 1) if letter == "b"]
        self.assertEqual(booked, sorted(number for _, number in sold[SALES_UNDONE:]))
        for watcher in watchers:
            while watcher.follower.states != truth.states:
                watcher.next()
            self.assertEqual(watcher.follower.version, truth.version)
        for daphne in self.site.daphnes:
            read = json.load(self.open(daphne.url(f"/api/shows/{self.show_id}/seats/")))
            self.assertEqual((read["states"], read["digest"]), (truth.states, truth.digest))
        check_books(self, self.show_id)
        self.assertEqual(self.rows_of_others(), self.others)

    def test_lines_come_as_things_happen_and_the_act_goes_on_without_its_page(self) -> None:
        answer = self.open(self.site.nginx.url(self.begin("meanwhile")), data=b"")
        self.assertEqual(json.loads(answer.readline()), {"changes": CHANGES_MEANWHILE})
        self.assertLess(SeatMap.objects.get(pk=self.show_id).version, CHANGES_MEANWHILE)
        answer.close()

        def is_over() -> bool:
            return SeatMap.objects.get(pk=self.show_id).version == CHANGES_MEANWHILE

        until(is_over, SECONDS)
        until(lambda: not performers().filter(bookings=None).exists(), SECONDS)  # dismissed
        check_books(self, self.show_id)
        self.assertEqual(self.rows_of_others(), self.others)
