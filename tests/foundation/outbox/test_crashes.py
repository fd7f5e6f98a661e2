"""Workers are killed while they send: what they had is sent again, and nothing else is."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from django.db import connections
from django.utils import timezone

from foundation.outbox.models import Message
from foundation.outbox.services import enqueue
from tests.commits import CommitTestCase
from tests.foundation.outbox.crashing import BETWEEN, SENDING, dying
from tests.live import database_url

ROOT = Path(__file__).parents[3]


class CrashTests(CommitTestCase):
    def sent(self, messages: int, *, kills: int) -> tuple[Counter[str], set[str]]:
        """Return how often each message was sent, and with which of them a worker died."""
        for _ in range(messages):
            enqueue(SENDING, {}, now=timezone.now())
        folder = self.enterContext(tempfile.TemporaryDirectory())
        file = Path(folder, "sent")
        env = {**os.environ, "DATABASE_URL": database_url()}
        connections.close_all()
        command = [sys.executable, "-m", "tests.foundation.outbox.crashing", str(file), str(kills)]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
        lines = [line.partition(" ") for line in file.read_text().splitlines()]
        return Counter(key for key, _, _ in lines), {key for key, _, dies in lines if dies}

    def test_each_is_sent_once_and_twice_where_a_worker_died_in_between(self) -> None:
        kills = 50
        sent, crashed = self.sent(100, kills=kills)
        self.assertEqual(len(crashed), sum(dying(number) == BETWEEN for number in range(kills)))
        every = {str(key): 1 for key in Message.objects.values_list("pk", flat=True)}
        self.assertEqual(sent, {**every, **dict.fromkeys(crashed, 2)})
        self.assertEqual(Message.objects.filter(sent_at=None).count(), 0)

    def test_two_workers_send_nothing_twice(self) -> None:
        sent, _ = self.sent(100, kills=0)
        self.assertEqual((len(sent), set(sent.values())), (100, {1}))
