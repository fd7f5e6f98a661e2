"""An auditor from outside: has the code of docs/verify.md and the public API, and nothing else."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, ClassVar
from unittest import mock

from django.db import connection
from django.test import tag
from django.utils import timezone

from booking import events
from booking.models import Hold, SeatChange, Show, State
from booking.services import ledger
from booking.services.holds import place_hold
from booking.services.ledger import SeatsBecome
from booking.services.shows import change_movie
from foundation.db.transactions import one_transaction
from tests import factories
from tests.commits import CommitTestCase
from tests.docs.reading import ROOT
from tests.ledger import rewrite_log
from tests.live import LiveServer
from tests.programs import required

OPERATIONS = 5000
FORGED = 4200
DOES_NOT_FIT = f"entry {FORGED} does not fit"
LOST_END = "the log has lost its end"


def code(language: str) -> str:
    """Return the document's code in a language."""
    [found] = re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / "docs/verify.md").read_text(), re.M | re.S
    )
    return str(found)


@one_transaction
def operate(show: Show, times: int) -> None:
    """Change seats and facts of the show at random, each time by an entry of its own."""
    chance = random.Random(times)
    now = timezone.now()
    hold = Hold.objects.get(show=show)
    seats = list(show.show_seats.all())
    write, change = one_transaction(ledger.write), one_transaction(change_movie)
    for number in range(times):
        now += timedelta(seconds=1)
        if number % 500 == 0:
            change(
                movie_id=show.movie_id,
                title=f"“Ünïcode” \\ {number}\t\u2028𝄞",
                synopsis="",
                duration_minutes=100,
                certificate="",
                now=now,
            )
        else:
            state = chance.choice(list(State))
            some = chance.sample(seats, chance.randint(1, 10))
            write(show.pk, [SeatsBecome(some, state, hold if state == State.HELD else None)], now)
            for seat in some:
                seat.state = state.value


@tag("once")
class AuditorTests(CommitTestCase):
    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(LiveServer(env={"THROTTLES": "off"}))

    def operate(self) -> None:
        self.show = factories.show(plan="\n".join(["SSSSSSSSSS"] * 10))
        now = timezone.now()
        with mock.patch.object(events, "publish"):
            place_hold(show_id=self.show.pk, selection=[1], client="a", user=None, now=now)
            operate(self.show, OPERATIONS - 1)

    def verdicts(
        self, noted: dict[int, str] | None = None, *, show: Show | None = None
    ) -> set[str]:
        """Return what the document's code says in each language, by what was noted before."""
        url = self.server.url(f"/api/shows/{(show or self.show).pk}/changes/")
        receipts = ", ".join(f"{version}: {digest!r}" for version, digest in (noted or {}).items())
        call = f"verify({url!r}, {{{receipts}}})"
        python = f"{code('python')}\nprint({call}['version'])"
        script = f"{code('js')}\nconsole.log((await {call}).version)"
        said = set()
        for command in (
            [sys.executable, "-c", python],
            [required("node"), "--input-type=module", "-e", script],
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            failed = re.findall(r"Error: (.*)", done.stderr)
            said.add(failed[-1] if done.returncode else done.stdout.strip())
        return said

    def execute(self, sql: str, *values: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)

    def entry(self, version: int) -> SeatChange:
        return SeatChange.objects.get(show=self.show, version=version)

    @contextmanager
    def flipped_letter(self) -> Iterator[None]:
        entry = self.entry(FORGED)
        [seat_number, letter, *_], *others = entry.changes
        flipped = [[seat_number, "b" if letter != "b" else "a"], *others]
        sql = "UPDATE booking_seatchange SET changes = %s WHERE id = %s"
        self.execute(sql, json.dumps(flipped), entry.pk)
        yield
        self.execute(sql, json.dumps(entry.changes), entry.pk)

    @contextmanager
    def dropped_entry(self, version: int) -> Iterator[None]:
        entry = self.entry(version)
        self.execute("DELETE FROM booking_seatchange WHERE id = %s", entry.pk)
        yield
        entry.save(force_insert=True)

    @contextmanager
    def swapped_pair(self) -> Iterator[None]:
        self.swap()
        yield
        self.swap()

    def swap(self) -> None:
        steps = [(FORGED, 10**9), (FORGED + 1, FORGED), (10**9, FORGED + 1)]
        for old, new in steps:
            sql = "UPDATE booking_seatchange SET version = %s WHERE show_id = %s AND version = %s"
            self.execute(sql, new, self.show.pk, old)

    def test_auditor_finds_whatever_is_altered(self) -> None:
        self.operate()
        before = {FORGED - 1: self.entry(FORGED - 1).digest}
        receipt = {FORGED + 100: self.entry(FORGED + 100).digest}
        self.assertEqual(self.verdicts(before | receipt), {str(OPERATIONS)})
        tricks: dict[str, tuple[AbstractContextManager[None], str]] = {
            "a flipped letter": (self.flipped_letter(), DOES_NOT_FIT),
            "a dropped entry": (self.dropped_entry(FORGED - 1), DOES_NOT_FIT),
            "a dropped end": (self.dropped_entry(OPERATIONS), LOST_END),
            "a swapped pair": (self.swapped_pair(), DOES_NOT_FIT),
        }
        for name, (trick, found) in tricks.items():
            with self.subTest(name), trick:
                self.assertEqual(self.verdicts(), {found})

        rewrite_log(self.show.pk, FORGED, [[7, "b"]])

        self.assertEqual(self.verdicts(before), {str(OPERATIONS)})
        self.assertEqual(self.verdicts(receipt), {f"entry {FORGED + 100} does not fit"})

    def test_log_may_be_empty_but_not_if_something_was_noted(self) -> None:
        show = factories.show()
        self.assertEqual(self.verdicts(show=show), {"0"})
        self.assertEqual(self.verdicts({1: "0" * 64}, show=show), {LOST_END})
