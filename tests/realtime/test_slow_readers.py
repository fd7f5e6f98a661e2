"""Clients that stop reading, and a real Daphne whose buffers for them grow."""

import socket
from contextlib import suppress
from typing import Any
from unittest import skipUnless

from django.conf import settings
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from booking import events
from booking.chain import link
from booking.models import SeatChange, SeatMap
from realtime import protocol
from realtime.protocol import CloseCode
from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer
from tests.realtime.event_streams import REQUEST, Parser
from tests.realtime.watchers import PATIENCE_SECONDS

SEATS = 2_500
# A change of every seat is some 25 kB; kernels take a few MB for a reader that stalls.
MOST_CHANGES = 400
ALONE = protocol.viewers_frame(1)


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class SlowReaderTests(CommitTestCase):
    def test_readers_that_stall_are_closed_and_others_go_on(self) -> None:
        """A socket is told 4408; a stream is cut, since it could be told nothing in time."""
        show = factories.show(plan="\n".join(["S" * 100] * 25))
        with LiveServer(env={"TRUSTED_PROXIES": "1"}) as server:
            url = server.socket_url(f"/ws/shows/{show.pk}/")
            stream = stalling_socket(server.port)
            with (
                connect(url, compression=None) as reader,
                connect(
                    url,
                    sock=stalling_socket(server.port),
                    compression=None,
                    max_queue=1,
                    additional_headers={"X-Forwarded-For": "192.0.2.2"},
                ) as stalled,
                stream,
            ):
                path = f"/api/shows/{show.pk}/events/"
                stream.sendall(REQUEST.format(path=path, address="192.0.2.3", more="").encode())
                self._read_until(reader, protocol.viewers_frame(3))
                for version in range(1, MOST_CHANGES):
                    change_every_seat(show.pk, version)
                    if self._read_until(reader, f'"version":{version},', ALONE) == ALONE:
                        break
                else:
                    self.fail("the stalled readers were never closed")
                with self.assertRaises(ConnectionClosed) as closed:
                    while True:
                        stalled.recv(timeout=PATIENCE_SECONDS)
                self._check_that_it_was_cut(stream)
        # Autobahn cuts the connection a second after the close frame; a reader that has not come
        # to it by then sees the cut.
        received = closed.exception.rcvd
        self.assertIn(received and received.code, (CloseCode.TOO_SLOW, None))

    def _check_that_it_was_cut(self, stream: socket.socket) -> None:
        parser = Parser()
        with suppress(ConnectionError):
            while data := stream.recv(1 << 20):
                parser.feed(data)
        self.assertEqual((parser.status, parser.is_over), (200, False))

    def _read_until(self, reader: ClientConnection, *wanted: str) -> str:
        """Read frames until one contains a wanted text, and return that text."""
        while True:
            frame = str(reader.recv(timeout=PATIENCE_SECONDS))
            for text in wanted:
                if text in frame:
                    return text


def stalling_socket(port: int) -> socket.socket:
    """Return a connection whose kernel keeps little of what its owner does not read."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.settimeout(PATIENCE_SECONDS)
    small.connect(("127.0.0.1", port))
    return small


def change_every_seat(show_id: int, version: int) -> None:
    """Log a change of every seat, and publish it."""
    letter = "hb"[version % 2]
    changes: list[list[Any]] = [[number, letter] for number in range(1, SEATS + 1)]
    now = timezone.now()
    seat_map = SeatMap.objects.get(pk=show_id)
    entry = SeatChange(show_id=show_id, version=version, changes=changes, at=now)
    seat_map.version, entry.digest = version, link(seat_map.digest, version, entry.text)
    seat_map.digest = entry.digest
    entry.save()
    seat_map.save()
    events.publish(show_id=show_id, entry=entry.checkpoint, text=entry.text)
