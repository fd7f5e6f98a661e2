"""Shows that the attacks do harm, or all they want, where their guards are off."""

import os
from pathlib import Path
from urllib.request import urlopen

from booking.rules import SEATS_HELD, TICKETS_OF_ACCOUNT
from tests.abuse.case import SECONDS, AbuseTestCase
from tests.abuse.innocent import Innocent
from tests.abuse.site import ROOT, Met
from tests.waiting import until

WITHOUT_LIMIT = 1_000_000


class WithoutGuardsTests(AbuseTestCase):
    options = {
        "env": {
            "THROTTLES": "off",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "unguarded"), str(ROOT)]),
            "GUARDS_OFF": (
                "sockets_may_talk sockets_are_viewers one_queue long_headers no_rules slow_hashes"
            ),
        },
        "nginx": {
            "max_fails": 3,
            "requests_per_second": WITHOUT_LIMIT,
            "burst": WITHOUT_LIMIT,
        },
    }

    def attacked(self, name: str) -> tuple[Met, Innocent]:
        """Return what an attack met, and the visitor beside it."""
        met, innocent = self.site.attacked(name, stage=self.site.stage(), seconds=SECONDS)
        return met[name], innocent

    def test_long_redirects_take_the_processes_out(self) -> None:
        met, innocent = self.attacked("long_redirect")
        self.assertGreater(met["502"], 0)
        self.assertNotEqual(innocent.failures, [])
        until(self.serves)  # for the test that comes next

    def serves(self) -> bool:
        """Tell whether nginx leads to both processes again: several answers in a row say so."""
        try:
            for _ in range(6):
                urlopen(self.site.deployment.nginx.url("/api/movies/"), timeout=5).close()
        except OSError:
            return False
        return True

    def test_sockets_that_talk_are_not_closed(self) -> None:
        for name in ("continuations", "pings"):
            with self.subTest(name):
                met, _ = self.attacked(name)
                self.assertEqual((met["closed 1008"], met["still open"]), (0, 1))

    def test_many_sockets_of_an_address_are_many_viewers(self) -> None:
        met, innocent = self.attacked("ninety_sockets")
        self.assertGreater(max(innocent.viewers, default=0), met["open"] // 2)

    def test_calls_that_are_refused_are_not_counted(self) -> None:
        met, _ = self.attacked("nobodys_calls")
        self.assertEqual(set(met), {"401", "404"})

    def test_seats_are_taken_from_everybody(self) -> None:
        names = ("best_seats", "book_everything")
        met, _ = self.site.attacked(*names, stage=self.site.stage(), seconds=SECONDS)
        self.assertGreater(met["best_seats"]["seats"], SEATS_HELD)
        self.assertGreater(met["book_everything"]["seats"], TICKETS_OF_ACCOUNT)

    def test_seats_just_let_go_are_held_anew(self) -> None:
        met, _ = self.attacked("hold_anew")
        self.assertGreater(met["held anew"], 0)

    def test_guesses_at_an_account_are_not_counted(self) -> None:
        met, _ = self.attacked("one_account_from_everywhere")
        self.assertEqual(met["429"], 0, met)

    def test_passwords_keep_everybody_waiting(self) -> None:
        _, innocent = self.attacked("log_ins_at_once")
        self.assertNotEqual(innocent.failures, [])
