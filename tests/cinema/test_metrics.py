"""A server tells its figures to whoever has the token, and nobody can make it tell more."""

import http.client
import random
import re
import string
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import product

from django.test import tag
from websockets.sync.client import connect

from cinema import VERSION
from tests import factories
from tests.commits import CommitTestCase
from tests.figures import TOKEN, figures_of
from tests.live import LiveServer, LiveServerMixin
from tests.realtime.api import ApiClient
from tests.realtime.watchers import PATIENCE_SECONDS, BySocket, ByStream, Watcher
from tests.waiting import until

COUNTED = ("_total", "_bucket", "_count", "_sum")
# A page says when it was made.
NOW = re.compile(rb"[0-9]{13}")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "")


def new_server() -> LiveServer:
    return LiveServer(env={"METRICS_TOKEN": TOKEN, "THROTTLES": "off", "TRUSTED_PROXIES": "1"})


def kind_of(name: str) -> str:
    """Return the name of a series without its labels."""
    return name.partition("{")[0]


@tag("once")
class MetricsTests(LiveServerMixin, CommitTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return new_server()

    def figures(self) -> dict[str, float]:
        return figures_of(self.server)

    def until_figure(self, name: str, value: float) -> None:
        until(lambda: self.figures().get(name) == value)

    def test_without_the_token_there_is_no_such_path(self) -> None:
        unknown = self.refused("/metricz", None)
        for path, said in (
            ("/metrics", None),
            ("/metrics", "Bearer "),
            ("/metrics", f"Bearer {TOKEN}x"),
            ("/metrics", f"Basic {TOKEN}"),
            ("/metrics", TOKEN),
            ("/metrics/", f"Bearer {TOKEN}"),
        ):
            with self.subTest(path, said=said):
                self.assertEqual(self.refused(path, said), unknown)

    def refused(self, path: str, said: str | None) -> tuple[int, bytes]:
        headers = {"Authorization": said} if said is not None else {}
        request = urllib.request.Request(self.server.url(path), headers=headers)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
        with refused.exception as answer:
            return answer.code, NOW.sub(b"", answer.read())

    def test_what_visitors_make_up_makes_no_series(self) -> None:
        """Of a thousand paths, methods and hosts, none leaves more than one of each kind did."""
        choose = random.Random(1)
        kinds = list(product(METHODS, ("/{}", "/api/{}/", "/static/{}", "/shows/{}/"), (0, 1)))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(connection.close)
        for kind in kinds:
            self.send_anything(connection, choose, *kind)
        before = self.figures()
        for _ in range(1000):
            self.send_anything(connection, choose, *choose.choice(kinds))
        after = self.figures()
        # The first scrape is counted once it has been answered.
        own = {name for name in after if 'route="metrics"' in name}
        self.assertEqual(after.keys() - own, before.keys() - own)
        requests = [name for name in after if kind_of(name) == "front_row_requests_total"]
        self.assertEqual(sum(after[name] - before.get(name, 0) for name in requests), 1001)

    def send_anything(
        self,
        connection: http.client.HTTPConnection,
        choose: random.Random,
        method: str,
        path: str,
        is_foreign: int,
    ) -> None:
        def made_up() -> str:
            return "".join(choose.choices(string.ascii_uppercase, k=12))

        host = f"{made_up()}.example" if is_foreign else f"127.0.0.1:{self.server.port}"
        connection.request(
            method or made_up(),
            path.format(made_up()),
            headers={"Host": host, "Accept": "application/json"},
        )
        connection.getresponse().read()

    def test_what_happens_is_counted(self) -> None:
        show = factories.show()
        client = ApiClient(self.server, user=factories.user())
        before = self.figures()
        with (
            Watcher(self.server, show.pk, by=BySocket) as socket,
            Watcher(self.server, show.pk, by=ByStream) as stream,
            connect(self.server.socket_url("/ws/house/"), open_timeout=PATIENCE_SECONDS),
        ):
            for watcher in (socket, stream):
                watcher.next_of("snapshot")
            self.until_figure('front_row_listeners{by="socket",to="show"}', 1)
            self.until_figure('front_row_listeners{by="stream",to="show"}', 1)
            self.until_figure('front_row_listeners{by="socket",to="house"}', 1)
            self.assertEqual(client.book(show.pk, 1).status, 201)
            self.assertEqual(client.book(show.pk, 1).status, 409)
            for watcher in (socket, stream):
                watcher.until_version(1)
            self.until_figure("front_row_lag_seconds_count", 1)
            moved = {name: value - before.get(name, 0) for name, value in self.figures().items()}
        booked = 'front_row_requests_total{method="POST",route="api/shows/<id:show_id>/book/"'
        for name, by in {
            'front_row_bookings_total{change="made"}': 1,
            'front_row_refusals_total{code="seat_taken"}': 1,
            f'{booked},status="201"}}': 1,
            f'{booked},status="409"}}': 1,
            'front_row_requests_total{method="GET",route="ws/shows/<id:show_id>/",status="101"}': 1,
            'front_row_thread_wait_seconds_count{pool="http"}': 2,
            "front_row_rooms": 1,
        }.items():
            with self.subTest(name):
                self.assertEqual(moved[name], by)
        self.assertGreaterEqual(moved["front_row_frames_total"], 4)
        well = ("front_row_ready", "front_row_cache_up", "front_row_channel_layer_up")
        for name in (*well, f'front_row_build_info{{version="{VERSION}"}}'):
            self.assertEqual(self.figures()[name], 1)
        self.until_figure('front_row_listeners{by="socket",to="show"}', 0)
        self.until_figure('front_row_listeners{by="stream",to="show"}', 0)

    def test_each_of_two_processes_counts_up_and_takes_its_figures_with_it(self) -> None:
        show = factories.show()
        with new_server() as other:
            # It looks whether it can serve, even if it is asked for nothing but this.
            until(lambda: figures_of(other)["front_row_ready"] == 1)
            with Watcher(other, show.pk) as watcher:
                watcher.next_of("snapshot")
                for server in (self.server, other):
                    for before, after in self.scrapes(server):
                        fell = {name for name in before if after[name] < before[name]}
                        self.assertEqual({n for n in fell if kind_of(n).endswith(COUNTED)}, set())
                self.assertEqual(figures_of(other)["front_row_rooms"], 1)
                other.kill()
            with self.assertRaises(urllib.error.URLError):
                figures_of(other)
            self.assertEqual(self.figures()['front_row_listeners{by="socket",to="show"}'], 0)

    def scrapes(self, server: LiveServer) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
        """Ask a server for its figures twenty times, with other requests between."""
        before = figures_of(server)
        for _ in range(20):
            urllib.request.urlopen(server.url("/api/movies/"), timeout=60).close()
            after = figures_of(server)
            yield before, after
            before = after
