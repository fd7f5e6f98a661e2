import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from unittest import mock

from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from booking.errors import ShowNotFound
from booking.selectors.seat_map import Head
from booking.services.bookings import book_seats
from realtime.reads import SeatMapReads
from realtime.rooms import Rooms
from tests import factories
from tests.live import LiveServer
from tests.realtime.fakes import PATIENT, SHOW, FakeSource, RoomTestCase, deliver, opened, until

PATH = f"/api/shows/{SHOW}/seats/"


class View:
    """An ASGI application that answers what the database has, and remembers what it was asked."""

    def __init__(self, source: FakeSource) -> None:
        self.source = source
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        known = dict(scope["headers"]).get(b"if-none-match")
        etag = b'"%d"' % len(self.source.log)
        headers = [
            (b"x-frame-options", b"DENY"),
            (b"etag", etag),
            (b"content-length", b"9"),
        ]
        status = 304 if known == etag else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"the view's"})


class Answer:
    def __init__(self, messages: list[dict[str, Any]]) -> None:
        start, body = messages
        self.status = start["status"]
        self.headers = dict(start["headers"])
        self.body = body["body"]

    @property
    def map(self) -> tuple[int, str]:
        """The version and the states."""
        answer = json.loads(self.body)
        return answer["version"], answer["states"]


async def ask(
    application: Any,
    path: str = PATH,
    *,
    method: str = "GET",
    query: bytes = b"",
    host: bytes = b"127.0.0.1",
    **headers: str,
) -> Answer:
    given = [(b"host", host)]
    given += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": query,
        "headers": given,
        "client": ("192.0.2.7", 1234),
        "server": ("127.0.0.1", 80),
    }
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await application(scope, receive, send)
    return Answer(messages)


