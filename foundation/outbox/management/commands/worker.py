"""Does what is in the outbox, in a process of its own."""

import signal
import threading
from typing import Any

from django.core.management import BaseCommand

from foundation.outbox.worker import work


class Command(BaseCommand):
    """Works until SIGTERM or Ctrl-C, and brings what it has begun to its end."""

    help = "Do what is in the outbox, such as sending mails, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        work(ending)
