"""Audits payments from the command line, as `auditshows` does the seats."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from payments.selectors.audit import faults


class Command(BaseCommand):
    """Says where payments and the box office's books disagree."""

    help = (
        "Check that what was paid online, sold and refunded agrees. Prints a line for each fault; "
        "the exit status is 1 if there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for line in faults(timezone.now()):
            self.stdout.write(line)
            count += 1
        if count:
            raise CommandError(f"Faults: {count}.")
        self.stdout.write("Faults: 0.")
