"""Rooms in a real Daphne process keep their promises by the quick path, and without it."""

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock, skipUnless

from django.conf import settings

from deploy.servers import free_port
from realtime.protocol import CloseCode
from tests.live import BEHIND_A_PROXY, LiveServer, PlainDaphne
from tests.realtime import test_live
from tests.realtime.watchers import BySocket, ByStream, Watcher
from tests.tls import write_certificate

WITHOUT_PLAIN_SEND: dict[str, str | None] = {
    "PYTHONPATH": str(Path(__file__).parent / "no_plain_send")
}


class TlsServer(LiveServer):
    """Serves sockets over TLS, where frames have to go the plain way."""

    def __init__(self, folder: Path, *, env: dict[str, str | None] | None = None) -> None:
        key, self.certificate = write_certificate(folder)
        self.tls_port = free_port()
        address = f"ssl:{self.tls_port}:interface=127.0.0.1"
        endpoint = f"{address}:privateKey={key}:certKey={self.certificate}"
        super().__init__(env={**BEHIND_A_PROXY, **(env or {})}, args=["--endpoint", endpoint])

    def socket_url(self, path: str) -> str:
        return f"wss://127.0.0.1:{self.tls_port}{path}"


def trusting(server: TlsServer) -> AbstractContextManager[Any]:
    """Let this process's clients believe the server's certificate for as long as this lasts."""
    return mock.patch.dict(os.environ, SSL_CERT_FILE=str(server.certificate))


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class QuickPathTests(test_live.LiveTests):
    """The server as it is deployed, but for the plain way, which raises an exception."""

    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env=WITHOUT_PLAIN_SEND | BEHIND_A_PROXY)

    def test_no_frame_went_the_plain_way(self) -> None:
        for self.by, self.back_by in ((BySocket, (BySocket,)), (ByStream, (ByStream,))):
            self.setUp()
            self.test_client_that_comes_back_gets_what_it_missed()
        self.assertNotIn("sent the plain way", self.server.log)


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class PlainDaphneTests(test_live.LiveTests):
    @classmethod
    def new_server(cls) -> LiveServer:
        return PlainDaphne()


@skipUnless(settings.REDIS_URL, "needs Redis: run `make test`")
class PlainWayTests(test_live.LiveTests):
    @classmethod
    def new_server(cls) -> LiveServer:
        server = TlsServer(Path(cls.enterClassContext(tempfile.TemporaryDirectory())))
        cls.enterClassContext(trusting(server))
        return server

    def test_frames_need_the_plain_way(self) -> None:
        """Nothing arrives where it is taken away: so what arrives in the other tests went by it."""
        with tempfile.TemporaryDirectory() as folder:
            server = TlsServer(Path(folder), env=WITHOUT_PLAIN_SEND)
            with server, trusting(server), Watcher(server, self.show.pk) as watcher:
                self.assertEqual(watcher.close_code(), CloseCode.BROKEN)
            self.assertEqual(watcher.frames, [])
