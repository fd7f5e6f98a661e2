"""What nginx passes on, retries and refuses, seen by upstreams that only take notes."""

import json
import socket
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import SimpleTestCase, tag

from booking.api.parsers import MAX_BODY_BYTES, BodyTooLarge
from booking.problems import MEDIA_TYPE, UNAVAILABLE, problem_of
from deploy.nginx import Nginx
from tests.waiting import until

LOOPBACK = "127.0.0.1/32"


class Upstream(ThreadingHTTPServer):
    """Notes every request, and answers with its headers or, if it is `broken`, hangs up."""

    daemon_threads = True

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.broken = broken
        self.requests: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Answer(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(self.command)
        if self.server.broken:
            self.close_connection = True
            return
        if "Upgrade" in self.headers:
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "upgrade")
            self.end_headers()
            self.rfile.read()
            return
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (as its base names it)
        """Keep quiet."""


@tag("once")
class NginxTests(SimpleTestCase):
    def upstream(self, *, broken: bool = False) -> Upstream:
        upstream = Upstream(broken=broken)
        self.addCleanup(upstream.server_close)
        self.addCleanup(upstream.shutdown)
        return upstream

    def nginx(self, *upstreams: Upstream, **options: Any) -> Nginx:
        ports = [upstream.port for upstream in upstreams]
        return self.enterContext(Nginx(ports, **options))

    def test_visitors_claims_about_themselves_end_here(self) -> None:
        nginx = self.nginx(self.upstream())
        passed_on = get(nginx, CLAIMS)
        self.assertEqual(passed_on, forwarded(nginx, address="127.0.0.1", scheme="http"))

    def test_outer_proxy_is_believed_about_address_and_scheme(self) -> None:
        nginx = self.nginx(self.upstream(), outer_proxy=LOOPBACK)
        passed_on = get(nginx, CLAIMS)
        self.assertEqual(passed_on, forwarded(nginx, address="203.0.113.9", scheme="https"))

    def test_get_that_fails_is_sent_to_the_other_process(self) -> None:
        nginx = self.nginx(broken := self.upstream(broken=True), self.upstream())
        self.assertEqual([status(nginx) for _ in range(8)], [200] * 8)
        self.assertNotEqual(broken.requests, [])

    def test_post_that_was_sent_is_never_sent_again(self) -> None:
        upstreams = [self.upstream(broken=True), self.upstream(broken=True)]
        nginx = self.nginx(*upstreams)
        self.assertEqual(status(nginx, data=b"{}"), 502)
        self.assertEqual(upstreams[0].requests + upstreams[1].requests, ["POST"])

    def test_process_that_is_gone_is_passed_over_for_posts_too(self) -> None:
        gone, there = self.upstream(), self.upstream()
        nginx = self.nginx(gone, there)
        gone.shutdown()
        gone.server_close()
        self.assertEqual([status(nginx, data=b"{}") for _ in range(8)], [200] * 8)

    def test_large_bodies_are_refused(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        self.assertEqual(status(nginx, data=b" " * (128 * 1024 + 1)), 413)
        self.assertEqual(upstream.requests, [])

    def test_bodies_too_large_for_the_api_reach_it_and_get_its_own_answer(self) -> None:
        nginx = self.nginx(upstream := self.upstream())
        self.assertEqual(status(nginx, data=b" " * (MAX_BODY_BYTES + 1)), 200)
        self.assertEqual(upstream.requests, ["POST"])

    def test_api_answers_problems_in_the_words_of_its_contract(self) -> None:
        nginx = self.nginx(self.upstream(broken=True))
        too_large, gone = b" " * (128 * 1024 + 1), b"{}"
        self.assertEqual(api_problem(nginx, too_large), (problem_of(BodyTooLarge()).body, None))
        problem, retry_after = api_problem(nginx, gone)
        expected = UNAVAILABLE.body | {"detail": problem["detail"]}
        self.assertEqual((problem, retry_after), (expected, "5"))

    def test_sockets_per_address_are_limited(self) -> None:
        nginx = self.nginx(self.upstream(), sockets_per_address=2)
        first = self.open_socket(nginx)
        self.assertEqual(first_line(first), SWITCHING)
        self.assertEqual(first_line(self.open_socket(nginx)), SWITCHING)
        self.assertEqual(first_line(self.open_socket(nginx)), TOO_MANY)
        first.close()
        until(lambda: first_line(self.open_socket(nginx)) == SWITCHING)

    def open_socket(self, nginx: Nginx) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", nginx.port), timeout=10)
        self.addCleanup(connection.close)
        connection.sendall(
            b"GET /ws/shows/1/ HTTP/1.1\r\nHost: localhost\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        return connection


CLAIMS = {
    "Forwarded": "for=203.0.113.9",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Proto": "https",
}
SWITCHING = "HTTP/1.1 101 Switching Protocols"
TOO_MANY = "HTTP/1.1 429 Too Many Requests"


def forwarded(nginx: Nginx, *, address: str, scheme: str) -> dict[str, str]:
    """Return what an upstream should be told about a visitor."""
    return {
        "Host": f"127.0.0.1:{nginx.port}",
        "X-Forwarded-For": address,
        "X-Forwarded-Proto": scheme,
    }


def get(nginx: Nginx, headers: dict[str, str]) -> dict[str, str]:
    """Return the headers about the visitor that reach the upstream."""
    request = urllib.request.Request(nginx.url(), headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        passed_on: dict[str, str] = json.load(answer)
    return {name: value for name, value in passed_on.items() if name in {"Host", *CLAIMS}}


def status(nginx: Nginx, data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(nginx.url(), data=data, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def api_problem(nginx: Nginx, data: bytes) -> tuple[dict[str, Any], str | None]:
    """Return the problem that a path of the API answers, and its Retry-After."""
    try:
        urllib.request.urlopen(nginx.url("/api/login/"), data=data, timeout=10).close()
    except urllib.error.HTTPError as error:
        with error:
            problem: dict[str, Any] = json.load(error)
        if (error.headers["Content-Type"], error.code) == (MEDIA_TYPE, problem["status"]):
            return problem, error.headers["Retry-After"]
    raise AssertionError("It answered no problem.")


def first_line(connection: socket.socket) -> str:
    """Return the status line of an answer."""
    with connection.makefile("rb") as answer:
        return answer.readline().decode().strip()
