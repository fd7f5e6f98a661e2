import json
from typing import Any
from unittest import mock

from django.test import RequestFactory, override_settings

from booking.errors import ShowNotFound
from booking.selectors.seat_map import Head
from realtime.seat_map import SeatMapEndpoint, headers_of
from tests.realtime.endpoint_case import PATH, EndpointTestCase, ask
from tests.realtime.fakes import (
    PATIENT,
    SHOW,
    deliver,
    facts,
    opened,
    until,
)


class FromTheRoomTests(EndpointTestCase):
    async def test_map_comes_from_the_room(self) -> None:
        self.source.commit((3, "b"), (4, "h", 1790000000123))
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                answer = await ask(self.endpoint)
        self.assertEqual(
            json.loads(answer.body),
            {
                "show": SHOW,
                "version": 1,
                "digest": self.source.head.digest,
                "states": "aabhaaaaaa",
                "held": [[4, 1790000000123]],
                "capacity": 10,
                "available_seats": 8,
                "layout": {"hash": "hash", "url": "/api/auditoriums/5/layout/?hash=hash"},
                "terms": facts("10.00")["terms"],
            },
        )
        self.assertEqual(
            answer.headers,
            {
                **dict(headers_of(RequestFactory().get(PATH), 200)),
                b"etag": f'"{self.source.head.name}"'.encode(),
                b"content-length": str(len(answer.body)).encode(),
            },
        )
        self.assertEqual((answer.status, self.view.asked), (200, []))

    async def test_map_that_the_client_has_is_304(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                etag = f'"{self.source.head.name}"'
                answers = [
                    await ask(self.endpoint, if_none_match=known)
                    for known in (etag, f"W/{etag}", "*")
                ]
                others = [
                    await ask(self.endpoint, if_none_match=known)
                    for known in ('"7"', '"0"', f'"0.{"0" * 16}"')
                ]
        for answer in answers:
            self.assertEqual((answer.status, answer.body), (304, b""))
            self.assertEqual(
                (answer.headers[b"etag"], answer.headers[b"content-length"]), (etag.encode(), b"0")
            )
        for other in others:
            self.assertEqual((other.status, other.map), (200, (0, "aaaaaaaaaa")))
        self.assertEqual(self.view.asked, [])

    async def test_change_that_no_message_told_is_in_the_next_answer(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                for seat_number in range(1, 9):
                    self.source.commit((seat_number, "b"))
                    answer = await ask(self.endpoint)
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
                answer = await ask(self.endpoint)
                self.assertEqual(room.map.timeline.version, 0)
        self.assertEqual(answer.map, (1, "abaaaaaaaa"))

    async def test_room_closes_when_nobody_reads(self) -> None:
        async with opened(self.source) as rooms:
            with self.using(rooms):
                await ask(self.endpoint)
                await until(lambda: rooms._rooms)
                await until(lambda: not rooms._rooms)


class PassedOnTests(EndpointTestCase):
    async def asked_of_the_view(self, **request: Any) -> list[str]:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                await ask(self.endpoint, **request)
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
                self.endpoint = SeatMapEndpoint(self.view)
                self.assertEqual(
                    await self.asked_of_the_view(**request), [request.get("path", PATH)]
                )

    async def test_plain_http_is_left_to_the_view_where_it_redirects(self) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True):
            async with opened(self.source, PATIENT) as rooms:
                with self.using(rooms):
                    for _ in range(3):
                        await ask(self.endpoint)
        self.assertEqual((self.view.asked, self.batches), ([PATH] * 3, []))

    async def test_view_answers_while_the_room_has_another_history(self) -> None:
        for _ in range(2):
            self.source.commit()
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                del self.source.log[1:]
                self.source.commit((5, "x"))
                answer = await ask(self.endpoint)
                self.assertEqual(self.view.asked, [PATH])
                self.assertEqual(answer.headers[b"etag"].decode(), f'"{self.source.head.name}"')
                # One that is ahead makes the room look, which then answers.
                self.source.commit((6, "x"))
                answer = await ask(self.endpoint)
        self.assertEqual(self.view.asked, [PATH])
        self.assertEqual(answer.map, (3, "baaaxxaaaa"))

    async def test_one_request_too_many_goes_to_the_view(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                with mock.patch(
                    "realtime.head_loader._ask",
                    lambda shows, clients: ({SHOW: Head(self.source.head, 5, "hash")}, [False]),
                ):
                    await ask(self.endpoint)
        self.assertEqual(self.view.asked, [PATH])

    async def test_view_answers_while_the_database_is_away_and_after_it_was_set_back(self) -> None:
        for _ in range(3):
            self.source.commit()
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.source.failing = True
                await ask(self.endpoint)
                self.source.failing = False
                del self.source.log[1:]
                answer = await ask(self.endpoint)
        etag = f'"{self.source.head.name}"'.encode()
        self.assertEqual((self.view.asked, answer.headers[b"etag"]), ([PATH, PATH], etag))

    async def test_unknown_show_opens_no_room(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await ask(self.endpoint, "/api/shows/7/seats/")
                self.assertEqual(rooms._rooms, {})
        with self.assertRaises(ShowNotFound):
            await self.source.states(7)
