import http.client
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock, skipUnless

from daphne.http_protocol import WebRequest
from django.test import SimpleTestCase, override_settings, tag

from foundation.server import draining
from tests.live import BEHIND_A_PROXY, LiveServer
from tests.waiting import until

NO_DRAINING = ":".join(map(str, (Path(__file__).parent / "no_draining", Path.cwd())))
REQUEST = (
    b"POST /api/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n"
)
PATIENCE_SECONDS = 60
LAST = (200, "close")


class Client(http.client.HTTPConnection):
    """A connection that is kept, as a proxy keeps it."""

    def __init__(self, server: LiveServer) -> None:
        super().__init__("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)

    def ask(self) -> None:
        self.request("GET", "/health/live")

    def answer(self) -> tuple[int, str | None] | None:
        """Return the status, and what is said of the connection; None if it broke."""
        try:
            answer = self.getresponse()
            answer.read()
        except (ConnectionError, http.client.HTTPException):
            return None
        return answer.status, answer.getheader("Connection")

    def asked(self) -> tuple[int, str | None] | None:
        try:
            self.ask()
        except ConnectionError:
            return None
        return self.answer()


@tag("once")
class DrainingTests(SimpleTestCase):
    """A server, asked to end, with a connection of each kind."""

    def outcomes(self, **more: str) -> tuple[Any, Any, list[Any]]:
        """Return how a request that had begun ends, one on an idle connection, and waiting ones."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        url = f"sqlite:///{folder}/db.sqlite3"
        env = {**BEHIND_A_PROXY, "DATABASE_URL": url, "REDIS_URL": None, **more}
        with LiveServer(env=env) as server:
            assert server.process is not None
            begun, idle = Client(server), Client(server)
            begun.connect()
            begun.sock.sendall(REQUEST + b"[")
            self.assertEqual(idle.asked(), (200, None))
            server.hang()
            waiting = [Client(server) for _ in range(20)]
            for each in waiting:
                each.ask()
            server.process.terminate()
            server.resume()
            let_in = [each.answer() for each in waiting]
            until(lambda: refuses(server))
            last = idle.asked()
            try:
                begun.sock.sendall(b"]")
                ended = begun.sock.recv(4096).partition(b"\r\n")[0]
            except ConnectionError:
                ended = b""
            server.process.wait(PATIENCE_SECONDS)
            for each in (begun, idle, *waiting):
                each.close()
            return ended, last, let_in

    def test_no_request_fails_when_a_server_ends(self) -> None:
        begun, idle, waiting = self.outcomes()
        self.assertEqual((begun, idle), (b"HTTP/1.1 400 Bad Request", LAST))
        self.assertLessEqual(set(waiting), {LAST, (200, None)})

    def test_without_draining_they_would(self) -> None:
        begun, idle, _ = self.outcomes(PYTHONPATH=NO_DRAINING)
        self.assertEqual((begun, idle), (b"", None))


def refuses(server: LiveServer) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


class NewcomersTests(SimpleTestCase):
    @skipUnless(sys.platform == "linux", "only Linux can drop what comes to a socket")
    def test_whoever_has_connected_is_kept_and_nobody_else_gets_in(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            with socket.create_connection(address) as first:
                draining._drop_newcomers(listener)
                with self.assertRaises(TimeoutError):
                    socket.create_connection(address, timeout=0.2)
                first.sendall(b"here")
                accepted, _ = listener.accept()
                with accepted:
                    self.assertEqual(accepted.recv(9), b"here")


@override_settings(TRUSTED_PROXIES=1)
class PatienceTests(IsolatedAsyncioTestCase, SimpleTestCase):
    """What a server waits for as it ends, and for how long."""

    def setUp(self) -> None:
        self.connected = self.enterContext(mock.patch.object(draining, "_are_connected"))
        self.connected.return_value = False
        self.server = mock.Mock(ports=[], connections={})

    async def test_it_waits_for_requests_until_they_are_answered(self) -> None:
        details: dict[str, float] = {}
        self.server.connections = {mock.Mock(spec=WebRequest): details, mock.Mock(): {}}
        self.connected.side_effect = lambda: details.update(disconnected=1.0)
        await draining.finish(self.server)
        self.assertEqual(details, {"disconnected": 1.0})

    async def test_it_does_not_wait_for_ever(self) -> None:
        self.server.connections = {mock.Mock(spec=WebRequest): {}}
        self.connected.return_value = True
        with mock.patch.multiple(draining, LONGEST_REQUEST_SECONDS=0.1, LONGEST_IDLE_SECONDS=0.05):
            await draining.finish(self.server)

    async def test_only_a_proxy_is_waited_for_until_it_lets_go(self) -> None:
        self.connected.side_effect = [True, True, False]
        await draining.finish(self.server)
        self.assertEqual(self.connected.call_count, 3)
        with override_settings(TRUSTED_PROXIES=0):
            await draining.finish(self.server)
        self.assertEqual(self.connected.call_count, 3)

    def test_it_waits_for_longer_than_nginx_keeps_connections(self) -> None:
        template = Path("deploy/nginx.conf").read_text()
        upstream = template.partition("upstream daphnes")[2].partition("}\n\n")[0]
        kept = float(upstream.partition("keepalive_timeout ")[2].partition("s;")[0])
        self.assertLess(kept * 2, draining.LONGEST_IDLE_SECONDS)
