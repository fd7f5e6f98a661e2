"""Tidies up from the command line."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from cinema.tidying import tidy
from foundation.errors import Refusal


class Command(BaseCommand):
    """Deletes what is over; docs/operations.md says what, and when."""

    help = "Delete what is over: run it once an hour, beside everything else."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            removed = tidy(now=timezone.now())
        except (Refusal, Error) as error:
            raise CommandError(f"Not everything is tidy: {error}") from error
        said = ", ".join(f"{what} ({count})" for what, count in removed.items() if count)
        self.stdout.write(f"Removed: {said or 'nothing'}.")
