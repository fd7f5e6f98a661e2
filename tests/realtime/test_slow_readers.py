"""A client that stops reading, and a real Daphne whose buffer for it grows."""

import socket
from typing import Any
from unittest import skipUnless

from django.conf import settings
from django.test import TransactionTestCase
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from booking import events
from booking.models import SeatChange, SeatMap
from realtime import protocol
from realtime.protocol import CloseCode
from tests import factories
from tests.live import LiveServer
from tests.realtime.watchers import PATIENCE_SECONDS

SEATS = 2_500
# A change of every seat is some 25 kB; kernels take a few MB for a reader that stalls.
MOST_CHANGES = 400
ALONE = protocol.viewers_frame(1)


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class SlowReaderTests(TransactionTestCase):
    def test_reader_that_stalls_is_closed_with_4408_and_others_go_on(self) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * 25))
        with LiveServer() as server:
            url = server.socket_url(f"/ws/shows/{show.pk}/")
            with (
                connect(url, compression=None) as reader,
                connect(
                    url, sock=stalling_socket(server.port), compression=None, max_queue=1
                ) as stalled,
            ):
                self._read_until(reader, protocol.viewers_frame(2))
                for version in range(1, MOST_CHANGES):
                    change_every_seat(show.pk, version)
                    if self._read_until(reader, f'"version":{version},', ALONE) == ALONE:
                        break
                else:
                    self.fail("the stalled reader was never closed")
                with self.assertRaises(ConnectionClosed) as closed:
                    while True:
                        stalled.recv(timeout=PATIENCE_SECONDS)
        # Autobahn cuts the connection a second after the close frame; a reader that has not come
        # to it by then sees the cut.
        received = closed.exception.rcvd
        self.assertIn(received and received.code, (CloseCode.TOO_SLOW, None))

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
    small.connect(("127.0.0.1", port))
    return small


def change_every_seat(show_id: int, version: int) -> None:
    """Log a change of every seat, and publish it."""
    letter = "hb"[version % 2]
    changes: list[list[Any]] = [[number, letter] for number in range(1, SEATS + 1)]
    now = timezone.now()
    SeatChange.objects.create(show_id=show_id, version=version, changes=changes, at=now)
    SeatMap.objects.filter(pk=show_id).update(version=version)
    events.publish(show_id=show_id, version=version, changes=changes, at=now)
