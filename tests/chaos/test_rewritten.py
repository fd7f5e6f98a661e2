"""History that is rewritten under running processes: every screen heals within one check.

Versions are given out again for other seats then, and only digests tell the difference.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import ClassVar, Self
from unittest import skipUnless

from django.conf import settings
from django.utils import timezone

from booking.chain import Checkpoint
from booking.selectors import seat_map
from booking.services.sales import book_seats
from tests import factories
from tests.ledger import check_books
from tests.live import LiveServer
from tests.racing import PostgresTestCase
from tests.realtime.api import ApiClient
from tests.realtime.watchers import BySocket, ByStream, Connection, Watcher
from tests.restoring import POSTGRESQL, Manual
from tests.rewriting import undo

HALL = "\n".join(["S" * 20] * 15)
WAYS: tuple[type[Connection], ...] = (BySocket, ByStream)
SHOWN = ("open", "new", "back", "asked", "asked again")


class Screens:
    """All that shows a show's map in some processes, since before its history was rewritten."""

    def __init__(self, servers: list[LiveServer], show_id: int) -> None:
        self._servers = servers
        self._show_id = show_id
        self._open = ExitStack()
        self._watchers = [
            self._open.enter_context(Watcher(server, show_id, by=by))
            for server in servers
            for by in WAYS
        ]
        # Clients that are away, by the version that they have and what they show.
        self._away: list[tuple[Checkpoint, str]] = []
        self._asked: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def see(self) -> None:
        """Let everybody see the map as it is, and some leave with that."""
        current = seat_map.states(self._show_id)
        for watcher in self._watchers:
            watcher.until_version(current.version)
        self._away.append((current.checkpoint, current.states))
        self._asked = [self._ask(server) for server in self._servers]

    def wrong_seats(self) -> dict[str, int]:
        """Return how many seats are shown wrongly, by what shows them, after one whole check."""
        for watcher in self._watchers:
            watcher.drain()
            for _ in range(2):  # the first tick may be of a check that had begun
                watcher.next_of("tick")
        comers = [(server, by) for server in self._servers for by in WAYS]
        maps = {
            "open": [watcher.follower.states for watcher in self._watchers],
            "new": [self._greeted(*comer) for comer in comers],
            "back": [self._greeted(*comer, *away) for comer in comers for away in self._away],
            "asked": [self._ask(server)[1] for server in self._servers],
            "asked again": [
                self._ask(server, *asked)[1]
                for server, asked in zip(self._servers, self._asked, strict=True)
            ],
        }
        truth = seat_map.states(self._show_id).states
        return {
            what: sum(a != b for shown in each for a, b in zip(shown, truth, strict=True))
            for what, each in maps.items()
        }

    def _greeted(
        self,
        server: LiveServer,
        by: type[Connection],
        since: Checkpoint | None = None,
        states: str = "",
    ) -> str:
        """Return what is shown to somebody who comes, maybe with what they have."""
        with Watcher(server, self._show_id, by=by, since=since, states=states) as watcher:
            watcher.next()
            return watcher.follower.states

    def _ask(self, server: LiveServer, etag: str = "", states: str = "") -> tuple[str, str]:
        """Return the ETag and the states of REST's map; with a 304 those that are given."""
        path, headers = f"/api/shows/{self._show_id}/seats/", {"If-None-Match": etag}
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            connection.request("GET", path, headers=headers if etag else {})
            answer = connection.getresponse()
            body = answer.read()
        if answer.status == 304:
            return etag, states
        return answer.headers["ETag"], json.loads(body)["states"]


class RewrittenTestCase(PostgresTestCase):
    processes: ClassVar[int]
    env: ClassVar[dict[str, str]] = {}
    servers: ClassVar[list[LiveServer]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        changes = str(Path(__file__).parent / "versions_alone")
        env: dict[str, str | None] = {"THROTTLES": "off", "PYTHONPATH": changes, **cls.env}
        cls.servers = [cls.enterClassContext(LiveServer(env=env)) for _ in range(cls.processes)]

    def book(self, count: int) -> None:
        """Book so many seats that nobody ever had, each in a version of its own."""
        for _ in range(count):
            self.next_seat += 1
            self.sell(self.next_seat)

    def sell(self, seat: int) -> None:
        """Sell a seat from this process."""
        now = timezone.now()
        book_seats(show_id=self.show.pk, seat_numbers=[seat], user=self.user, now=now)

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """What history is rewritten in."""
        yield

    def restored(self, screens: Screens) -> None:
        """Back up, book six seats, restore, and book eight others within the second."""
        with tempfile.TemporaryDirectory() as folder:
            manual = Manual(POSTGRESQL, Path(folder) / "backup")
            manual.back_up()
            self.book(6)
            screens.see()
            with self.meanwhile():
                manual.restore()
                self.book(8)

    def undone(self, screens: Screens) -> None:
        """Book six seats, undo them by SQL, and book eight others."""
        version = seat_map.checkpoint(self.show.pk).version
        self.book(6)
        screens.see()
        with self.meanwhile():
            undo(self.show.pk, version)
            self.book(8)

    def failed_over(self, screens: Screens) -> None:
        """Go on from a standby that lacked the last two of six bookings, with two others."""
        self.book(6)
        screens.see()
        version = seat_map.checkpoint(self.show.pk).version
        with self.meanwhile():
            undo(self.show.pk, version - 2)
            self.book(2)

    @property
    def ways(self) -> list[Callable[[Screens], None]]:
        """The ways to rewrite history."""
        return [self.restored, self.undone, self.failed_over]

    def wrong_seats(self, rewrite: Callable[[Screens], None]) -> dict[str, int]:
        """Return what screens show wrongly after the history of a new show was rewritten."""
        self.show, self.user, self.next_seat = factories.show(plan=HALL), factories.user(), 0
        self.book(4)
        with Screens(self.servers, self.show.pk) as screens:
            screens.see()
            rewrite(screens)
            wrong = screens.wrong_seats()
        check_books(self, self.show.pk)
        return wrong


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class RewrittenHistoryTests(RewrittenTestCase):
    processes = 2

    def sell(self, seat: int) -> None:
        """Sell a seat through one process and the next one through the other."""
        client = ApiClient(self.servers[seat % 2], user=self.user)
        self.assertEqual(client.book(self.show.pk, seat).status, 201)

    def test_no_seat_is_wrong_anywhere_after_one_check(self) -> None:
        for rewrite in self.ways:
            with self.subTest(rewrite.__name__):
                self.assertEqual(self.wrong_seats(rewrite), dict.fromkeys(SHOWN, 0))
        self.assertIn("Faults: 0.", Manual(POSTGRESQL, Path()).follow_up())


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class VersionsAloneTests(RewrittenTestCase):
    """Shows that the test above sees wrong seats, where no digests are compared.

    The process stands still meanwhile: a check in between would see a lower version.
    """

    processes = 1
    env: ClassVar[dict[str, str]] = {"VERSIONS_ALONE": "yes"}

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        [server] = self.servers
        server.hang()
        yield
        server.resume()

    def test_seats_are_wrong_everywhere(self) -> None:
        for rewrite in self.ways:
            with self.subTest(rewrite.__name__):
                wrong = self.wrong_seats(rewrite)
                self.assertEqual({what for what, seats in wrong.items() if seats > 0}, set(SHOWN))