@override_settings(THROTTLES=False)
class ReadsTestCase(RoomTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.view = View(self.source)
        self.reads = SeatMapReads(self.view)
        self.trips: list[int] = []
        self.while_asking: Callable[[], None] = lambda: None
        self.enterContext(mock.patch("realtime.trips._ask", self.database))
        self.enterContext(mock.patch("realtime.trips.in_thread", self.in_no_thread))

    def database(self, show_ids: Any, clients: Any) -> tuple[dict[int, Head], list[bool]]:
        self.trips.append(len(clients))
        if self.source.failing:
            raise OSError("the database is away")
        if self.source.gone or SHOW not in show_ids:
            return {}, [True] * len(clients)
        return {SHOW: Head(len(self.source.log), 5, "hash")}, [True] * len(clients)

    def in_no_thread(self, work: Any) -> Any:
        async def in_time(*arguments: Any) -> Any:
            found = work(*arguments)
            self.while_asking()
            await asyncio.sleep(0.001)
            return found

        return in_time

    def using(self, rooms: Rooms) -> Any:
        return mock.patch("realtime.reads.rooms", lambda: rooms)

    async def warm(self, rooms: Rooms) -> None:
        """Let the room be read, and the view show its headers."""
        await ask(self.reads)
        await until(lambda: rooms.visit(SHOW).map.known_version == len(self.source.log))
        await until(lambda: rooms.visit(SHOW).map.timeline.version is not None)
        await ask(self.reads)
        await ask(self.reads, if_none_match=f'"{len(self.source.log)}"')
        self.view.asked.clear()


class FromTheRoomTests(ReadsTestCase):
    async def test_map_comes_from_the_room_with_the_views_headers(self) -> None:
        self.source.commit((3, "b"), (4, "h", 1790000000123))
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                answer = await ask(self.reads)
        self.assertEqual(
            json.loads(answer.body),
            {
                "show": SHOW,
                "version": 1,
                "states": "aabhaaaaaa",
                "held": [[4, 1790000000123]],
                "capacity": 10,
                "available_seats": 8,
                "layout": {"hash": "hash", "url": "/api/auditoriums/5/layout/?hash=hash"},
            },
        )
        self.assertEqual(
            answer.headers,
            {
                b"x-frame-options": b"DENY",
                b"etag": b'"1"',
                b"content-length": str(len(answer.body)).encode(),
            },
        )
        self.assertEqual((answer.status, self.view.asked), (200, []))

    async def test_map_that_the_client_has_is_304(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                answers = [
                    await ask(self.reads, if_none_match=known) for known in ('"0"', 'W/"0"', "*")
                ]
                other = await ask(self.reads, if_none_match='"7"')
        for answer in answers:
            self.assertEqual((answer.status, answer.body), (304, b""))
            self.assertEqual(
                (answer.headers[b"etag"], answer.headers[b"content-length"]), (b'"0"', b"0")
            )
        self.assertEqual((other.status, other.map), (200, (0, "aaaaaaaaaa")))
        self.assertEqual(self.view.asked, [])

    async def test_change_that_no_message_told_is_in_the_next_answer(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                for seat_number in range(1, 9):
                    self.source.commit((seat_number, "b"))
                    answer = await ask(self.reads)
                    self.assertEqual(
                        answer.map, (seat_number, "b" * seat_number + "a" * (10 - seat_number))
                    )
        self.assertEqual(self.view.asked, [])

    async def test_change_that_sockets_have_not_been_told_yet_is_in_the_answer(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                room = rooms.visit(SHOW)
                room._next_sweep = room._loop.time() + 60
                await deliver(self.source.commit((2, "b")))
                answer = await ask(self.reads)
                self.assertEqual(room.map.timeline.version, 0)
        self.assertEqual(answer.map, (1, "abaaaaaaaa"))

    async def test_room_closes_when_nobody_reads(self) -> None:
        async with opened(self.source) as rooms:
            with self.using(rooms):
                await ask(self.reads)
                await until(lambda: rooms._rooms)
                await until(lambda: not rooms._rooms)


class SharedTripsTests(ReadsTestCase):
    async def test_burst_costs_two_trips(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.trips.clear()
                await asyncio.gather(*(ask(self.reads) for _ in range(50)))
        self.assertEqual(sum(self.trips), 50)
        self.assertLessEqual(len(self.trips), 2)

    async def test_answer_is_not_older_than_its_question(self) -> None:
        """Who asks while the database answers others must not get their answer."""
        late: list[asyncio.Task[Answer]] = []

        def commit_and_ask() -> None:
            if not late:
                self.source.commit((1, "b"))
                late.append(asyncio.get_running_loop().create_task(ask(self.reads)))

        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.while_asking = commit_and_ask
                early = await ask(self.reads)
                answer = await late[0]
        self.assertEqual((early.map[0], answer.map[0]), (0, 1))

    async def test_client_that_goes_away_does_not_spoil_the_others_trip(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                leaving = asyncio.create_task(ask(self.reads))
                staying = asyncio.create_task(ask(self.reads))
                await asyncio.sleep(0)
                leaving.cancel()
                answer = await staying
        self.assertEqual(answer.status, 200)


class PassedOnTests(ReadsTestCase):
    async def asked_of_the_view(self, **request: Any) -> list[str]:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                await ask(self.reads, **request)
        return self.view.asked

    async def test_what_is_out_of_the_ordinary_goes_to_the_view(self) -> None:
        cases: list[dict[str, Any]] = [
            {"query": b"at=0"},
            {"method": "HEAD"},
            {"method": "POST"},
            {"host": b"evil.example"},
            {"accept": "text/html"},
            {"path": f"{PATH}x"},
            {"path": "/api/shows/99999999999999999999/seats/"},
            {"path": "/api/shows/7/seats/"},
        ]
        for request in cases:
            with self.subTest(**request):
                self.reads = SeatMapReads(self.view)
                self.assertEqual(
                    await self.asked_of_the_view(**request), [request.get("path", PATH)]
                )

    async def test_plain_http_is_left_to_the_view_where_it_redirects(self) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True):
            async with opened(self.source, PATIENT) as rooms:
                with self.using(rooms):
                    for _ in range(3):
                        await ask(self.reads)
        self.assertEqual((self.view.asked, self.trips), ([PATH] * 3, []))

    async def test_one_request_too_many_goes_to_the_view(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                with mock.patch(
                    "realtime.trips._ask",
                    lambda shows, clients: ({SHOW: Head(0, 5, "hash")}, [False]),
                ):
                    await ask(self.reads)
        self.assertEqual(self.view.asked, [PATH])

    async def test_view_answers_while_the_database_is_away_and_after_it_was_set_back(self) -> None:
        for _ in range(3):
            self.source.commit()
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.source.failing = True
                await ask(self.reads)
                self.source.failing = False
                del self.source.log[1:]
                answer = await ask(self.reads)
        self.assertEqual((self.view.asked, answer.headers[b"etag"]), ([PATH, PATH], b'"1"'))

    async def test_unknown_show_opens_no_room(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await ask(self.reads, "/api/shows/7/seats/")
                self.assertEqual(rooms._rooms, {})
        with self.assertRaises(ShowNotFound):
            await self.source.states(7)


def comparable(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return headers by name; each process has an order of its own for a policy's directives."""
    return {name.lower(): sorted(value.split("; ")) for name, value in headers}


class SameAnswerTests(TransactionTestCase):
    """A real server's answers from its room, beside the answers of Django's view."""

    server: LiveServer

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.enterClassContext(LiveServer(env={"THROTTLES": "off"}))

    def setUp(self) -> None:
        self.show = factories.show()
        self.user = factories.user()
        self.path = f"/api/shows/{self.show.pk}/seats/"

    def answers(self, **headers: str) -> tuple[Any, Any]:
        """Return the status, headers and body that the server gives, and those of the view."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        with closing(connection):
            connection.request("GET", self.path, headers=given)
            theirs = connection.getresponse()
            lively = (
                theirs.status,
                comparable(theirs.getheaders()),
                theirs.read(),
            )
        view = self.client.get(self.path, headers={"Host": "127.0.0.1", **given})
        return lively, (view.status_code, comparable(view.items()), view.content)

    @override_settings(THROTTLES=False)
    def test_answers_are_the_views_header_for_header(self) -> None:
        for version in range(4):
            for known in ({}, {"if_none_match": f'"{version}"'}, {"if_none_match": '"99"'}):
                for repeat in range(4):
                    with self.subTest(version=version, repeat=repeat, **known):
                        lively, plain = self.answers(**known)
                        self.assertEqual(lively, plain)
            book_seats(
                show_id=self.show.pk, seat_numbers=[version + 1], user=self.user, now=timezone.now()
            )
