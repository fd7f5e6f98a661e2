"""Some, many or all of a thousand readers stall: they cost little, are closed, and come back."""

from unittest import skipUnless

import psutil
from django.conf import settings
from django.test import tag

from foundation.server import transport
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer
from tests.realtime.crowds import Crowd
from tests.realtime.test_slow_readers import SEATS, change_every_seat

ALL = 1_000
# A frame of every seat is some 25 kB: so many fill every buffer on the way several times.
MOST_CHANGES = 60
KERNEL_KEEPS = 8 * 1024
# The last frame that fits, and Python's own bookkeeping.
MOST_BYTES_PER_STALLED = transport.MOST_BUFFERED_BYTES + 64 * 1024
SLACK_BYTES = 32 * 1024 * 1024


@tag("race")
@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class StalledCrowdTests(CommitTestCase):
    def test_one_percent(self) -> None:
        self._check(stalled=10)

    def test_ten_percent(self) -> None:
        self._check(stalled=100)

    def test_all_but_one(self) -> None:
        self._check(stalled=ALL - 1)

    def _check(self, *, stalled: int) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * (SEATS // 100)))
        paths = [f"/ws/shows/{show.pk}/", f"/api/shows/{show.pk}/events/"]
        with (
            LiveServer(env={"TRUSTED_PROXIES": "1"}) as server,
            Crowd(server, paths, ALL - stalled) as readers,
            Crowd(server, paths, stalled, keeps=KERNEL_KEEPS) as stallers,
        ):
            readers.until(readers.have_joined)
            stallers.until(stallers.have_joined)
            version = self._change_until_alone(server, show.pk, readers, stalled)
            self._check_that_stallers_are_closed(stallers, version)
            back = max(member.version or 0 for member in stallers.members)
            since = [f"{path}?since={back}" for path in paths]
            with Crowd(server, since, stalled) as again:
                again.until(lambda: all(member.version == version for member in again.members))

    def _change_until_alone(
        self, server: LiveServer, show_id: int, readers: Crowd, stalled: int
    ) -> int:
        """Change every seat until the stalled have been closed; the readers get everything."""
        assert server.process
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss
        for version in range(1, MOST_CHANGES):
            change_every_seat(show_id, version)
            readers.until(lambda: all(r.version == version for r in readers.members))  # noqa: B023
            grown = process.memory_info().rss - before
            self.assertLess(grown, stalled * MOST_BYTES_PER_STALLED + SLACK_BYTES)
            if readers.members[0].viewers == len(readers.members):
                return version
        return self.fail("the stalled readers were never closed")

    def _check_that_stallers_are_closed(self, stallers: Crowd, version: int) -> None:
        """Let them read on: in order, and then 4408, or the cut that a stream gets at once."""
        stallers.until(lambda: all(member.is_over for member in stallers.members))
        codes = {member.close_code for member in stallers.members}
        self.assertLessEqual(codes, {4408, None})
        self.assertLess(max(member.version or 0 for member in stallers.members), version)
