"""What visitors do, through nginx and both Daphne processes."""

import re

from tests.containers.case import PATIENCE_SECONDS, ContainerCase
from tests.realtime.event_streams import EventStream


class SiteTests(ContainerCase):
    def test_landing_page_comes_with_its_style(self) -> None:
        page = self.open("/").read().decode()
        [style] = re.findall(r"/static/css/every-page\.[0-9a-f]{12}\.css", page)[:1]
        self.assertEqual(self.open(style).headers.get_content_type(), "text/css")

    def test_visitor_signs_in(self) -> None:
        self.assertIn("demo", self.sign_in())

    def test_booking_through_any_way_reaches_every_socket_and_stream(self) -> None:
        show, access = self.show(), self.log_in()
        ways = ["", *self.replicas]
        self.assertEqual(len(ways), 3)
        version = self.seat_map(show)["version"]
        watchers = [self.watch(show, at=way) for way in ways]
        path = f"/api/shows/{show}/events/"
        stream = self.enterContext(EventStream(self.compose.port, path))
        for way in ways:
            self.book(show, self.free_seat(show), access, at=way)
        for watcher in watchers:
            watcher.read_until(version + len(ways))
            self.assertEqual(watcher.versions, list(range(version, version + len(ways) + 1)))
            self.assertEqual(watcher.states, self.seat_map(show)["states"])
        while not (event := stream.next(PATIENCE_SECONDS)) or not (event.id or "").startswith(
            f"{version + len(ways)}."
        ):
            self.assertIsNotNone(event)
