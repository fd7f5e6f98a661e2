"""When a stream of events is opened, and what is answered where none is."""

import asyncio
import json
from typing import Any
from unittest import mock

from django.test import Client as DjangoClient
from django.test import TestCase, override_settings

from foundation.server import shutdown
from foundation.web.event_stream import CACHING, MEDIA_TYPE, PAUSE_MILLISECONDS
from realtime.admission import Admission
from realtime.answers import headers_of
from realtime.event_stream import RETRY_AFTER_SECONDS, EventStreamEndpoint
from tests import factories
from tests.realtime.endpoint_case import EndpointTestCase, View, ask
from tests.realtime.fakes import PATIENT, SHOW, deliver, opened, until

PATH = f"/api/shows/{SHOW}/events/"


class Client:
    """A client of an endpoint in this process; `close` is what its connection's end does."""

    def __init__(self, endpoint: Any, *, path: str = PATH, **headers: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._heard.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), *named],
            "client": ("192.0.2.7", 1234),
            "server": ("127.0.0.1", 80),
        }
        self.task = asyncio.create_task(endpoint(scope, self._heard.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    async def close(self) -> None:
        self._heard.put_nowait({"type": "http.disconnect"})
        await self.task


class StreamTestCase(EndpointTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.endpoint = EventStreamEndpoint(self.view)
        self.admission = Admission()
        self.enterContext(mock.patch("realtime.event_stream.admission", self.admission))

    def using(self, rooms: Any) -> Any:
        return mock.patch("realtime.event_stream.rooms", lambda: rooms)

    async def greeted(self) -> Client:
        client = Client(self.endpoint)
        await until(lambda: "snapshot" in client.text or client.task.done())
        return client


class StreamTests(StreamTestCase):
    async def test_stream_begins_with_a_pause_of_its_own_and_the_map(self) -> None:
        pauses = set()
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                for _ in range(20):
                    client = await self.greeted()
                    pause, greeting, *_ = client.text.split("\n\n")
                    name, _, number = pause.partition(": ")
                    self.assertEqual(name, "retry")
                    pauses.add(int(number))
                    await client.close()
        self.assertEqual(client.headers["content-type"], "text/event-stream")
        self.assertEqual(greeting.partition("\n")[0], f"id: {self.source.head.name}")
        self.assertGreater(len(pauses), 10)
        self.assertTrue(min(PAUSE_MILLISECONDS) <= min(pauses) < max(pauses) <= 5_000)

    async def test_changes_follow_until_the_client_leaves(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                client = await self.greeted()
                await deliver(self.source.commit((3, "b")))
                await until(lambda: "id: 1." in client.text)
                room = rooms.visit(SHOW)
                self.assertEqual(room.viewers.here, 1)
                await client.close()
                self.assertEqual(room.viewers.here, 0)
        self.assertEqual(self.view.asked, [])

    async def test_stream_of_a_show_that_is_gone_ends(self) -> None:
        async with opened(self.source) as rooms:
            with self.using(rooms):
                client = await self.greeted()
                self.source.gone = True
                await until(lambda: not client.sent[-1].get("more_body", True))
        self.assertEqual(client.text[-8:], ": 4404\n\n")
        await client.close()

    async def test_stream_of_a_process_that_ends_says_goodbye(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                client = await self.greeted()
                self.assertIn(client.task, shutdown._watching)
                client.task.cancel()
                await asyncio.wait([client.task])
        self.assertEqual(client.text[-8:], ": 1012\n\n")
        self.assertIs(client.sent[-1]["more_body"], False)


class InsteadTests(StreamTestCase):
    async def asked(self, **request: Any) -> list[str]:
        """Return what the view was asked."""
        request = {"path": PATH} | request
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await ask(self.endpoint, **request)
                self.assertEqual(rooms._rooms, {})
        return self.view.asked

    async def test_what_is_no_stream_or_has_to_be_refused_goes_to_the_view(self) -> None:
        cases: list[dict[str, Any]] = [
            {"method": "HEAD"},
            {"method": "OPTIONS"},
            {"method": "POST"},
            {"host": b"evil.example"},
            {"accept": "application/json"},
            {"accept": "text/event-stream;q=0"},
            {"path": f"{PATH}x"},
            {"path": "/api/shows/99999999999999999999/events/"},
            {"path": "/api/shows/7/events/"},
        ]
        for request in cases:
            with self.subTest(**request):
                self.view = View(self.source)
                self.endpoint = EventStreamEndpoint(self.view)
                self.assertEqual(await self.asked(**request), [request.get("path", PATH)])

    async def test_view_answers_one_request_too_many_and_while_the_database_is_away(self) -> None:
        with mock.patch("realtime.head_loader._ask", lambda *_: ({}, [False])):
            self.assertEqual(await self.asked(), [PATH])
        self.source.failing = True
        self.assertEqual(await self.asked(), [PATH, PATH])

    async def test_nobody_is_let_in_while_the_process_ends(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms), mock.patch.object(shutdown, "_begun", True):
                client = Client(self.endpoint)
                await client.task
        self.assertEqual((client.status, json.loads(client.text)["code"]), (503, "unavailable"))

    @override_settings(THROTTLES=True, SOCKETS_PER_CLIENT=3, SOCKETS_PER_SECOND=1000)
    async def test_newcomers_beyond_the_limit_are_refused_and_those_who_are_there_stay(
        self,
    ) -> None:
        """Each is told another time, so that they don't come back at the same moment."""
        self.admission.enter("192.0.2.7")  # as a socket does
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                here = [await self.greeted() for _ in range(2)]
                refused = [Client(self.endpoint, **ELSEWHERE) for _ in range(40)]
                await asyncio.wait([client.task for client in refused])
                await deliver(self.source.commit())
                await until(lambda: all("id: 1." in client.text for client in here))
                await here[0].close()
                other = await self.greeted()
                for client in (here[1], other):
                    await client.close()
        self.assertEqual({client.status for client in refused}, {429})
        self.assertEqual({json.loads(client.text)["code"] for client in refused}, {"throttled"})
        origins = {client.headers["access-control-allow-origin"] for client in refused}
        self.assertEqual(origins, {"*"})
        waits = {int(client.headers["retry-after"]) for client in refused}
        self.assertGreater(len(waits), 5)
        self.assertTrue(min(RETRY_AFTER_SECONDS) <= min(waits) <= max(waits) <= 20)
        self.assertEqual((other.status, self.admission._open["192.0.2.7"]), (200, 1))


ELSEWHERE = {"Origin": "https://elsewhere.example"}


class HeadTests(TestCase):
    def test_head_has_the_headers_of_the_stream(self) -> None:
        path = f"/api/shows/{factories.show().pk}/events/"
        for seconds in (0, 60):
            for secure in (False, True):
                with (
                    self.subTest(seconds=seconds, secure=secure),
                    self.settings(SECURE_HSTS_SECONDS=seconds),
                ):
                    # A new client reads the settings.
                    view = DjangoClient().head(path, secure=secure, headers=ELSEWHERE)
                    theirs = {name.lower(): value for name, value in view.items()}
                    ours = headers_of(view.wsgi_request, caching=CACHING, content_type=MEDIA_TYPE)
                    self.assertEqual(
                        {name.decode(): value.decode() for name, value in ours}, theirs
                    )

    def test_view_refuses_what_it_is_asked(self) -> None:
        show = factories.show().pk
        for method, show_id, accept, status, code in (
            ("GET", show, "application/json", 406, "not_acceptable"),
            ("GET", show + 1, "*/*", 404, "show_not_found"),
            ("POST", show, "*/*", 405, "method_not_allowed"),
        ):
            with (
                self.subTest(method, status=status),
                self.assertLogs("django.request", "WARNING"),
            ):
                answer = self.client.generic(
                    method, f"/api/shows/{show_id}/events/", headers={"Accept": accept}
                )
                self.assertEqual(answer.status_code, status)
                self.assertEqual(answer["Content-Type"], "application/problem+json")
                self.assertEqual(json.loads(answer.content)["code"], code)
        ends_at_once = b"".join(self.client.get(f"/api/shows/{show}/events/"))
        self.assertRegex(ends_at_once, rb"^retry: [1-5]\d{3}\n\n$")
        self.assertEqual(self.client.head(f"/api/shows/{show + 1}/events/").status_code, 404)
        about = self.client.options(f"/api/shows/{show}/events/")
        self.assertEqual(about["Content-Type"], "application/json")
