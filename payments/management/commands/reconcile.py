"""Asks providers about all payments and refunds that are overdue."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from payments.services.reconciling import reconcile


class Command(BaseCommand):
    """Takes the next step of whatever should have come to its end, and says what has not."""

    help = (
        "Ask providers about payments and refunds that are overdue, and go on with them. Prints a "
        "line for each that is left, with the reason; the exit status is 1 if there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = reconcile(now=timezone.now())
        for line in done.left:
            self.stdout.write(line)
        said = f"Asked about: {done.asked}. Left: {len(done.left)}."
        if done.left:
            raise CommandError(said)
        self.stdout.write(said)
