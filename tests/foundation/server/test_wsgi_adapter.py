import asyncio
import json
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.test import SimpleTestCase

from foundation.server.threads import FairThreads
from foundation.server.wsgi_adapter import PATIENT, WAITED, ThreadedHTTP
from foundation.web.clients import address_in
from foundation.web.handlers import too_many_waiting
from foundation.web.problems import MEDIA_TYPE, TOO_BUSY

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "scheme": "https",
    "path": "/caf\u00e9/",
    "query_string": b"a=%20b",
    "headers": [
        (b"host", b"frontrow.example"),
        (b"content-type", b"application/json"),
        (b"content-length", b"4"),
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x_forwarded_for", b"198.51.100.1"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ],
    "client": ("192.0.2.1", 1234),
    "server": ("127.0.0.1", 8000),
}


class Wsgi:
    """Answers with what it was asked, in parts."""

    def __init__(self) -> None:
        self.environ: dict[str, Any] = {}
        self.closed = False
        self.thread = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        self.thread = threading.current_thread().name
        self.body = environ["wsgi.input"].read()
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-One", "1")])
        return self

    def __iter__(self) -> Any:
        return iter([b"one ", b"two"])

    def close(self) -> None:
        self.closed = True


class Busy:
    """A WSGI application that answers nobody before `go_on`."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environs.append(environ)
        self.begun.set()
        self.go_on.wait(10)
        start_response("204 No Content", [])
        return []


def served(application: Any, *, threads: int, waiting: int = 100, **which: Any) -> ThreadedHTTP:
    """Return what serves a WSGI application as Front Row's is."""
    return ThreadedHTTP(
        application,
        threads=FairThreads(threads, waiting=waiting, name="http"),
        address_in=address_in,
        refused=too_many_waiting,
        **which,
    )


async def answer(application: Any, *received: dict[str, Any], **scope: Any) -> list[dict[str, Any]]:
    messages = list(received)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(SCOPE | scope, receive, send)
    return sent


class ThreadedHTTPTests(SimpleTestCase):
    def setUp(self) -> None:
        self.wsgi = Wsgi()
        self.http = served(self.wsgi, threads=2)

    async def test_request_and_answer_pass_whole(self) -> None:
        sent = await answer(
            self.http,
            {"type": "http.request", "body": b"bo", "more_body": True},
            {"type": "http.request", "body": b"dy"},
        )
        self.assertEqual(
            sent,
            [
                {
                    "type": "http.response.start",
                    "status": 201,
                    "headers": [(b"content-type", b"text/plain"), (b"x-one", b"1")],
                },
                {"type": "http.response.body", "body": b"one two"},
            ],
        )
        self.assertEqual((self.wsgi.body, self.wsgi.closed), (b"body", True))
        self.assertEqual(self.wsgi.thread.split("_")[0], "http")

    async def test_environment_is_that_of_the_request(self) -> None:
        await answer(self.http, {"type": "http.request", "body": b"body"})
        expected = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/caf\u00e9/".encode().decode("latin-1"),
            "QUERY_STRING": "a=%20b",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "4",
            "HTTP_HOST": "frontrow.example",
            "HTTP_COOKIE": "a=1; b=2",
            "wsgi.url_scheme": "https",
        }
        self.assertEqual({name: self.wsgi.environ[name] for name in expected}, expected)

    async def test_header_with_an_underscore_does_not_pass_for_another(self) -> None:
        await answer(self.http, {"type": "http.request", "body": b""})
        self.assertEqual(self.wsgi.environ["HTTP_X_FORWARDED_FOR"], "192.0.2.7")

    async def test_cookies_have_nothing_to_unquote(self) -> None:
        headers = [(b"cookie", b'a="' + b"\\" * 8000 + b'b\\000"; c=d')]
        await answer(self.http, {"type": "http.request"}, headers=headers)
        self.assertEqual(self.wsgi.environ["HTTP_COOKIE"], 'a="b000"; c=d')

    async def test_client_that_has_gone_is_not_answered(self) -> None:
        self.assertEqual(await answer(self.http, {"type": "http.disconnect"}), [])
        self.assertEqual(self.wsgi.environ, {})

    async def test_who_waits_for_as_long_as_it_takes_has_never_waited(self) -> None:
        for scope, waited in (({}, True), ({PATIENT: True}, False)):
            await answer(self.http, {"type": "http.request"}, **scope)
            self.assertEqual(self.wsgi.environ[WAITED] >= 0, waited)

    async def test_error_of_the_application_comes_out(self) -> None:
        def broken(environ: Any, start_response: Any) -> Iterable[bytes]:
            raise RuntimeError("broken")

        with self.assertRaisesMessage(RuntimeError, "broken"):
            await answer(served(broken, threads=1), {"type": "http.request"})

    async def test_as_many_run_at_once_as_there_are_threads(self) -> None:
        running = threading.Barrier(2, timeout=10)

        def meeting(environ: Any, start_response: Any) -> Iterable[bytes]:
            running.wait()
            start_response("204 No Content", [])
            return []

        http = served(meeting, threads=2)
        await asyncio.gather(*(answer(http, {"type": "http.request"}) for _ in range(4)))

    async def test_request_tells_how_long_it_waited_for_a_thread(self) -> None:
        busy = Busy()
        http = served(busy, threads=1)
        first = asyncio.create_task(answer(http, {"type": "http.request"}))
        await asyncio.to_thread(busy.begun.wait, 10)
        second = asyncio.create_task(answer(http, {"type": "http.request"}))
        await asyncio.sleep(0.01)
        asked = time.monotonic()
        await asyncio.sleep(0.05)
        waiting = time.monotonic() - asked
        busy.go_on.set()
        await asyncio.gather(first, second)

        self.assertLess(busy.environs[0][WAITED], busy.environs[1][WAITED])
        self.assertGreaterEqual(busy.environs[1][WAITED], waiting)

    async def test_request_that_can_wait_comes_after_one_that_cannot(self) -> None:
        busy = Busy()
        http = served(busy, threads=1, can_wait=lambda environ: environ["PATH_INFO"] == "/book/")
        asked = [asyncio.create_task(answer(http, {"type": "http.request"}, path="/"))]
        await asyncio.to_thread(busy.begun.wait, 10)
        for path in ("/book/", "/hold/"):
            asked.append(asyncio.create_task(answer(http, {"type": "http.request"}, path=path)))
            await asyncio.sleep(0)
        busy.go_on.set()
        await asyncio.gather(*asked)
        came = [environ["PATH_INFO"] for environ in busy.environs]
        self.assertEqual(came, ["/", "/hold/", "/book/"])


