"""Makes a restored database safe to go on with."""

from typing import Any

from django.core.management import BaseCommand

from foundation.db.sequences import SKIPPED, skip_ids


class Command(BaseCommand):
    """Sees to it that no id is given out a second time; docs/restore.md says when."""

    help = "Run this once after a restore: new ids begin beyond those that were given out before."

    def handle(self, *args: Any, **options: Any) -> None:
        skip_ids()
        self.stdout.write(f"Each kind of id goes on {SKIPPED:,} further.")
