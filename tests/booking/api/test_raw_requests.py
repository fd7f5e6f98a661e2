"""Requests that no HTTP library would send, through a real server."""

import json
import socket
from typing import Any, ClassVar

from django.test import TransactionTestCase, tag

from tests.live import LiveServer

HOST = b"Host: 127.0.0.1\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"


@tag("once")
class RawRequestTest(TransactionTestCase):
    server: ClassVar[LiveServer]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(LiveServer(env={"REDIS_URL": None}))

    def answer(self, request: bytes) -> tuple[int, Any]:
        """Send bytes, and return the status and the body: a problem's code where there is one."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(request)
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if b"application/problem+json" in head:
            return status, json.loads(body)["code"]
        return status, body

    def test_requests_that_no_library_sends_are_refused(self) -> None:
        cases = {
            b"GET /api/%ff HTTP/1.1\r\n" + HOST: (404, "not_found"),
            b"GET /api/shows/%00/ HTTP/1.1\r\n" + HOST: (404, "not_found"),
            b"GET /api/\xc3\xa4/ HTTP/1.1\r\n" + HOST: (400, b""),
            b"GET /api/shows/?movie=\xff HTTP/1.1\r\n" + HOST: (400, b""),
            b"GET /api/shows/?movie=%ff HTTP/1.1\r\n" + HOST: (400, "invalid"),
            b"BREW /api/login/ HTTP/1.1\r\n" + HOST: (405, "method_not_allowed"),
            b"GET /api/movies/ HTTP/1.1\r\nAccept: \xff\r\n" + HOST: (406, "not_acceptable"),
            b"GET /api/my-bookings/ HTTP/1.1\r\nAuthorization: Bearer \xff\r\n" + HOST: (
                401,
                "token_not_valid",
            ),
            b"POST /api/login/ HTTP/1.1\r\nContent-Length: -5\r\n" + JSON + HOST: (400, b""),
            b"POST /api/login/ HTTP/1.1\r\nContent-Length: x\r\n" + JSON + HOST: (400, b""),
            b"POST /api/login/ HTTP/1.1\r\nContent-Type: \xff\r\nContent-Length: 0\r\n" + HOST: (
                400,
                "invalid",
            ),
        }
        for request, expected in cases.items():
            with self.subTest(request[:50]):
                self.assertEqual(self.answer(request + b"\r\n"), expected)

    def test_body_in_chunks_is_asked_for_its_length(self) -> None:
        request = b"POST /api/login/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + JSON + HOST
        chunks = b"\r\n2\r\n{}\r\n0\r\n\r\n"
        self.assertEqual(self.answer(request + chunks), (411, "length_required"))

    def test_large_body_is_refused(self) -> None:
        request = b"POST /api/login/ HTTP/1.1\r\nContent-Length: 70000\r\n" + JSON + HOST + b"\r\n"
        self.assertEqual(self.answer(request + b"x" * 70_000), (413, "body_too_large"))
