import asyncio
from functools import partial
from typing import Any
from unittest import mock

from django.test import SimpleTestCase, override_settings, tag
from django.urls import resolve

from foundation.request_context import NOTHING, Asked, asked
from foundation.server.observed import (
    EXCHANGE,
    ROUTE,
    Exchange,
    Observed,
    answered_as,
    log_answer,
)
from foundation.server.threads import FairThreads
from foundation.server.wsgi_adapter import ThreadedHTTP
from foundation.web import health
from realtime import event_stream, seat_map

ID = "0123456789abcdef0123456789abcdef"


def scope(kind: str = "http", **more: Any) -> dict[str, Any]:
    method = {"method": "GET"} if kind == "http" else {}
    return {"type": kind, "path": "/", "headers": [], **method, **more}


def request(told: bytes, *more: bytes) -> dict[str, Any]:
    return scope(headers=[(b"x-request-id", each) for each in (told, *more)])


async def answer(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


class ObservedCase(SimpleTestCase):
    def observe(self, application: Any, wanted: dict[str, Any]) -> list[Exchange]:
        """Return what the observers are told, and keep what was sent."""
        told: list[Exchange] = []
        self.sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def serve() -> None:
            await Observed(application, observers=[told.append])(wanted, receive, send)

        asyncio.run(serve())
        return told


@tag("once")
class ObservedTests(ObservedCase):
    def test_answer_is_told_once_as_it_begins(self) -> None:
        [exchange] = self.observe(answer, scope())
        self.assertEqual(
            (exchange.method, exchange.route, exchange.status), ("GET", "unknown", 200)
        )
        self.assertEqual(len(self.sent), 3)

    def test_methods_that_nobody_knows_are_one(self) -> None:
        [exchange] = self.observe(answer, scope(method="BREW"))
        self.assertEqual(exchange.method, "other")

    def test_handshake_is_a_request_that_is_accepted_or_refused(self) -> None:
        for message, status in (("websocket.accept", 101), ("websocket.close", 403)):

            async def join(scope: Any, receive: Any, send: Any, message: str = message) -> None:
                answered_as(dict(scope), "ws/house/")  # a router passes a copy on
                await send({"type": message})
                await send({"type": "websocket.close"})

            [exchange] = self.observe(join, scope("websocket"))
            self.assertEqual(
                (exchange.method, exchange.route, exchange.status), ("GET", "ws/house/", status)
            )
            self.assertEqual(self.sent, [{"type": message}, {"type": "websocket.close"}])

    def test_failure_is_the_servers_500(self) -> None:
        async def fail(scope: Any, receive: Any, send: Any) -> None:
            raise ZeroDivisionError

        told: list[Exchange] = []
        with self.assertRaises(ZeroDivisionError) as raised:
            asyncio.run(Observed(fail, observers=[told.append])(scope(), mock.Mock(), mock.Mock()))
        [exchange] = told
        self.assertEqual(exchange.status, 500)
        self.assertIn(exchange.request_id, raised.exception.__notes__[0])

    def test_failure_after_the_answer_began_is_no_second_answer(self) -> None:
        async def fail(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise ZeroDivisionError

        told: list[Exchange] = []
        observed = Observed(fail, observers=[told.append])
        with self.assertRaises(ZeroDivisionError):
            asyncio.run(observed(scope(), mock.Mock(), mock.AsyncMock()))
        self.assertEqual([exchange.status for exchange in told], [200])

    def test_request_that_nobody_waits_for_is_not_answered(self) -> None:
        async def leave(scope: Any, receive: Any, send: Any) -> None:
            pass

        self.assertEqual(self.observe(leave, scope()), [])

    def test_server_is_still_found_behind_it(self) -> None:
        """Frames go past ASGI by what Daphne's own `send` is made of."""
        seen: list[Any] = []

        async def look(scope: Any, receive: Any, send: Any) -> None:
            seen.append(send.args)

        daphnes = partial(mock.AsyncMock(), "protocol")
        asyncio.run(Observed(look, observers=[])(scope(), mock.Mock(), daphnes))
        self.assertEqual(seen, [("protocol",)])

    def test_routes_of_the_event_loop_are_those_of_the_views(self) -> None:
        for path, route in {
            "/api/shows/1/seats/": seat_map.ROUTE,
            "/api/shows/1/events/": event_stream.ROUTE,
            "/api/shows/events/": event_stream.HOUSE_ROUTE,
            "/health/": health.ROUTE,
        }.items():
            self.assertEqual(resolve(path).route, route)


@tag("once")
class RequestIdTests(ObservedCase):
    def id_of(self, wanted: dict[str, Any]) -> str:
        [exchange] = self.observe(answer, wanted)
        self.assertEqual(
            self.sent[0]["headers"],
            [(b"content-type", b"text/plain"), (b"x-request-id", exchange.request_id.encode())],
        )
        return exchange.request_id

    @override_settings(TRUSTED_PROXIES=1)
    def test_it_is_the_proxys(self) -> None:
        self.assertEqual(self.id_of(request(ID.encode())), ID)

    @override_settings(TRUSTED_PROXIES=0)
    def test_it_is_no_clients(self) -> None:
        first, second = (self.id_of(request(ID.encode())) for _ in range(2))
        self.assertRegex(first, r"\A[0-9a-f]{32}\Z")
        self.assertEqual(len({ID, first, second}), 3)

    @override_settings(TRUSTED_PROXIES=1)
    def test_what_is_no_id_is_replaced(self) -> None:
        odd = [b"", b"short", b"a" * 65, b"a\nforged line", ID.encode() + b"\n", b"\xff" * 9]
        for told in (*(request(each) for each in odd), request(b"a" * 9, b"b" * 9), scope()):
            self.assertRegex(self.id_of(told), r"\A[0-9a-f]{32}\Z")

    def test_it_is_known_while_the_request_is_answered_and_not_after(self) -> None:
        seen: list[Asked] = []

        async def look(scope: Any, receive: Any, send: Any) -> None:
            seen.append(asked.get())
            await answer(scope, receive, send)
            seen.append(asked.get())

        [exchange] = self.observe(look, scope())
        self.assertEqual(seen, [Asked(exchange.request_id, "/")] * 2)
        self.assertEqual(asked.get(), NOTHING)

    def test_what_the_server_arranges_for_later_is_nobodys(self) -> None:
        seen: list[Asked] = []

        async def arrange(message: dict[str, Any]) -> None:
            asyncio.get_running_loop().call_soon(lambda: seen.append(asked.get()))

        async def serve() -> None:
            await Observed(answer, observers=[])(scope(), mock.Mock(), arrange)
            await asyncio.sleep(0)

        asyncio.run(serve())
        self.assertEqual(seen, [NOTHING] * 3)

    def test_it_goes_along_to_a_thread_and_the_route_comes_back(self) -> None:
        seen: list[str] = []

        def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            seen.append(asked.get().request_id)
            environ[ROUTE] = "a/<b>/"
            start_response("200 OK", [("Content-Type", "text/plain")])
            return []

        http = ThreadedHTTP(
            wsgi,
            threads=FairThreads(1, waiting=1, name="test"),
            address_in=lambda _: "",
            refused=mock.Mock(),
        )
        wanted = scope(query_string=b"", http_version="1.1")
        [exchange] = self.observe(http, wanted)
        self.assertEqual((seen, exchange.route), ([exchange.request_id], "a/<b>/"))
        self.assertTrue(0 <= exchange.waited <= exchange.seconds)
        self.assertIs(wanted[EXCHANGE], exchange)


@tag("once")
class LogAnswerTests(SimpleTestCase):
    def exchange(self, route: str) -> Exchange:
        exchange = Exchange(scope())
        exchange.route, exchange.status = route, 200
        exchange.seconds, exchange.waited = 0.0123, 0.0004
        return exchange

    def test_a_request_is_one_line(self) -> None:
        with self.assertLogs("foundation.server.observed", "INFO") as logs:
            log_answer(self.exchange("api/shows/"))
        [record] = logs.records
        self.assertEqual(record.getMessage(), "GET api/shows/ 200 in 12.3 ms (0.4 ms waiting)")
        said = {name: getattr(record, name) for name in ("status", "duration_ms", "wait_ms")}
        self.assertEqual(said, {"status": 200, "duration_ms": 12.3, "wait_ms": 0.4})

    def test_what_programs_ask_for_all_the_time_is_for_debugging(self) -> None:
        with self.assertLogs("foundation.server.observed", "DEBUG") as logs:
            log_answer(self.exchange("health/"))
            log_answer(self.exchange("static/"))
        self.assertEqual([record.levelname for record in logs.records], ["DEBUG", "DEBUG"])