class TooManyWaitingTests(SimpleTestCase):
    """One client, with more requests than may wait for the only thread."""

    async def refused(self, **scope: Any) -> tuple[int, dict[bytes, bytes], bytes]:
        busy = Busy()
        http, request = served(busy, threads=1, waiting=1), {"type": "http.request"}
        running = asyncio.create_task(answer(http, request))
        await asyncio.to_thread(busy.begun.wait, 10)
        waiting = asyncio.create_task(answer(http, request))
        await asyncio.sleep(0)
        start, body = await answer(http, request, **scope)
        other = asyncio.create_task(answer(http, request, client=("192.0.2.2", 1)))
        busy.go_on.set()
        for each in (running, waiting, other):
            self.assertEqual((await each)[0]["status"], 204)
        return start["status"], dict(start["headers"]), body["body"]

    async def test_program_gets_a_problem_at_once(self) -> None:
        status, headers, body = await self.refused(path="/api/movies/")
        self.assertEqual((status, headers[b"content-type"]), (503, MEDIA_TYPE.encode()))
        self.assertEqual((json.loads(body), headers[b"retry-after"]), (TOO_BUSY.body, b"5"))

    async def test_browser_gets_a_sentence_at_once(self) -> None:
        status, headers, body = await self.refused(path="/", headers=[])
        self.assertEqual((status, headers[b"content-type"]), (503, b"text/plain"))
        self.assertEqual((body.decode(), headers[b"retry-after"]), (TOO_BUSY.detail, b"5"))


class ContentTypeTests(SimpleTestCase):
    async def told(self, content_type: str) -> str:
        wsgi = Wsgi()
        headers = [(b"content-type", content_type.encode("latin-1"))]
        await answer(served(wsgi, threads=1), {"type": "http.request"}, headers=headers)
        return str(wsgi.environ["CONTENT_TYPE"])

    async def test_boundary_is_the_only_parameter_that_is_told(self) -> None:
        form = "multipart/form-data"
        cases = {
            "application/json": "application/json",
            "application/json; charset=utf-8": "application/json",
            "text/html; charset=hex": "text/html",
            "text/html; charset*=utf-8''%00": "text/html",
            "a/b; c*=nonsense''%41": "a/b",
            ";;;": "",
            "\xff": "\xff",
            f"{form}; boundary=x; charset=hex": f"{form}; boundary=x",
            f'{form};charset=utf-8;Boundary="a b"': f'{form}; Boundary="a b"',
            f"{form}; boundary*=hex''%41": form,
            f"{form}; boundary=": form,
            f"{form}; boundary=\xff": form,
            f"{form}; boundary={'x' * 71}": form,
        }
        self.assertEqual({given: await self.told(given) for given in cases}, cases)
