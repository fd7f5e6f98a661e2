"""Audits the books of shows from the command line."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from booking.models import SeatMap, Show
from booking.selectors.audit import audit, audit_quickly, audit_to_come
from booking.selectors.audit_report import Report


class Command(BaseCommand):
    """Says what is wrong with the books; docs/operations.md says what each fault means."""

    help = (
        "Check that log, seat map, tickets and holds of shows agree. Prints a line for each fault; "
        "the exit status is 1 if there are any, and 2 for a show that does not exist."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shows", type=int, nargs="*", metavar="show", help="ids; all if none")
        parser.add_argument(
            "--json", action="store_true", help="print a JSON object for each show, a line each"
        )
        parser.add_argument(
            "--fast",
            action="store_true",
            help="compare numbers only, and without ids those of shows to come",
        )

    def handle(self, *args: Any, shows: list[int], **options: Any) -> None:
        known = set(Show.objects.filter(pk__in=shows).values_list("pk", flat=True))
        if unknown := sorted(set(shows) - known):
            raise CommandError(f"There is no show {unknown[0]}.", returncode=2)
        reports = _quick(shows) if options["fast"] else _thorough(shows)
        audited = faults = 0
        for report in reports:
            audited, faults = audited + 1, faults + report.count
            for line in [json.dumps(report.body)] if options["json"] else report.lines:
                self.stdout.write(line)
        said = f"Shows audited: {audited}. Faults: {faults}."
        if faults:
            raise CommandError(said)
        if not options["json"]:
            self.stdout.write(said)


def _thorough(show_ids: Iterable[int]) -> Iterator[Report]:
    every = Show.objects.order_by("pk").values_list("pk", flat=True)
    for show_id in show_ids or list(every):
        if report := audit(show_id):
            yield report


def _quick(show_ids: list[int]) -> list[Report]:
    if show_ids:
        return audit_quickly(SeatMap.objects.filter(pk__in=show_ids))
    return audit_to_come(timezone.now())
