"""Streams that are opened and given up leave nothing behind."""

import psutil

from tests import factories
from tests.commits import CommitTestCase
from tests.live import BEHIND_A_PROXY, LiveServer
from tests.realtime.crowds import Crowd
from tests.realtime.watchers import Watcher
from tests.waiting import until

AT_ONCE, ROUNDS = 100, 5
# What the allocator keeps for the next ones. A stream costs some 14 KiB.
SLACK_BYTES = 4 * 1024 * 1024
# What the process opens for itself as it goes on, such as another connection to the database.
SLACK_FILES = 10


class LeftStreamsTests(CommitTestCase):
    def test_connections_threads_and_memory_stay_as_they_are(self) -> None:
        """Files of the process are its connections: those of its clients, and to the database."""
        show = factories.show(plan="SSS")
        with LiveServer(env=BEHIND_A_PROXY) as server:
            assert server.process
            process = psutil.Process(server.process.pid)
            with Watcher(server, show.pk, address="192.0.2.1") as watcher:
                self.come_and_go(server, show.pk, watcher)
                files, threads = process.num_fds(), process.num_threads()
                memory = process.memory_info().rss
                for _ in range(ROUNDS):
                    self.come_and_go(server, show.pk, watcher)
                until(lambda: process.num_fds() <= files + SLACK_FILES)
                self.assertLessEqual(process.num_threads(), threads + SLACK_FILES)
                self.assertLess(process.memory_info().rss - memory, SLACK_BYTES)

    def come_and_go(self, server: LiveServer, show_id: int, watcher: Watcher) -> None:
        """Open streams, wait until all are greeted, reset them, and wait until they are missed."""
        with Crowd(server, [f"/api/shows/{show_id}/events/"], AT_ONCE) as crowd:
            crowd.until(crowd.have_joined)
            watcher.until(lambda frame: frame.get("count") == AT_ONCE + 1)
            for member in crowd.members:
                member.reset()
        watcher.until(lambda frame: frame.get("count") == 1)
