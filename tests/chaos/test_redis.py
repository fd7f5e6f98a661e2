"""Bookings and live maps while Redis is down, hangs, and comes back."""

import urllib.request
from collections.abc import Callable
from typing import ClassVar
from unittest import skipUnless

from django.conf import settings

from deploy.servers import RedisServer
from realtime.room import Pace
from tests import factories
from tests.live import LiveServer
from tests.programs import own
from tests.racing import PostgresTestCase
from tests.realtime.api import ApiClient
from tests.realtime.watchers import Watcher
from tests.waiting import until

CHECK_SECONDS = Pace().check + 10
AWAY = "the channel layer is away", "the shared cache is away"
BACK = "the channel layer is back", "the shared cache is back"
# Less than redis-py's own time-out, and enough for a machine that has more to do.
LONGEST_ANSWER_SECONDS = 4


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class RedisTroubleTests(PostgresTestCase):
    redis: ClassVar[RedisServer]
    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.redis = cls.enterClassContext(own(RedisServer))
        cls.server = cls.enterClassContext(
            LiveServer(env={"REDIS_URL": cls.redis.url, "LOG_LEVEL": "INFO"})
        )

    def test_redis_that_is_down(self) -> None:
        self._check(self.redis.stop, self.redis.start)

    def test_redis_that_hangs(self) -> None:
        self._check(self.redis.hang, self.redis.resume)

    def test_redis_that_restarts_at_once_leaves_no_map_behind(self) -> None:
        """Other processes' bookings reach every map through Redis again, sooner than by checks."""
        other = self.enterContext(LiveServer(env={"REDIS_URL": self.redis.url}))
        client = ApiClient(other, user=factories.user())
        shows = [factories.show(plan="SSSSSSSSSS") for _ in range(3)]
        maps = [[self.enterContext(Watcher(self.server, show.pk)) for _ in "ab"] for show in shows]
        for watchers in maps:
            for watcher in watchers:
                watcher.next_of("snapshot")
        self.redis.restart()
        for show, watchers in zip(shows, maps, strict=True):
            version = watchers[0].until_told_at_once(client, show.pk)
            # It came before the next check, so the others of the room have it by now too.
            for watcher in watchers[1:]:
                watcher.until_version(version)

    def _check(self, fail: Callable[[], None], recover: Callable[[], None]) -> None:
        """Bookings go on, maps lag by one check, and afterwards Redis serves everyone again."""
        show = factories.show(plan="SSSSSSSSSS")
        client = ApiClient(self.server, user=factories.user())
        said_before = len(self.server.log)
        watchers = [self.enterContext(Watcher(self.server, show.pk)) for _ in range(5)]
        for watcher in watchers:
            watcher.next_of("snapshot")
        fail()
        try:
            answers = [client.book(show.pk, seat_number) for seat_number in (1, 2, 3)]
            for watcher in watchers:
                watcher.until_version(3, CHECK_SECONDS)
        finally:
            recover()
        self.assertEqual([answer.status for answer in answers], [201] * 3)
        self.assertLess(max(answer.seconds for answer in answers), LONGEST_ANSWER_SECONDS)
        version = watchers[0].until_told_at_once(client, show.pk)
        for watcher in watchers:
            watcher.until_version(version, CHECK_SECONDS)
            self.assertEqual(watcher.follower.states, watchers[0].follower.states)
        self._check_log(said_before)

    def _check_log(self, said_before: int) -> None:
        """The log says once what is away, and once that it is back."""

        def said() -> str:
            urllib.request.urlopen(self.server.url("/api/shows/"), timeout=30).close()
            return self.server.log[said_before:]

        log = until(lambda: text if BACK[1] in (text := said()) else "")
        lines = [line for line in log.splitlines() if " INFO " not in line]
        self.assertEqual([sum(what in line for line in lines) for what in (*AWAY, *BACK)], [1] * 4)
        self.assertEqual(len(lines), 4, log)
