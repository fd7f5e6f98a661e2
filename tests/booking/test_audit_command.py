"""The audit from the command line."""

import json
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.utils import timezone

from booking.models import Hold, Show, ShowSeat
from tests import factories
from tests.booking.audit_case import AuditCase


class CommandTests(AuditCase):
    def run_command(self, *arguments: Any) -> tuple[int, str]:
        """Return the exit status, and what was printed."""
        out = StringIO()
        try:
            call_command("auditshows", *arguments, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue() + str(error)
        return 0, out.getvalue()

    def flip(self) -> str:
        self.seats.filter(seat_number=7).update(state="x")
        [line] = self.lines("0, seat 7: replay: the table has blocked, the log available")
        return line

    def test_all_is_well(self) -> None:
        factories.show()
        self.assertEqual(self.run_command(), (0, "Shows audited: 2. Faults: 0.\n"))
        self.assertEqual(self.run_command(self.show.pk), (0, "Shows audited: 1. Faults: 0.\n"))

    def test_faults_are_printed_and_the_status_says_so(self) -> None:
        line = self.flip()
        other = factories.show()
        said = f"{line}\nShows audited: 2. Faults: 1."
        self.assertEqual(self.run_command(), (1, said))
        self.assertEqual(self.run_command(other.pk)[0], 0)

    def test_for_programs(self) -> None:
        self.flip()
        other = factories.show()
        status, said = self.run_command("--json")
        mine, others = map(json.loads, said.splitlines()[:2])
        self.assertEqual(status, 1)
        own = self.map.get()
        self.assertEqual(
            mine,
            {
                "show": self.show.pk,
                "version": 9,
                "digest": own.digest,
                "entries": 9,
                "faults": [
                    {
                        "check": "replay",
                        "version": 0,
                        "detail": "the table has blocked, the log available",
                        "seat_number": 7,
                    }
                ],
                "more_faults": 0,
            },
        )
        self.assertEqual((others["show"], others["faults"]), (other.pk, []))

    def test_show_that_can_not_be_read_does_not_hide_the_others(self) -> None:
        Hold.objects.update(seat_numbers=5)
        other = factories.show()
        ShowSeat.objects.filter(show=other, seat_number=1).update(state="x")
        with self.assertLogs("booking.selectors.audit", "ERROR"):
            status, said = self.run_command()
        self.assertEqual(status, 1)
        self.assertIn(f"show {self.show.pk}, version 0: unread: TypeError", said)
        self.assertIn(f"show {other.pk}, version 0, seat 1: replay: ", said)
        self.assertIn("Faults: 2.", said)

    def test_unknown_show(self) -> None:
        self.assertEqual(self.run_command(self.show.pk + 1)[0], 2)

    def test_fast_form_is_of_shows_to_come(self) -> None:
        self.map.update(version=10)
        Show.objects.filter(pk=self.show.pk).update(starts_at=timezone.now())
        factories.show()
        self.assertEqual(self.run_command("--fast"), (0, "Shows audited: 1. Faults: 0.\n"))
        status, said = self.run_command("--fast", self.show.pk)
        self.assertEqual((status, said.count("head:")), (1, 1))
        self.assertEqual(self.run_command()[0], 1)
