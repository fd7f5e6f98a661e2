"""Requests that no HTTP library would send, through a real server."""

import json
import socket
from itertools import takewhile
from typing import Any

from django.test import tag

from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer, LiveServerMixin

HOST = b"Host: 127.0.0.1\r\nConnection: close\r\n"
SOCKET = (
    b"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
JSON = b"Content-Type: application/json\r\n"


@tag("once")
class RawRequestTest(LiveServerMixin, CommitTestCase):
    @classmethod
    def new_server(cls) -> LiveServer:
        return LiveServer(env={"REDIS_URL": None})

    def answer(self, request: bytes, *, length: int | None = None) -> tuple[int, Any]:
        """Send bytes, and return the status and the body: a problem's code where there is one.

        Of what does not end, `length` bytes of the body are read.
        """
        with (
            socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as connection,
            connection.makefile("rb") as answer,
        ):
            connection.sendall(request)
            lines = iter(answer.readline, b"")
            head = b"".join(takewhile(lambda line: line != b"\r\n", lines))
            received = head + b"\r\n" + answer.read(length)
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

    def test_parameters_of_a_content_type_do_no_harm(self) -> None:
        seats = f"/api/shows/{factories.show().pk}/seats/".encode()
        odd = (b"charset=hex", b"charset=undefined", b"charset*=utf-8''%00", b"a*=nonsense''%41")
        for path, status in ((b"/?seats=%41", 200), (b"/nowhere/?%41=%41", 404), (seats, 200)):
            for parameter in odd:
                request = b"GET " + path + b" HTTP/1.1\r\nContent-Type: text/html; " + parameter
                with self.subTest(request):
                    self.assertEqual(self.answer(request + b"\r\n" + HOST + b"\r\n")[0], status)

    def test_headers_that_only_daphne_knows_do_no_harm(self) -> None:
        for path in (b"/", b"/ws/house/"):
            for header in (b"Daphne-Root-Path: /ws", b"Daphne-Root-Path: \xff"):
                request = b"GET " + path + b" HTTP/1.1\r\n" + header + b"\r\n" + HOST + b"\r\n"
                with self.subTest(request):
                    self.assertEqual(self.answer(request)[0], 200 if path == b"/" else 404)

    def test_sockets_are_opened_and_closed_whatever_else_is_told(self) -> None:
        odd = (b"Daphne-Root-Path: /ws", b"Daphne-Root-Path: %ff", b"Sec-WebSocket-Protocol: \xff")
        for path, frame in ((b"/ws/house/", b"\x81"), (b"/ws/nowhere/", b"\x88\x02\x11\x34")):
            for header in (b"X-Nothing: odd", *odd):
                request = b"GET " + path + b" HTTP/1.1\r\n" + header + b"\r\n" + SOCKET + b"\r\n"
                with self.subTest(request):
                    status, received = self.answer(request, length=len(frame))
                    self.assertEqual((status, received), (101, frame))

    def test_forms_that_make_no_sense_are_refused(self) -> None:
        part = b"--x\r\nContent-Disposition: form-data; name*=nonsense''%41\r\n\r\nx\r\n--x--\r\n"
        fields = b"a=1&" * 1001
        for kind, body in (
            (b"multipart/form-data; boundary=x", part),
            (b"multipart/form-data", part),
            (b"application/x-www-form-urlencoded; charset=hex", b"a=1"),
            (b"application/x-www-form-urlencoded", fields),
        ):
            for path, statuses in ((b"/accounts/login/", {400, 403}), (b"/nowhere/", {404})):
                request = b"POST " + path + b" HTTP/1.1\r\nContent-Type: " + kind + b"\r\n" + HOST
                request += b"Cookie: csrftoken=" + b"a" * 32 + b"\r\n"
                request += b"Content-Length: %d\r\n\r\n" % len(body)
                with self.subTest(request):
                    self.assertIn(self.answer(request + body)[0], statuses)

    def test_body_in_chunks_is_asked_for_its_length(self) -> None:
        request = b"POST /api/login/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + JSON + HOST
        chunks = b"\r\n2\r\n{}\r\n0\r\n\r\n"
        self.assertEqual(self.answer(request + chunks), (411, "length_required"))

    def test_large_body_is_refused(self) -> None:
        request = b"POST /api/login/ HTTP/1.1\r\nContent-Length: 70000\r\n" + JSON + HOST + b"\r\n"
        self.assertEqual(self.answer(request + b"x" * 70_000), (413, "body_too_large"))
