"""A client that stops reading, and a real Daphne whose buffer for it grows."""

import json
import socket
from typing import Any
from unittest import skipUnless

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.test import TransactionTestCase

from booking import events
from tests import factories
from tests.live import LiveServer
from tests.realtime.watchers import Watcher

SEATS = 10_000


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class SlowReaderTests(TransactionTestCase):
    def test_reader_that_stalls_is_closed_with_4408_and_others_go_on(self) -> None:
        show = factories.show(plan="\n".join(["S" * 100] * 100))
        with (
            LiveServer() as server,
            Watcher(server, show.pk) as reader,
            Watcher(server, show.pk, socket=stalling_socket(server.port)) as stalled,
        ):
            reader.until(lambda frame: frame == {"type": "viewers", "count": 2})
            for version in range(1, 1000):
                publish(show.pk, version)
                reader.until_version(version)
                if reader.frames[-1] == {"type": "viewers", "count": 1}:
                    break
            reader.until(lambda frame: frame == {"type": "viewers", "count": 1})
            self.assertEqual(stalled.close_code(), 4408)


def stalling_socket(port: int) -> socket.socket:
    """Return a connection whose kernel keeps little of what its owner does not read."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", port))
    return small


def publish(show_id: int, version: int) -> None:
    """Tell the rooms of a change of every seat, without making one."""
    letter = "hb"[version % 2]
    message: dict[str, Any] = {
        "type": events.CHANGED,
        "show_id": show_id,
        "version": version,
        "changes": json.dumps([[number, letter] for number in range(1, SEATS + 1)]),
        "at": version,
    }
    async_to_sync(get_channel_layer().group_send)(events.group_name(show_id), message)
