"""The endpoint of kept pages, beside a room whose database is a fake."""

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.conf import settings
from django.test import override_settings

from booking.pages.shell import GAPS, Shell
from booking.selectors.seat_map import Head
from foundation.web.clients import BROWSER_COOKIE
from realtime.kept_pages import MOST_WAITING, KeptPages
from tests.realtime.endpoint_case import EndpointTestCase, ask
from tests.realtime.fakes import PATIENT, SHOW, opened

PATH = f"/shows/{SHOW}/"
COUNTED = "throttle.client.address.192.0.2.7"
BROWSERS = {"accept_encoding": "gzip, deflate, br, zstd"}


class ShowPageTests(EndpointTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.endpoint = KeptPages(self.view)
        self.rendered: list[Any] = []
        self.now = 1_000.0
        self.while_rendering: Any = lambda: None
        self.enterContext(mock.patch("realtime.kept_pages.show_shell", self.shell))
        self.enterContext(mock.patch("realtime.kept_pages.in_thread", self.in_a_moment))
        self.enterContext(mock.patch("realtime.kept_pages.time.time", lambda: self.now))

    def shell(self, request: Any, show_id: int) -> Shell:
        self.rendered.append(request)
        return Shell(b"%d %d" % (GAPS["version"], GAPS["states"]))

    def in_a_moment(self, work: Any) -> Any:
        async def in_time(*arguments: Any) -> Any:
            shell = work(*arguments)
            self.while_rendering()
            await asyncio.sleep(0.001)
            return shell

        return in_time

    async def warm(self, rooms: Any) -> None:
        await super().warm(rooms)
        self.endpoint._kept.clear()
        self.rendered.clear()

    @contextmanager
    def in_a_rush(self, rooms: Any) -> Iterator[None]:
        """Let requests wait for threads."""
        waits = mock.patch("realtime.seat_map.somebody_waits", lambda: True)
        with self.using(rooms), waits:
            yield

    async def page(self, path: str = PATH, **request: Any) -> Any:
        return await ask(self.endpoint, path, **request)

    async def test_strangers_who_come_together_get_one_rendering_with_the_newest_map(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                first = await asyncio.gather(*(self.page() for _ in range(20)))
                self.source.commit((3, "b"))
                then = await self.page()
        self.assertEqual({answer.body for answer in first}, {b"0 aaaaaaaaaa"})
        self.assertEqual(then.body, b"1 aabaaaaaaa")
        self.assertEqual((len(self.rendered), self.view.asked), (1, []))

    async def test_in_a_rush_the_database_is_asked_once_a_blink(self) -> None:
        """And what was told since is in the page all the same."""
        asked: list[int] = []

        def database(shows: Any, keys: Any) -> Any:
            asked.extend(shows)
            return self.database(shows, keys)

        async with opened(self.source, PATIENT) as rooms:
            with self.in_a_rush(rooms), mock.patch("realtime.head_loader._ask", database):
                await self.warm(rooms)
                first = await self.page()
                asked.clear()
                change = self.source.commit((3, "b"))
                unheard = await self.page()
                rooms.visit(SHOW).map.hear(change)
                heard = await self.page()
                self.assertEqual(asked, [])
                self.source.commit((4, "b"))
                with mock.patch("realtime.seat_map.BLINK_SECONDS", -1.0):
                    later = await self.page()
        bodies = [answer.body for answer in (first, unheard, heard, later)]
        self.assertEqual(bodies[:2], [b"0 aaaaaaaaaa"] * 2)
        self.assertEqual(bodies[2:], [b"1 aabaaaaaaa", b"2 aabbaaaaaa"])
        self.assertEqual((asked, self.view.asked), ([SHOW], []))

    @override_settings(THROTTLES=True)
    async def test_in_a_rush_one_that_asked_too_often_goes_to_django_the_next_time(self) -> None:
        def refuse(shows: Any, keys: list[str]) -> Any:
            return {}, [False] * len(keys)

        async with opened(self.source, PATIENT) as rooms:
            with self.in_a_rush(rooms):
                await self.warm(rooms)
                await self.page()
                with mock.patch("realtime.head_loader._ask", refuse):
                    answers = []
                    for _ in range(3):
                        answers.append(await self.page())
                        await asyncio.sleep(0.01)
        self.assertEqual(answers[0].body, b"0 aaaaaaaaaa")
        self.assertEqual(self.view.asked, [PATH] * 2)

    async def test_map_that_is_read_anew_is_not_shown_in_a_rush(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.in_a_rush(rooms):
                await self.warm(rooms)
                await self.page()
                rooms.visit(SHOW).map._start_over()
                await self.page()
        self.assertEqual(self.view.asked, [PATH])

    async def test_page_is_rendered_anew_for_another_second_site_or_terms(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                await self.page()
                self.now += 0.9
                await self.page()
                self.assertEqual(len(self.rendered), 1)
                self.now += 0.2
                await self.page()
                self.assertEqual(len(self.rendered), 2)
                await self.page(host=b"localhost")
                self.assertEqual(len(self.rendered), 3)
                self.source.commit_price("14.00")
                await self.page()
                self.assertEqual(len(self.rendered), 4)

    async def test_map_that_goes_on_to_other_terms_meanwhile_is_not_in_the_page(self) -> None:
        """No socket tells of what is before the version of the page, which would lack the terms."""
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                room = rooms.visit(SHOW)
                changes = [self.source.commit((3, "b")), self.source.commit_price("14.00")]
                self.while_rendering = lambda: room.map.hear(changes[1])
                del self.source.log[1:]
                answer = await self.page()
                self.assertEqual(room.map.known.version, 2)
        self.assertEqual(answer.body, b"1 aabaaaaaaa")

    async def test_landing_page_has_the_map_of_its_next_show(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                terms = rooms.visit(SHOW).map.timeline.current_show["terms"]
                pages = [
                    Shell(b"%d %d" % (GAPS["version"], GAPS["states"]), SHOW, terms),
                    Shell(b"The screen is dark."),
                ]
                with mock.patch("realtime.kept_pages.landing_shell", lambda _: pages[0]):
                    before = await self.page("/")
                    self.source.commit((3, "b"))
                    after = await self.page("/")
                    self.source.commit_price("14.00")
                    await self.page("/")
                    self.assertEqual(self.view.asked, ["/"])
                    self.now += 1
                    del pages[0]
                    dark = await self.page("/")
        bodies = [answer.body for answer in (before, after, dark)]
        self.assertEqual(bodies, [b"0 aaaaaaaaaa", b"1 aabaaaaaaa", b"The screen is dark."])
        self.assertEqual(self.view.asked, ["/"])

    async def test_page_is_rendered_for_nobody(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                said = {"user_agent": "x", "x_forwarded_for": "192.0.2.1", "cookie": "theirs=1"}
                await self.page(**said)
        [request] = self.rendered
        headers = {name for name in request.META if name.startswith("HTTP_")}
        self.assertEqual((headers, request.COOKIES), ({"HTTP_HOST"}, {}))
        self.assertNotIn("REMOTE_ADDR", request.META)
        self.assertFalse(request.user.is_authenticated)

    async def test_page_comes_compressed_whole_or_not_at_all(self) -> None:
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                plain = await self.page()
                accepting = ("gzip", BROWSERS["accept_encoding"], "br, gzip;q=0.5")
                packed = [await self.page(accept_encoding=each) for each in accepting]
                others = ("gzip;q=0", "identity", "xgzip", "*;q=0")
                unpacked = [await self.page(accept_encoding=each) for each in others]
                etag = plain.headers[b"etag"].decode()
                known = [
                    await self.page(if_none_match=each) for each in (etag, etag[2:], f'"x", {etag}')
                ]
                self.source.commit()
                changed = await self.page(if_none_match=etag)
        for answer in packed:
            self.assertEqual(gzip.decompress(answer.body), plain.body)
            self.assertEqual(answer.headers[b"content-encoding"], b"gzip")
        for answer in unpacked:
            self.assertEqual((answer.body, answer.headers), (plain.body, plain.headers))
        for answer in (plain, *packed):
            self.assertEqual(answer.headers[b"vary"], b"Cookie, Accept-Encoding")
            self.assertEqual(answer.headers[b"content-length"], str(len(answer.body)).encode())
            self.assertEqual(answer.headers[b"etag"].decode(), etag)
        self.assertEqual({(answer.status, answer.body) for answer in known}, {(304, b"")})
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers[b"etag"].decode(), etag)

    async def test_what_is_out_of_the_ordinary_goes_to_django(self) -> None:
        ours = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, BROWSER_COOKIE)
        cases: list[dict[str, Any]] = [
            *({"cookie": f"theirs=1; {name}=x"} for name in ours),
            {"query": b"seats=1"},
            {"method": "HEAD"},
            {"method": "POST"},
            {"host": b"evil.example"},
            {"path": f"{PATH}log/"},
            {"path": "/shows/7/"},
            {"path": "/shows/99999999999999999999/"},
        ]
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                for request in cases:
                    with self.subTest(**request):
                        self.view.asked.clear()
                        await self.page(**request)
                        self.assertEqual(self.view.asked, [request.get("path", PATH)])
                self.view.asked.clear()
                with override_settings(SECURE_SSL_REDIRECT=True):
                    await self.page()
        self.assertEqual((self.rendered, self.view.asked), ([], [PATH]))

    async def test_page_that_cannot_be_rendered_is_left_to_django(self) -> None:
        def fail() -> None:
            raise OSError("the database is away")

        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                self.while_rendering = fail
                await asyncio.gather(*(self.page() for _ in range(3)))
                self.assertEqual(self.view.asked, [PATH] * 3)
                self.while_rendering = lambda: None
                self.now += 1
                self.assertEqual((await self.page()).body, b"0 aaaaaaaaaa")

    async def test_only_so_many_pages_wait_to_be_rendered(self) -> None:
        hosts = [b"127.0.0.1:%d" % port for port in range(MOST_WAITING + 3)]
        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                await asyncio.gather(*(self.page(host=host) for host in hosts))
                self.assertEqual((len(self.rendered), len(self.view.asked)), (MOST_WAITING, 3))
                await self.page(host=hosts[-1])
        self.assertEqual(len(self.rendered), MOST_WAITING + 1)

    @override_settings(THROTTLES=True)
    async def test_stranger_is_counted_and_one_request_too_many_goes_to_django(self) -> None:
        counted: list[str] = []

        def refuse(shows: Any, keys: list[str]) -> Any:
            counted.extend(keys)
            return {SHOW: Head(self.source.head, 5, "hash")}, [False]

        async with opened(self.source, PATIENT) as rooms:
            with self.using(rooms):
                await self.warm(rooms)
                with mock.patch("realtime.head_loader._ask", refuse):
                    await self.page()
        self.assertEqual([key.rpartition(".")[0] for key in counted], [COUNTED])
        self.assertEqual(self.view.asked, [PATH])
